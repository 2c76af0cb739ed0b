/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Resources about targets: the list, one of them, its last probes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "shell/http_internal.h"

/* Tunables.
 * WINDOW_DEFAULT_NS  of the list, when none is asked for
 * WINDOW_MIN_NS, WINDOW_MAX_NS
 * PROBES_DEFAULT     when no last is given: the default length of the detail ring
 * GLOB_MAX           longest pattern; longer than any name, so that matching stays cheap */
#define WINDOW_DEFAULT_NS (5 * NSEC_PER_MIN)
#define WINDOW_MIN_NS NSEC_PER_SEC
#define WINDOW_MAX_NS (366 * NSEC_PER_DAY)
#define PROBES_DEFAULT 256
#define GLOB_MAX 128

bool
http_take_glob(struct http_exchange *x, const char *key, const char **ret_glob)
{
	const char *glob = http_given(x, key);

	if (glob != NULL && strlen(glob) > GLOB_MAX) {
		http_problem(x, 400, "%s may have up to %d characters.", key, GLOB_MAX);
		return false;
	}
	*ret_glob = glob;
	return true;
}

static bool
take_state(struct http_exchange *x, const char *word, size_t len)
{
	for (int s = 0; s < STATE_COUNT; s++) {
		const char *text = state_text((enum state)s);

		if (strlen(text) == len && memcmp(text, word, len) == 0) {
			x->states |= UINT32_C(1) << s;
			return true;
		}
	}
	http_problem(x, 400, "%.*s is no state: there are unknown, up, degraded, down and paused.",
	    (int)(len < 32 ? len : 32), word);
	return false;
}

/* state=down,degraded and state=down&state=degraded are the same. */
static bool
take_states(struct http_exchange *x)
{
	for (uint32_t i = 0; i < x->form.n; i++) {
		const char *word = x->form.fields[i].value;

		if (strcmp(x->form.fields[i].key, "state") != 0)
			continue;
		for (size_t len; *word != '\0'; word += len + (word[len] == ',')) {
			len = strcspn(word, ",");
			if (len > 0 && !take_state(x, word, len))
				return false;
		}
	}
	return true;
}

static bool
take_window(struct http_exchange *x, nsec_t default_ns)
{
	const char *text = http_given(x, "window");
	nsec_t ns = default_ns;

	if (text != NULL &&
	    (!duration_parse(text, &ns) || ns < WINDOW_MIN_NS || ns > WINDOW_MAX_NS)) {
		http_problem(x, 400,
		    "window has to be a duration from 1s to 366d with its unit, such as 30s, 5m or "
		    "1h.");
		return false;
	}
	x->window_ns = ns;
	return true;
}

static bool
is_wanted(const struct http_exchange *x, struct monitor *m, nsec_t now_ns, uint32_t series)
{
	enum state state;
	struct report report;

	if (!monitor_series_state(m, series, &state) ||
	    (x->states != 0 && (x->states & UINT32_C(1) << state) == 0))
		return false;
	if (x->group_glob == NULL && x->name_glob == NULL)
		return true;
	return monitor_report(m, now_ns, series, NULL, 0, REPORT_BASIC, &report) &&
	       (x->group_glob == NULL || text_glob(x->group_glob, report.group)) &&
	       (x->name_glob == NULL || text_glob(x->name_glob, report.name));
}

static enum http_more
targets_body(struct http_exchange *x, struct text *t)
{
	struct monitor *m = http_engine(x);
	nsec_t now_ns = http_now(x->http);
	struct report report;
	uint32_t series;

	if (!x->cursor.begun) {
		x->cursor.begun = true;
		text_printf(t, "{\"schema\":%d,\"targets\":[", RENDER_SCHEMA);
		return HTTP_MORE;
	}
	if (x->cursor.at >= monitor_series_max(m)) {
		text_add(t, "]}\n");
		return HTTP_END;
	}
	series = (uint32_t)x->cursor.at++;
	if (!is_wanted(x, m, now_ns, series) ||
	    !monitor_report(m, now_ns, series, &x->window_ns, 1, REPORT_STRIP, &report))
		return HTTP_MORE;
	text_add(t, x->cursor.listed ? ",\n" : "\n");
	x->cursor.listed = true;
	render_json_target(t, &report);
	return HTTP_MORE;
}

void
http_get_targets(struct http_exchange *x)
{
	if (!take_states(x) || !http_take_glob(x, "group", &x->group_glob) ||
	    !http_take_glob(x, "name", &x->name_glob) || !take_window(x, WINDOW_DEFAULT_NS))
		return;
	http_answer(x, "application/json", targets_body);
	x->of_engine = true;
}

/* The series that the path names, or a 404. */
static bool
find_series(struct http_exchange *x, uint32_t *ret_series)
{
	enum state state;

	if (monitor_series_find(http_engine(x), x->name, ret_series) &&
	    monitor_series_state(http_engine(x), *ret_series, &state))
		return true;
	http_problem(x, 404,
	    "There is no target %.*s; with addresses = \"all\" a target has the names "
	    "NAME:ADDRESS, which /v1/targets?name=NAME:* lists.",
	    EVENT_NAME_MAX, x->name);
	return false;
}

static enum http_more
target_body(struct http_exchange *x, struct text *t)
{
	nsec_t windows_ns[REPORT_WINDOWS_MAX] = {NSEC_PER_MIN, 5 * NSEC_PER_MIN, NSEC_PER_HOUR};
	uint32_t n = 3;
	bool asked = x->window_ns != 0;
	struct report report;

	for (uint32_t i = 0; i < n && asked; i++)
		asked = windows_ns[i] != x->window_ns;
	if (asked)
		windows_ns[n++] = x->window_ns;
	if (!monitor_report(http_engine(x), http_now(x->http), (uint32_t)x->cursor.at, windows_ns,
		n, REPORT_STRIP, &report))
		return HTTP_LOST;
	render_json_target(t, &report);
	text_add(t, "\n");
	return HTTP_END;
}

void
http_get_target(struct http_exchange *x)
{
	uint32_t series;

	if (!find_series(x, &series) || !take_window(x, 0))
		return;
	http_answer(x, "application/json", target_body);
	x->cursor.at = series;
	x->of_engine = true;
}

static enum http_more
probes_body(struct http_exchange *x, struct text *t)
{
	const struct report_probe *probes = x->owned;

	if (!x->cursor.begun) {
		x->cursor.begun = true;
		text_printf(t, "{\"schema\":%d,\"name\":", RENDER_SCHEMA);
		text_json_string(t, x->name);
		text_add(t, ",\"probes\":[");
		return HTTP_MORE;
	}
	if (x->cursor.at == x->cursor.end) {
		text_add(t, "]}\n");
		return HTTP_END;
	}
	text_add(t, x->cursor.at > 0 ? ",\n" : "\n");
	render_json_probe(t, &probes[x->cursor.at++]);
	return HTTP_MORE;
}

static bool
take_last(struct http_exchange *x, uint32_t *ret_n)
{
	const char *text = http_given(x, "last");
	uint32_t n = 0;

	if (text == NULL) {
		*ret_n = PROBES_DEFAULT;
		return true;
	}
	for (; *text >= '0' && *text <= '9' && n <= HTTP_PROBES_MAX; text++)
		n = n * 10 + (uint32_t)(*text - '0');
	if (*text != '\0' || n < 1 || n > HTTP_PROBES_MAX) {
		http_problem(x, 400, "last has to be a number from 1 to %d.", HTTP_PROBES_MAX);
		return false;
	}
	*ret_n = n;
	return true;
}

void
http_get_probes(struct http_exchange *x)
{
	uint32_t series, n;
	struct report_probe *probes;

	if (!find_series(x, &series) || !take_last(x, &n))
		return;
	/* A copy, since the ring goes on while slices are sent. */
	probes = malloc(n * sizeof(*probes));
	if (probes == NULL) {
		http_problem(x, 503, "There is no memory for the answer; ask for fewer probes.");
		return;
	}
	http_answer(x, "application/json", probes_body);
	x->owned = probes;
	x->cursor.end = monitor_report_probes(http_engine(x), http_now(x->http), series, n, probes);
}
