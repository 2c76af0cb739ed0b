/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl status
 */
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/jv.h"
#include "ctl/listing.h"
#include "ctl/overview.h"
#include "ctl/split.h"
#include "ctl/view.h"

static bool
count_states(void *arg, const char *text, size_t bytes)
{
	struct json_t *status = jv_parse(text, bytes);
	size_t *states = arg;

	for (int s = 0; s < STATE_COUNT; s++)
		states[s] = (size_t)jv_int(jv_get(status, "targets"), state_word((enum state)s), 0);
	jv_free(status);
	return true;
}

/* The document as it is; the counts in it decide the exit status. */
static int
print_json(struct ctl *ctl)
{
	size_t states[STATE_COUNT] = {0};
	struct split split;
	int status;

	split_init(&split, SPLIT_LINES, count_states, states);
	status = ctl_pass_through(ctl, "/v1/status", &split);
	split_done(&split);
	if (status == CTL_DONE && args_has(ctl->args, OPTION_EXIT_CODE))
		return overview_exit_status(states);
	return status;
}

static int
run(struct ctl *ctl)
{
	const struct targets_filter filter = overview_filter(ctl->args);
	const struct overview_limits limits = {OVERVIEW_ROWS_MAX, OVERVIEW_REASONS_MAX};
	enum client_result result;
	struct overview overview;
	nsec_t now_ns;
	int status;

	if (args_has(ctl->args, OPTION_JSON))
		return print_json(ctl);
	if (args_has(ctl->args, OPTION_PLAIN))
		return listing_run(ctl);
	result = overview_fetch(ctl->client, &filter, ctl->out.utf8, &overview);
	if (result != CLIENT_OK)
		return ctl_failed(ctl, result);
	now_ns = ctl_now_wall_ns();
	view_daemon(&ctl->out, overview.status, now_ns);
	overview_print(&ctl->out, &overview, &filter, &limits, now_ns);
	status = args_has(ctl->args, OPTION_EXIT_CODE) ? overview_exit_status(overview.states)
						       : CTL_DONE;
	overview_done(&overview);
	return status;
}

const struct command command_status = {
    .name = "status",
    .operand = "",
    .options = OPTION_BIT(OPTION_EXIT_CODE) | OPTION_BIT(OPTION_WINDOW),
    .summary = "the daemon and its targets, worst first (default)",
    .text = "Shows a line about the daemon, the targets worst first (up to 50; all are in\n"
	    "icmpctl list), and for each that is not up why. One target in full: icmpctl show.\n"
	    "\n"
	    "LOSS, P50, P95 and MAX are over the window. LAST 10 MIN is the median RTT over\n"
	    "time, newest at the right; x marks a part with loss, . one without data.\n"
	    "--json prints the daemon's part (/v1/status), --plain the table.",
    .examples = "  icmpctl\n"
		"  icmpctl status --window 1h\n"
		"  icmpctl status --exit-code >/dev/null || echo something is wrong\n",
    .run = run,
};
