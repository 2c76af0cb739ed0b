/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Resources about the daemon and the whole: health, status, groups, metrics.
 */
#include <stdlib.h>
#include <string.h>

#include "shell/http_internal.h"

#define SERIES_A_PIECE 1000 /* summed up: some 50 us */

static enum http_more
ok_body(struct http_exchange *x, struct text *t)
{
	(void)x;
	text_add(t, "ok\n");
	return HTTP_END;
}

static void
answer_check(struct http_exchange *x, bool (*check)(void *arg, char *why, size_t why_bytes))
{
	char why[HTTP_DETAIL_MAX] = "";

	if (check(x->http->source.arg, why, sizeof(why)))
		http_answer(x, "text/plain; charset=utf-8", ok_body);
	else
		http_problem(x, 503, "%s", why);
}

void
http_get_healthz(struct http_exchange *x)
{
	answer_check(x, x->http->source.healthy);
}

void
http_get_readyz(struct http_exchange *x)
{
	answer_check(x, x->http->source.ready);
}

static const struct render_daemon *
about(const struct http_exchange *x)
{
	return x->http->source.daemon(x->http->source.arg);
}

/* Memory for a report that grows over pieces, or a 503. */
static void *
own(struct http_exchange *x, size_t bytes)
{
	void *owned = malloc(bytes);

	if (owned == NULL)
		http_problem(x, 503, "There is no memory for the answer.");
	return owned;
}

static enum http_more
status_body(struct http_exchange *x, struct text *t)
{
	struct monitor *m = http_engine(x);
	struct report_status *status = x->owned;

	if (x->cursor.at < monitor_series_max(m)) {
		monitor_report_status_add(m, (uint32_t)x->cursor.at, SERIES_A_PIECE, status);
		x->cursor.at += SERIES_A_PIECE;
		return HTTP_MORE;
	}
	render_json_status(t, status, about(x));
	text_add(t, "\n");
	return HTTP_END;
}

void
http_get_status(struct http_exchange *x)
{
	struct report_status *status = own(x, sizeof(*status));

	if (status == NULL)
		return;
	monitor_report_status_head(http_engine(x), status);
	http_answer(x, "application/json", status_body);
	x->owned = status;
	x->of_engine = true;
}

/* Group cursor.at, of which the series before cursor.end are summed up. */
static enum http_more
groups_body(struct http_exchange *x, struct text *t)
{
	struct monitor *m = http_engine(x);
	struct report_group *group = x->owned;
	uint32_t index = (uint32_t)x->cursor.at;

	if (!x->cursor.begun) {
		x->cursor.begun = true;
		text_printf(t, "{\"schema\":%d,\"groups\":[", RENDER_SCHEMA);
		return HTTP_MORE;
	}
	if (x->cursor.end == 0 && !monitor_report_group_head(m, index, group)) {
		text_add(t, "]}\n");
		return HTTP_END;
	}
	if (x->cursor.end == 0 || x->cursor.end < monitor_series_max(m)) {
		monitor_report_group_add(m, index, (uint32_t)x->cursor.end, SERIES_A_PIECE, group);
		x->cursor.end += SERIES_A_PIECE;
		return HTTP_MORE; /* written by the next piece, which can be taken back */
	}
	text_add(t, x->cursor.at++ > 0 ? ",\n" : "\n");
	x->cursor.end = 0;
	render_json_group(t, group);
	return HTTP_MORE;
}

void
http_get_groups(struct http_exchange *x)
{
	struct report_group *group = own(x, sizeof(*group));

	if (group == NULL)
		return;
	http_answer(x, "application/json", groups_body);
	x->owned = group;
	x->of_engine = true;
}

static enum http_more
metrics_body(struct http_exchange *x, struct text *t)
{
	const struct metrics_filter filter = {.group = x->group_glob, .name = x->name_glob};
	struct text slice;
	bool more;

	if (t->cap - t->len < RENDER_METRICS_SLICE_MIN)
		return HTTP_FULL;
	text_init(&slice, t->buf + t->len, t->cap - t->len);
	more = render_metrics_slice(
	    &x->cursor.metrics, http_engine(x), http_now(x->http), about(x), &filter, &slice);
	t->len += slice.len;
	return more ? HTTP_MORE : HTTP_END;
}

void
http_get_metrics(struct http_exchange *x)
{
	const uint16_t *accept = x->request.accept_permille;
	bool openmetrics = accept[HTTP_MEDIA_OPENMETRICS] > 0 &&
			   accept[HTTP_MEDIA_OPENMETRICS] >= accept[HTTP_MEDIA_TEXT];

	if (!http_take_glob(x, "group", &x->group_glob) ||
	    !http_take_glob(x, "name", &x->name_glob))
		return;
	http_answer(x, render_metrics_content_type(openmetrics), metrics_body);
	x->cursor.metrics.openmetrics = openmetrics;
	x->of_engine = true;
}
