/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Help, out of the same tables that the parser uses.
 */
#include <string.h>

#include "ctl/args.h"

#define HELP_COLUMN 28 /* where explanations start */

static const struct {
	const char *word;
	char letter;
	const char *value;
	const char *help;
} options[] = {
#define X(name, word, letter, kind, value, help) \
	[OPTION_##name] = {(word), (letter), (value), (help)},
    ARGS_OPTIONS(X)
#undef X
};

static void
print_entry(FILE *f, const char *term, const char *explanation)
{
	if (strlen(term) + 2 > HELP_COLUMN)
		(void)fprintf(f, "%s\n%*s%s\n", term, HELP_COLUMN, "", explanation);
	else
		(void)fprintf(f, "%-*s%s\n", HELP_COLUMN, term, explanation);
}

static void
print_options(FILE *f, uint32_t mask)
{
	for (int o = 0; o < OPTION_COUNT; o++) {
		const char *space = *options[o].value != '\0' ? " " : "";
		char letter[5] = "    ", term[64];

		if (!(mask & OPTION_BIT(o)))
			continue;
		if (options[o].letter != 0)
			(void)snprintf(letter, sizeof(letter), "-%c, ", options[o].letter);
		(void)snprintf(term, sizeof(term), "  %s--%s%s%s", letter, options[o].word, space,
		    options[o].value);
		print_entry(f, term, options[o].help);
	}
}

void
args_print_help(FILE *f, const struct commands *commands)
{
	(void)fputs("usage: icmpctl [OPTION ...] [COMMAND [ARGUMENT]]\n\n"
		    "Shows what icmpmond measures, and tells it what to do.\n\n"
		    "Examples:\n"
		    "  icmpctl                   how all is, worst first\n"
		    "  icmpctl watch             the same, live\n"
		    "  icmpctl show isp-gw       why a target is in its state\n"
		    "  icmpctl events -f         what happens, as it happens\n\n"
		    "Commands:\n",
	    f);
	for (size_t i = 0; i < commands->n; i++) {
		const struct command *c = commands->table[i];
		char term[64];

		(void)snprintf(term, sizeof(term), "  %s%s%s", c->name,
		    *c->operand != '\0' ? " " : "", c->operand);
		print_entry(f, term, c->summary);
	}
	(void)fputs("\nOptions of all commands:\n", f);
	print_options(f, OPTIONS_OF_ALL);
	(void)fputs("\nMore on a command: icmpctl COMMAND --help. Manual: man icmpctl.\n", f);
}

void
args_print_command_help(FILE *f, const struct command *command)
{
	(void)fprintf(f, "usage: icmpctl %s%s%s%s\n\n%s\n", command->name,
	    command->options != 0 ? " [OPTION ...]" : "", *command->operand != '\0' ? " " : "",
	    command->operand, command->text);
	if (command->options != 0) {
		(void)fputs("\nOptions:\n", f);
		print_options(f, command->options);
	}
	(void)fprintf(f, "\nExamples:\n%s", command->examples);
	(void)fputs("\nOptions of all commands: icmpctl --help.\n", f);
}
