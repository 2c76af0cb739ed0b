/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl: from the command line to a command and an exit status.
 */
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "ctl/commands.h"
#include "ctl/ctl.h"

#define SOCKET_PATH_MAX 107 /* what sockaddr_un holds before its NUL */

/* The socket that the options name, and the service behind it. */
static void
find_daemon(const struct args *args, char path[static 256], char unit[static 160])
{
	const char *instance = args->values[OPTION_INSTANCE];

	(void)snprintf(unit, 160, "icmpmond%s%s", instance != NULL ? "@" : "",
	    instance != NULL ? instance : "");
	if (args_has(args, OPTION_SOCKET))
		(void)snprintf(path, 256, "%s", args->values[OPTION_SOCKET]);
	else
		(void)snprintf(path, 256, "%s%s%s/stats.sock", ICMPMON_RUN_DIR,
		    instance != NULL ? "-" : "", instance != NULL ? instance : "");
}

static int
run(const struct args *args)
{
	struct ctl ctl = {.args = args};
	char path[256], unit[160];
	int status;

	out_init(&ctl.out, stdout, args_has(args, OPTION_NO_COLOR));
	if (!args->command->offline) {
		find_daemon(args, path, unit);
		if (strlen(path) > SOCKET_PATH_MAX) {
			ctl_complain(
			    "%s: the path of a socket has at most %d bytes", path, SOCKET_PATH_MAX);
			return CTL_USAGE;
		}
		ctl.client = client_new(path, unit);
	}
	status = args->command->run(&ctl);
	client_free(ctl.client);
	return status;
}

int
main(int argc, char *argv[])
{
	char error[ARGS_ERROR_BYTES];
	struct args args;
	int status = CTL_DONE;

	(void)setlocale(LC_CTYPE, ""); /* not numbers: a decimal point is a point */
	if (!args_parse(argc, argv, &commands_all, &args, error)) {
		ctl_complain("%s", error);
		return CTL_USAGE;
	}
	if (args_has(&args, OPTION_VERSION))
		(void)puts("icmpctl " PACKAGE_VERSION);
	else if (args_has(&args, OPTION_HELP) && args.command_given)
		args_print_command_help(stdout, args.command);
	else if (args_has(&args, OPTION_HELP))
		args_print_help(stdout, &commands_all);
	else
		status = run(&args);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		ctl_complain("cannot write: %s", strerror(errno));
		return CTL_FAILED;
	}
	return status;
}
