/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl pause TARGET
 */
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"

#define FORM_BYTES 1024

static int
run(struct ctl *ctl)
{
	const char *duration = ctl->args->values[OPTION_FOR], *why = ctl->args->values[OPTION_WHY];
	char form[FORM_BYTES];
	struct text t;

	text_init(&t, form, sizeof(form));
	text_add(&t, "target=");
	ctl_add_escaped(&t, ctl->args->operand);
	if (duration != NULL) {
		text_add(&t, "&for=");
		ctl_add_escaped(&t, duration);
	}
	if (why != NULL) {
		text_add(&t, "&why=");
		ctl_add_escaped(&t, why);
	}
	return ctl_command(ctl, "/v1/pause", &t, ctl->args->operand, 0);
}

const struct command command_pause = {
    .name = "pause",
    .operand = "TARGET",
    .operand_needed = true,
    .options = OPTION_BIT(OPTION_FOR) | OPTION_BIT(OPTION_WHY),
    .summary = "stop probing a target, for a time or until resume",
    .text = "A paused target is probed no more, raises no alarm and counts no loss. Who looks at\n"
	    "it sees the reason. The daemon lets root, its own user and stats.admin_group do this.",
    .examples = "  icmpctl pause nas --for 2h -m 'new disks'\n",
    .run = run,
};
