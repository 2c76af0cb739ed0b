/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The command line: one const table of options, one of commands (given by the caller), and a parser
 * that is a pure function of both. Options stand before or after the command. It refuses to know
 * what the commands do.
 */
#ifndef ICMPMON_CTL_ARGS_H
#define ICMPMON_CTL_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/units.h"

#define ARGS_OPERANDS_MAX 1
#define ARGS_COUNT_MAX 4096 /* of --last: what one answer of the daemon holds */
#define ARGS_ERROR_BYTES 320

enum args_kind {
	ARGS_FLAG,
	ARGS_TEXT,
	ARGS_PATH,
	ARGS_NAME, /* a target, group or instance */
	ARGS_DURATION,
	ARGS_COUNT,
	ARGS_STATE,
	ARGS_SINCE, /* an event's number, a time, or a duration ago */
};

/* X(name, long option, letter or 0, kind, word for the value, help) */
#define ARGS_OPTIONS(X)                                                                       \
	X(SOCKET, "socket", 's', ARGS_PATH, "PATH", "the daemon's stats socket")              \
	X(INSTANCE, "instance", 0, ARGS_NAME, "NAME", "the daemon of icmpmond@NAME.service")  \
	X(JSON, "json", 0, ARGS_FLAG, "", "the daemon's answer as it is")                     \
	X(PLAIN, "plain", 0, ARGS_FLAG, "", "one record a line, fields separated by tabs")    \
	X(NO_COLOR, "no-color", 0, ARGS_FLAG, "", "no colours on a terminal either")          \
	X(HELP, "help", 'h', ARGS_FLAG, "", "this text; after a command, its own")            \
	X(VERSION, "version", 'V', ARGS_FLAG, "", "the version of icmpctl")                   \
	X(EXIT_CODE, "exit-code", 0, ARGS_FLAG, "",                                           \
	    "exit 0: all up, 1: degraded or unknown, 2: down")                                \
	X(WINDOW, "window", 'w', ARGS_DURATION, "DURATION", "figures over this time, not 5m") \
	X(GROUP, "group", 'g', ARGS_NAME, "NAME", "targets of this group")                    \
	X(STATE, "state", 0, ARGS_STATE, "STATE",                                             \
	    "targets in this state; or states: down,degraded")                                \
	X(EVERY, "every", 0, ARGS_DURATION, "DURATION", "redraw this often, not each second") \
	X(LAST, "last", 'n', ARGS_COUNT, "N", "the last N")                                   \
	X(FOLLOW, "follow", 'f', ARGS_FLAG, "", "then go on with new ones as they come")      \
	X(SINCE, "since", 0, ARGS_SINCE, "WHEN",                                              \
	    "after this event number or time, or a duration ago")                             \
	X(FOR, "for", 0, ARGS_DURATION, "DURATION", "resume by itself after this time")       \
	X(WHY, "why", 'm', ARGS_TEXT, "WHY", "the reason, for all who look")

enum option {
#define X(name, word, letter, kind, value, help) OPTION_##name,
	ARGS_OPTIONS(X)
#undef X
	    OPTION_COUNT
};

#define OPTION_BIT(option) (UINT32_C(1) << (option))
#define OPTIONS_OF_ALL                                                                         \
	(OPTION_BIT(OPTION_SOCKET) | OPTION_BIT(OPTION_INSTANCE) | OPTION_BIT(OPTION_JSON) |   \
	    OPTION_BIT(OPTION_PLAIN) | OPTION_BIT(OPTION_NO_COLOR) | OPTION_BIT(OPTION_HELP) | \
	    OPTION_BIT(OPTION_VERSION))

struct ctl;

struct command {
	const char *name;
	const char *operand; /* "TARGET", "[PATTERN]", or "" */
	bool operand_needed;
	bool offline; /* needs no daemon */
	uint32_t options; /* bits, beside OPTIONS_OF_ALL */
	const char *summary; /* half a line */
	const char *text; /* paragraphs of its help */
	const char *examples; /* lines of its help */
	int (*run)(struct ctl *ctl); /* returns the exit status */
};

struct commands {
	const struct command *const *table; /* the first one is the default */
	size_t n;
};

/* Views into argv. */
struct args {
	const struct command *command;
	bool command_given;
	const char *values[OPTION_COUNT]; /* NULL: not given; flags: "" */
	const char *operand; /* NULL: not given */
};

/* False when the line is wrong: error then says how, in one sentence. */
__attribute__((warn_unused_result)) bool args_parse(int argc, char *const argv[],
    const struct commands *commands, struct args *ret, char error[static ARGS_ERROR_BYTES]);

bool args_has(const struct args *args, enum option option);

/* The value of an option that args_parse has checked, or the fallback. */
nsec_t args_duration(const struct args *args, enum option option, nsec_t fallback_ns);
unsigned args_count(const struct args *args, enum option option, unsigned fallback);

/* The table's row of a name, or NULL; then error says so and what may have been meant. */
const struct command *args_find_command(
    const struct commands *commands, const char *name, char error[static ARGS_ERROR_BYTES]);

void args_print_help(FILE *f, const struct commands *commands);
void args_print_command_help(FILE *f, const struct command *command);

#endif
