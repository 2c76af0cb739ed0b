/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * All commands, one file each: its help, and what it does.
 */
#ifndef ICMPMON_CTL_COMMANDS_H
#define ICMPMON_CTL_COMMANDS_H

#include "ctl/args.h"

extern const struct command command_status, command_list, command_show, command_watch,
    command_probes, command_events, command_doctor, command_reload, command_pause, command_resume,
    command_help;

/* The table, in the order of the help. */
extern const struct commands commands_all;

#endif
