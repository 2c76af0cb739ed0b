/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl help [COMMAND]
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"

static int
run(struct ctl *ctl)
{
	char error[ARGS_ERROR_BYTES];
	const struct command *command;

	if (ctl->args->operand == NULL) {
		args_print_help(ctl->out.f, &commands_all);
		return CTL_DONE;
	}
	command = args_find_command(&commands_all, ctl->args->operand, error);
	if (command == NULL) {
		ctl_complain("%s", error);
		return CTL_USAGE;
	}
	args_print_command_help(ctl->out.f, command);
	return CTL_DONE;
}

const struct command command_help = {
    .name = "help",
    .operand = "[COMMAND]",
    .offline = true,
    .summary = "how to use icmpctl, or one of its commands",
    .text = "Explains icmpctl, or one command, its options and what its output means.",
    .examples = "  icmpctl help watch\n",
    .run = run,
};
