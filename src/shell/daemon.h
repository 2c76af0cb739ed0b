/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Wiring alone: creates all, moves data between core and shell, keeps the order of start, turn,
 * reload and stop.
 */
#ifndef ICMPMON_SHELL_DAEMON_H
#define ICMPMON_SHELL_DAEMON_H

#include <stdbool.h>

#include "shell/log.h"

/* Exit statuses (sysexits(3) where there is a name). */
#define EXIT_USAGE 64
#define EXIT_NO_PERMISSION 77
#define EXIT_CONFIGURATION 78

struct daemon_options {
	const char *config_file;
	const char *socket_path; /* NULL: as configured */
	enum log_target log;
	bool debug;
};

/* Runs until SIGTERM or SIGINT. Returns the exit status. */
int daemon_run(const struct daemon_options *options);

/* -t and -T: reads and checks; prints to stdout, errors to stderr. Returns the exit status. */
int daemon_check_config(const struct daemon_options *options);
int daemon_print_config(const struct daemon_options *options);

#endif
