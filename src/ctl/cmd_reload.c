/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl reload
 */
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

#define RELOAD_LIMIT_NS (60 * NSEC_PER_SEC) /* a million targets take some time */

static int
run(struct ctl *ctl)
{
	struct text form;
	char none[1];

	text_init(&form, none, sizeof(none));
	return ctl_command(ctl, "/v1/reload", &form, NULL, RELOAD_LIMIT_NS);
}

const struct command command_reload = {
    .name = "reload",
    .operand = "",
    .options = 0,
    .summary = "make the daemon read its configuration again",
    .text = "Waits until the new configuration runs, or prints its errors, one a line, and\n"
	    "exits with 1: then the old one goes on. Targets that did not change keep\n"
	    "their series.",
    .examples = "  icmpmond -t && icmpctl reload\n",
    .run = run,
};
