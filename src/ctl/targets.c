/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Rows, and how they are fetched and ordered.
 */
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/ctl.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/memory.h"
#include "ctl/split.h"
#include "ctl/targets.h"

#define LINE_BYTES 4096
#define PATH_BYTES 960

void
targets_init(struct targets *t, bool plain, bool utf8)
{
	*t = (struct targets){.plain = plain, .utf8 = utf8};
}

void
targets_done(struct targets *t)
{
	for (size_t i = 0; i < t->n; i++) {
		struct target_row *r = &t->rows[i];

		free(r->name);
		free(r->address);
		free(r->reason);
		free(r->parent);
		free(r->line);
	}
	free(t->rows);
	t->rows = NULL;
	t->n = t->cap = 0;
}

const struct json_t *
targets_window(const struct json_t *target, nsec_t window_ns)
{
	const struct json_t *windows = jv_get(target, "windows");

	for (size_t i = 0; i < jv_count(windows); i++) {
		const struct json_t *w = jv_item(windows, i);

		if (jv_seconds(w, "window_s") == window_ns)
			return w;
	}
	return NULL;
}

enum state
targets_state(const struct json_t *object, const char *member)
{
	const char *word = jv_text(object, member, "");
	enum state state = STATE_UNKNOWN;

	return state_find(word, strlen(word), &state) ? state : STATE_UNKNOWN;
}

char *
targets_strip(const struct json_t *target, bool utf8, char text[static STRIP_BYTES])
{
	const struct json_t *p50 = jv_get(target, "strip.p50_ms");
	struct strip_column columns[STRIP_COLUMNS_MAX];
	uint32_t n = 0;

	for (; n < jv_count(p50) && n < STRIP_COLUMNS_MAX; n++) {
		const struct json_t *lost = jv_item(jv_get(target, "strip.lost"), n);
		const struct json_t *answered = jv_item(jv_get(target, "strip.answered"), n);

		columns[n] = (struct strip_column){
		    .lost = (uint32_t)jv_int(lost, "", 0),
		    .answered = (uint32_t)jv_int(answered, "", 0),
		    .p50_ns = jv_ms(jv_item(p50, n), ""),
		};
	}
	if (n == 0)
		memcpy(text, "-", 2);
	else
		(void)strip_draw(columns, n, utf8, text);
	return text;
}

void
targets_add(struct targets *t, const struct json_t *target, nsec_t window_ns)
{
	const struct json_t *w = targets_window(target, window_ns);
	const char *parent = jv_text(target, "suppressed_by", NULL);
	enum state state = targets_state(target, "state");
	bool suppressed = parent != NULL && state < STATE_UP;
	struct target_row *r;

	if (t->n == t->cap) {
		t->cap = t->cap == 0 ? 64 : 2 * t->cap;
		t->rows = memory_resize(t->rows, t->cap, sizeof(*t->rows));
	}
	r = &t->rows[t->n];
	*r = (struct target_row){
	    .name = memory_copy(jv_text(target, "name", "?")),
	    .address = memory_copy(jv_text(target, "address", "")),
	    .reason = memory_copy(jv_text(target, "reason", "")),
	    .parent = suppressed ? memory_copy(parent) : NULL,
	    .state = state,
	    .since_wall_ns = jv_time(target, "since"),
	    .loss_ppm = human_loss_ppm(
		jv_int(w, "answered", 0), jv_int(w, "lost", 0) + jv_int(w, "unreachable", 0)),
	    .p50_ns = jv_ms(w, "rtt_ms.p50"),
	    .p95_ns = jv_ms(w, "rtt_ms.p95"),
	    .max_ns = jv_ms(w, "rtt_ms.max"),
	    .order = t->n,
	};
	(void)targets_strip(target, t->utf8, r->strip);
	if (t->plain) {
		char line[LINE_BYTES];
		struct text text;

		text_init(&text, line, sizeof(line));
		targets_plain_line(&text, target, window_ns);
		r->line = memory_copy(line);
	}
	t->n++;
}

static int
compare(const void *a, const void *b)
{
	const struct target_row *x = a, *y = b;

	if (x->state != y->state)
		return (int)x->state - (int)y->state;
	if ((x->parent == NULL) != (y->parent == NULL))
		return x->parent == NULL ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

void
targets_sort(struct targets *t)
{
	if (t->n > 1)
		qsort(t->rows, t->n, sizeof(t->rows[0]), compare);
}

bool
targets_path(const struct targets_filter *filter, char *buf, size_t bytes)
{
	const char *const pairs[][2] = {
	    {"&name=", filter->pattern}, {"&group=", filter->group}, {"&state=", filter->state}};
	struct text t;

	text_init(&t, buf, bytes);
	text_add(&t, "/v1/targets?window=");
	ctl_add_escaped(&t, filter->window);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][1] == NULL)
			continue;
		text_add(&t, pairs[i][0]);
		ctl_add_escaped(&t, pairs[i][1]);
	}
	return !t.overflow;
}

struct fetch {
	struct split split;
	struct targets *targets;
	nsec_t window_ns;
	bool bad; /* not what we understand */
};

static bool
take_target(void *arg, const char *text, size_t bytes)
{
	struct fetch *f = arg;
	struct json_t *target = jv_parse(text, bytes);

	if (target == NULL)
		return false;
	targets_add(f->targets, target, f->window_ns);
	jv_free(target);
	return true;
}

static bool
take_bytes(void *arg, const char *bytes, size_t len)
{
	struct fetch *f = arg;

	f->bad = !split_feed(&f->split, bytes, len);
	return !f->bad;
}

enum client_result
targets_fetch(struct client *client, const struct targets_filter *filter, struct targets *t)
{
	struct fetch f = {.targets = t};
	char path[PATH_BYTES];
	struct client_request request = {.path = path, .sink = take_bytes, .arg = &f};
	enum client_result result;

	if (!targets_path(filter, path, sizeof(path)))
		return client_misunderstood(client, "the pattern is too long");
	if (!duration_parse(filter->window, &f.window_ns))
		f.window_ns = -1;
	split_init(&f.split, SPLIT_MEMBERS, take_target, &f);
	result = client_do(client, &request);
	if (f.bad || (result == CLIENT_OK && !split_complete(&f.split)))
		result = client_misunderstood(client, NULL);
	split_done(&f.split);
	return result;
}
