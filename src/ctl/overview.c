/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/overview.h.
 */
#include <string.h>

#include "core/text.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/overview.h"
#include "ctl/view.h"

struct targets_filter
overview_filter(const struct args *args)
{
	const char *window = args->values[OPTION_WINDOW];

	return (struct targets_filter){
	    .pattern = args->operand,
	    .group = args->values[OPTION_GROUP],
	    .state = args->values[OPTION_STATE],
	    .window = window != NULL ? window : OVERVIEW_WINDOW,
	};
}

void
overview_count(const struct targets *t, size_t states[static STATE_COUNT])
{
	memset(states, 0, STATE_COUNT * sizeof(states[0]));
	for (size_t i = 0; i < t->n; i++)
		states[t->rows[i].state]++;
}

/* All that are not up, the worst first, until there are enough. */
static enum client_result
fetch_worst(struct client *client, const struct targets_filter *filter, struct overview *o)
{
	enum client_result result = CLIENT_OK;

	o->partial = true;
	for (int state = 0; state < STATE_COUNT && result == CLIENT_OK; state++) {
		struct targets_filter of_state = *filter;

		of_state.state = state_word((enum state)state);
		o->states[state] = (size_t)jv_int(jv_get(o->status, "targets"), of_state.state, 0);
		if (state != STATE_UP && o->states[state] > 0 && o->targets.n < OVERVIEW_ROWS_MAX)
			result = targets_fetch(client, &of_state, &o->targets);
	}
	return result;
}

enum client_result
overview_fetch(
    struct client *client, const struct targets_filter *filter, bool utf8, struct overview *ret)
{
	bool filtered = filter->pattern != NULL || filter->group != NULL || filter->state != NULL;
	struct overview o = {0};
	enum client_result result = client_fetch(client, "/v1/status", &o.status);

	if (result != CLIENT_OK)
		return result;
	targets_init(&o.targets, false, utf8);
	if (!filtered && jv_int(o.status, "targets.total", 0) > OVERVIEW_ALL_MAX)
		result = fetch_worst(client, filter, &o);
	else {
		result = targets_fetch(client, filter, &o.targets);
		overview_count(&o.targets, o.states);
	}
	if (result != CLIENT_OK) {
		overview_done(&o);
		return result;
	}
	targets_sort(&o.targets);
	*ret = o;
	return CLIENT_OK;
}

void
overview_done(struct overview *o)
{
	jv_free(o->status);
	targets_done(&o->targets);
}

/* "and 950 more: 948 up, 2 paused. All: icmpctl list" */
static void
print_more(const struct out *out, const struct overview *o, size_t shown)
{
	size_t left[STATE_COUNT], n = 0;
	char count[HUMAN_BYTES];
	bool first = true;

	memcpy(left, o->states, sizeof(left));
	for (size_t i = 0; i < shown; i++)
		left[o->targets.rows[i].state] -= left[o->targets.rows[i].state] > 0;
	for (int state = 0; state < STATE_COUNT; state++)
		n += left[state];
	if (n == 0)
		return;
	(void)fprintf(out->f, "%s%s%s", shown > 0 ? "and " : "", human_count((int64_t)n, count),
	    shown > 0 ? " more: " : " targets: ");
	for (int state = 0; state < STATE_COUNT; state++) {
		if (left[state] == 0)
			continue;
		(void)fprintf(out->f, "%s%s %s", first ? "" : ", ",
		    human_count((int64_t)left[state], count), state_word((enum state)state));
		first = false;
	}
	(void)fputs(". All: icmpctl list\n", out->f);
}

void
overview_print(const struct out *out, const struct overview *o, const struct targets_filter *filter,
    const struct overview_limits *limits, nsec_t now_wall_ns)
{
	size_t shown = o->targets.n < limits->rows ? o->targets.n : limits->rows;

	if (jv_int(o->status, "targets.total", 0) == 0)
		(void)fputs("no targets are configured: man 5 icmpmond.conf shows how\n", out->f);
	else if (o->targets.n == 0 && !o->partial)
		(void)fputs("no target matches\n", out->f);
	if (shown > 0)
		view_table(out, &o->targets, shown, filter->window, now_wall_ns);
	print_more(out, o, shown);
	view_reasons(out, &o->targets, shown, limits->reasons, now_wall_ns);
}

int
overview_exit_status(const size_t states[static STATE_COUNT])
{
	if (states[STATE_DOWN] > 0)
		return 2;
	return states[STATE_DEGRADED] > 0 || states[STATE_UNKNOWN] > 0 ? 1 : 0;
}
