/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Resources about the daemon and the whole: health, status, groups, metrics.
 */
#include "shell/http_internal.h"

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

static enum http_more
status_body(struct http_exchange *x, struct text *t)
{
	struct report_status status;

	monitor_report_status(http_engine(x), http_now(x->http), &status);
	render_json_status(t, &status, about(x));
	text_add(t, "\n");
	return HTTP_END;
}

void
http_get_status(struct http_exchange *x)
{
	http_answer(x, "application/json", status_body);
	x->of_engine = true;
}

/* A group a piece: begun says that the head is out, cursor.at is the next one. */
static enum http_more
groups_body(struct http_exchange *x, struct text *t)
{
	struct report_group group;

	if (!x->cursor.begun) {
		x->cursor.begun = true;
		text_printf(t, "{\"schema\":%d,\"groups\":[", RENDER_SCHEMA);
		return HTTP_MORE;
	}
	if (!monitor_report_group(http_engine(x), (uint32_t)x->cursor.at, &group) ||
	    group.name[0] == '\0') { /* the targets of no group are none */
		text_add(t, "]}\n");
		return HTTP_END;
	}
	text_add(t, x->cursor.at++ > 0 ? ",\n" : "\n");
	render_json_group(t, &group);
	return HTTP_MORE;
}

void
http_get_groups(struct http_exchange *x)
{
	http_answer(x, "application/json", groups_body);
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
