/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/listing.h.
 */
#include <string.h>

#include "core/text.h"
#include "ctl/ctl.h"
#include "ctl/jv.h"
#include "ctl/listing.h"
#include "ctl/overview.h"
#include "ctl/split.h"
#include "ctl/view.h"

#define PATH_BYTES 960
#define HEADER_BYTES 1024

static bool
count_state(void *arg, const char *text, size_t bytes)
{
	struct json_t *target = jv_parse(text, bytes);
	size_t *states = arg;

	states[targets_state(target, "state")]++;
	jv_free(target);
	return true;
}

static int
print_json(struct ctl *ctl, const struct targets_filter *filter)
{
	size_t states[STATE_COUNT] = {0};
	char path[PATH_BYTES];
	struct split split;
	int status;

	if (!targets_path(filter, path, sizeof(path)))
		return ctl_failed(
		    ctl, client_misunderstood(ctl->client, "the pattern is too long"));
	split_init(&split, SPLIT_MEMBERS, count_state, states);
	status = ctl_pass_through(ctl, path, args_has(ctl->args, OPTION_EXIT_CODE) ? &split : NULL);
	split_done(&split);
	if (status == CTL_DONE && args_has(ctl->args, OPTION_EXIT_CODE))
		return overview_exit_status(states);
	return status;
}

static void
print_plain(const struct out *out, const struct targets *targets)
{
	char header[HEADER_BYTES];
	struct text t;

	text_init(&t, header, sizeof(header));
	targets_plain_header(&t);
	(void)fprintf(out->f, "%s\n", header);
	for (size_t i = 0; i < targets->n; i++)
		(void)fprintf(out->f, "%s\n", targets->rows[i].line);
}

static int
print_rows(struct ctl *ctl, const struct targets_filter *filter, const struct targets *targets)
{
	size_t states[STATE_COUNT];

	if (args_has(ctl->args, OPTION_PLAIN))
		print_plain(&ctl->out, targets);
	else if (targets->n == 0)
		ctl_complain("no target matches");
	else
		view_table(&ctl->out, targets, 0, filter->window, ctl_now_wall_ns());
	if (!args_has(ctl->args, OPTION_EXIT_CODE))
		return CTL_DONE;
	overview_count(targets, states);
	return overview_exit_status(states);
}

int
listing_run(struct ctl *ctl)
{
	const struct targets_filter filter = overview_filter(ctl->args);
	bool all = filter.group == NULL && filter.state == NULL;
	enum client_result result;
	struct targets targets;
	int status;

	if (args_has(ctl->args, OPTION_JSON))
		return print_json(ctl, &filter);
	targets_init(&targets, args_has(ctl->args, OPTION_PLAIN), ctl->out.utf8);
	result = targets_fetch(ctl->client, &filter, &targets);
	targets_sort(&targets);
	if (result != CLIENT_OK)
		status = ctl_failed(ctl, result);
	else if (targets.n == 0 && all && filter.pattern != NULL &&
		 strpbrk(filter.pattern, "*?") == NULL)
		status = ctl_no_such_target(ctl, filter.pattern);
	else
		status = print_rows(ctl, &filter, &targets);
	targets_done(&targets);
	return status;
}
