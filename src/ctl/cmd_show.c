/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl show TARGET
 */
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/jv.h"
#include "ctl/overview.h"
#include "ctl/targets.h"
#include "ctl/view.h"

#define PATH_BYTES 512
#define LINE_BYTES 4096

/* A line for each window. */
static void
print_plain(const struct out *out, const struct json_t *target)
{
	const struct json_t *windows = jv_get(target, "windows");
	size_t n = jv_count(windows);
	char line[LINE_BYTES];
	struct text t;

	text_init(&t, line, sizeof(line));
	targets_plain_header(&t);
	(void)fprintf(out->f, "%s\n", line);
	for (size_t i = 0; i < n || i == 0; i++) {
		nsec_t window_ns = n > 0 ? jv_seconds(jv_item(windows, i), "window_s") : -1;

		text_init(&t, line, sizeof(line));
		targets_plain_line(&t, target, window_ns);
		(void)fprintf(out->f, "%s\n", line);
	}
}

static int
run(struct ctl *ctl)
{
	const struct targets_filter filter = overview_filter(ctl->args);
	struct json_t *target;
	char path[PATH_BYTES];
	struct text t;
	int status;

	text_init(&t, path, sizeof(path));
	ctl_target_path(&t, ctl->args->operand, "?window=");
	ctl_add_escaped(&t, filter.window);
	if (args_has(ctl->args, OPTION_JSON))
		return ctl_pass_through(ctl, path, NULL);
	status = ctl_fetch_of_target(ctl, ctl->args->operand, path, &target);
	if (status != CTL_DONE)
		return status;
	if (args_has(ctl->args, OPTION_PLAIN))
		print_plain(&ctl->out, target);
	else
		view_target(&ctl->out, target, ctl_now_wall_ns());
	jv_free(target);
	return CTL_DONE;
}

const struct command command_show = {
    .name = "show",
    .operand = "TARGET",
    .operand_needed = true,
    .options = OPTION_BIT(OPTION_WINDOW),
    .summary = "all about one target, and why it is in its state",
    .text = "Shows a target's state and the reason, its last probe and last error, the figures\n"
	    "of the windows 1m, 5m, 1h and the one asked for, the totals since the series began,\n"
	    "and its alarms with the values that they see. A window that the daemon does not\n"
	    "hold is not shown. --plain prints a line for each window.",
    .examples = "  icmpctl show isp-gw\n"
		"  icmpctl show isp-gw --window 15m\n",
    .run = run,
};
