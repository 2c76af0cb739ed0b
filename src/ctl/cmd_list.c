/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl list [PATTERN]
 */
#include "ctl/commands.h"
#include "ctl/listing.h"

const struct command command_list = {
    .name = "list",
    .operand = "[PATTERN]",
    .options = OPTION_BIT(OPTION_GROUP) | OPTION_BIT(OPTION_STATE) | OPTION_BIT(OPTION_WINDOW) |
	       OPTION_BIT(OPTION_EXIT_CODE),
    .summary = "all targets, or those that match",
    .text = "Lists targets, worst first. In PATTERN * is any text and ? any character.\n"
	    "--plain prints one line each, with the names of the columns in the first;\n"
	    "--json the daemon's answer (/v1/targets).",
    .examples = "  icmpctl list --state down\n"
		"  icmpctl list 'far-*' --window 1h\n"
		"  icmpctl list --plain | cut -f1,5\n",
    .run = listing_run,
};
