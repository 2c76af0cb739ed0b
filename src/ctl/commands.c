/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The table of commands.
 */
#include "ctl/commands.h"

static const struct command *const table[] = {
    &command_status,
    &command_list,
    &command_show,
    &command_watch,
    &command_probes,
    &command_events,
    &command_doctor,
    &command_reload,
    &command_pause,
    &command_resume,
    &command_help,
};

const struct commands commands_all = {table, sizeof(table) / sizeof(table[0])};
