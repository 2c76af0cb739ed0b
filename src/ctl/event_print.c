/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/event_print.h.
 */
#include <string.h>

#include "core/text.h"
#include "ctl/event_print.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/view.h"

#define LINE_BYTES 4096
#define PRIORITY_WARNING 4 /* syslog; smaller is worse */

static const char *const columns[] = {"id", "at", "event", "priority", "target", "group", "address",
    "state", "prev", "prev_s", "alarm", "loss_ratio", "p50_ms", "p95_ms", "sent", "answered",
    "reason", "message"};

#define N_COLUMNS (sizeof(columns) / sizeof(columns[0]))

static enum style
style_of(const struct json_t *event)
{
	const char *kind = jv_text(event, "event", "");
	enum style style = STYLE_PLAIN;

	if (jv_true(event, "suppressed"))
		return STYLE_DIM;
	if (strcmp(kind, "state") == 0 || strcmp(kind, "group_state") == 0)
		(void)view_state(targets_state(event, "state"), &style);
	else if (jv_int(event, "priority", 6) <= PRIORITY_WARNING)
		style = STYLE_YELLOW;
	return style;
}

/* "12 events (4700 to 4711) are no longer held" */
static const char *
gap_words(const struct json_t *event, char words[static 96])
{
	long long from = jv_int(event, "from_id", 0), to = jv_int(event, "to_id", 0);

	if (from == to)
		(void)snprintf(words, 96, "event %lld is no longer held", from);
	else
		(void)snprintf(words, 96, "%lld events (%lld to %lld) are no longer held",
		    to - from + 1, from, to);
	return words;
}

void
event_print(const struct out *out, const struct json_t *event)
{
	char when[HUMAN_BYTES], words[96];

	if (!jv_is_null(event, "from_id")) {
		out_text(out, STYLE_YELLOW, gap_words(event, words));
		(void)fputc('\n', out->f);
		return;
	}
	(void)fprintf(out->f, "%s%6lld  %s%s  ", out_begin(out, STYLE_DIM),
	    (long long)jv_int(event, "id", 0), human_date(jv_time(event, "at"), when),
	    out_end(out, STYLE_DIM));
	out_text(out, style_of(event), jv_text(event, "message", jv_text(event, "event", "?")));
	(void)fputc('\n', out->f);
}

void
event_print_plain(const struct out *out, const struct json_t *event)
{
	char line[LINE_BYTES], words[96];
	struct text t;

	text_init(&t, line, sizeof(line));
	for (size_t i = 0; i < N_COLUMNS; i++) {
		if (i > 0)
			text_add(&t, "\t");
		if (event == NULL)
			text_add(&t, columns[i]);
		else if (i + 1 == N_COLUMNS && !jv_is_null(event, "from_id"))
			text_add(&t, gap_words(event, words));
		else
			jv_add_field(&t, event, columns[i]);
	}
	(void)fprintf(out->f, "%s\n", line);
}
