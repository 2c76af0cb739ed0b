/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Events as JSON lines or as server-sent events. A follower is no more than a number in the
 * journal: one that falls behind is told what it missed, and costs nothing meanwhile. Source: the
 * HTML standard, section 9.2 (server-sent events).
 */
#include <stdlib.h>
#include <string.h>

#include "shell/http_internal.h"

#define SINCE_MAX 64 /* longest notation of a time */

static void
open_record(const struct http_exchange *x, struct text *t, uint64_t id)
{
	if (x->sse)
		text_printf(t, "id: %llu\ndata: ", (unsigned long long)id);
}

static void
close_record(const struct http_exchange *x, struct text *t)
{
	text_add(t, x->sse ? "\n\n" : "\n");
}

static enum http_more
events_body(struct http_exchange *x, struct text *t)
{
	struct monitor *m = http_engine(x);
	const struct event_journal *journal = m == NULL ? NULL : monitor_journal(m);
	const struct event *event;
	uint64_t oldest;

	if (x->keep_alive) {
		x->keep_alive = false;
		text_add(t, ": still here\n\n");
		return HTTP_MORE;
	}
	if (journal == NULL)
		return x->follows ? HTTP_WAIT : HTTP_LOST;
	oldest = event_journal_oldest(journal);
	if (x->cursor.at < oldest) {
		open_record(x, t, oldest - 1);
		render_json_gap(t, x->cursor.at, oldest - 1);
		close_record(x, t);
		x->cursor.at = oldest;
		return HTTP_MORE;
	}
	event = x->cursor.at < x->cursor.end ? event_journal_get(journal, x->cursor.at) : NULL;
	if (event == NULL)
		return x->follows ? HTTP_WAIT : HTTP_END;
	x->cursor.at++;
	if (x->name_glob != NULL && !text_glob(x->name_glob, event->target))
		return HTTP_MORE;
	open_record(x, t, event->id);
	render_json_event(t, event);
	close_record(x, t);
	return HTTP_MORE;
}

/* A whole number without sign; false for anything else. */
static bool
parse_id(const char *text, uint64_t *ret_id)
{
	uint64_t id = 0;
	const char *c = text;

	for (; *c >= '0' && *c <= '9'; c++) {
		if (id > (UINT64_MAX - 9) / 10)
			return false;
		id = id * 10 + (uint64_t)(*c - '0');
	}
	if (c == text || *c != '\0')
		return false;
	*ret_id = id;
	return true;
}

static uint64_t
first_at_or_after(const struct event_journal *journal, nsec_t wall_ns)
{
	uint64_t id = event_journal_oldest(journal);

	for (const struct event *event; (event = event_journal_get(journal, id)) != NULL; id++) {
		if (event->wall_ns >= wall_ns)
			break;
	}
	return id;
}

/* Where to begin: after an id, or at a time. False: it is neither. */
static bool
parse_since(const struct event_journal *journal, const char *text, uint64_t *ret_first)
{
	char time_text[SINCE_MAX];
	nsec_t wall_ns;
	uint64_t id;

	if (parse_id(text, &id)) {
		/* 0 is all that there is. An id that was not given out yet is one of an earlier
		 * journal. */
		*ret_first =
		    id == 0 || id >= journal->next_id ? event_journal_oldest(journal) : id + 1;
		return true;
	}
	if (strlen(text) >= sizeof(time_text))
		return false;
	memcpy(time_text, text, strlen(text) + 1);
	for (char *c = time_text; *c != '\0'; c++) /* "+01:00" in a form, where '+' is a blank */
		*c = *c == ' ' ? '+' : *c;
	if (!text_parse_time(time_text, &wall_ns))
		return false;
	*ret_first = first_at_or_after(journal, wall_ns);
	return true;
}

static bool
take_since(struct http_exchange *x, const struct event_journal *journal)
{
	const char *since = x->request.last_event_id;

	if (since == NULL || since[0] == '\0')
		since = http_given(x, "since");
	if (since == NULL) {
		x->cursor.at = x->follows ? journal->next_id : event_journal_oldest(journal);
		return true;
	}
	if (parse_since(journal, since, &x->cursor.at))
		return true;
	http_problem(x, 400,
	    "since, or the field Last-Event-ID, has to be the id of an event or a time such as "
	    "2026-11-23T10:41:07Z.");
	return false;
}

static bool
take_follow(struct http_exchange *x)
{
	const char *follow = http_given(x, "follow");

	if (follow != NULL && strcmp(follow, "0") != 0 && strcmp(follow, "1") != 0) {
		http_problem(x, 400, "follow has to be 0 or 1.");
		return false;
	}
	x->sse = x->request.accept_permille[HTTP_MEDIA_EVENTS] > 0;
	if (!x->sse && (follow == NULL || follow[0] == '0'))
		return true;
	if (x->http->n_followers >= HTTP_FOLLOWERS_MAX) {
		http_problem(
		    x, 503, "There are %d followers of events already.", HTTP_FOLLOWERS_MAX);
		return false;
	}
	x->http->n_followers++;
	x->follows = true;
	return true;
}

void
http_get_events(struct http_exchange *x)
{
	const struct event_journal *journal = monitor_journal(http_engine(x));

	if (!http_take_glob(x, "target", &x->name_glob) || !take_follow(x) ||
	    !take_since(x, journal))
		return;
	x->cursor.end = x->follows ? UINT64_MAX : journal->next_id;
	http_answer(x, x->sse ? "text/event-stream" : "application/x-ndjson", events_body);
}

static enum http_more
event_body(struct http_exchange *x, struct text *t)
{
	const struct event *event =
	    event_journal_get(monitor_journal(http_engine(x)), x->cursor.at);

	if (event == NULL)
		return HTTP_LOST;
	render_json_event(t, event);
	text_add(t, "\n");
	return HTTP_END;
}

void
http_get_event(struct http_exchange *x)
{
	const struct event_journal *journal = monitor_journal(http_engine(x));
	uint64_t id;

	if (!parse_id(x->name, &id)) {
		http_problem(x, 404, "An event is named by its number, as in /v1/events/4711.");
		return;
	}
	if (event_journal_get(journal, id) == NULL) {
		http_problem(x, 404, "There is no event %llu; those from %llu to %llu are held.",
		    (unsigned long long)id, (unsigned long long)event_journal_oldest(journal),
		    (unsigned long long)(journal->next_id - 1));
		return;
	}
	http_answer(x, "application/json", event_body);
	x->cursor.at = id;
}
