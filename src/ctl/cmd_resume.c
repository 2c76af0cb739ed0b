/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl resume TARGET
 */
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

#define FORM_BYTES 512

static int
run(struct ctl *ctl)
{
	char form[FORM_BYTES];
	struct text t;

	text_init(&t, form, sizeof(form));
	text_add(&t, "target=");
	ctl_add_escaped(&t, ctl->args->operand);
	return ctl_command(ctl, "/v1/resume", &t, ctl->args->operand, 0);
}

const struct command command_resume = {
    .name = "resume",
    .operand = "TARGET",
    .operand_needed = true,
    .options = 0,
    .summary = "probe a paused target again",
    .text = "The target is unknown until its first answer. The daemon lets root, its own user and\n"
	    "stats.admin_group do this.",
    .examples = "  icmpctl resume nas\n",
    .run = run,
};
