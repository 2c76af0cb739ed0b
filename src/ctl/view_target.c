/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The page of one target: what it is, why it is in its state, its totals, its alarms, its windows
 * side by side.
 */
#include <stdarg.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/table.h"
#include "ctl/view.h"

#define LABEL_WIDTH 13
#define LINE_BYTES 1024

/* "host        gw.example": a label, then text in the given style. */
static void
print_line(const struct out *out, const char *label, enum style style, const char *text)
{
	out_text(out, STYLE_DIM, label);
	out_pad(out, LABEL_WIDTH - out_width(out, label));
	out_text(out, style, text);
	(void)fputc('\n', out->f);
}

__attribute__((format(printf, 3, 4))) static void
print_fact(const struct out *out, const char *label, const char *format, ...)
{
	char text[LINE_BYTES];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	print_line(out, label, STYLE_PLAIN, text);
}

static void
print_head(const struct out *out, const struct json_t *target, nsec_t now_wall_ns)
{
	enum state state = targets_state(target, "state");
	const char *reason = jv_text(target, "reason", "");
	const char *parent = jv_text(target, "suppressed_by", NULL);
	const char *name = jv_text(target, "name", "?"), *address = jv_text(target, "address", "");
	nsec_t since_ns = jv_time(target, "since");
	char age[HUMAN_BYTES], when[HUMAN_BYTES];
	enum style style;
	const char *word = view_state(state, &style);

	out_text(out, STYLE_BOLD, name);
	if (*address != '\0' && strcmp(address, name) != 0) {
		(void)fputs("  ", out->f);
		out_text(out, STYLE_PLAIN, address);
	}
	(void)fputs("  ", out->f);
	out_text(out, style, word);
	if (since_ns > 0)
		(void)fprintf(out->f, " for %s (since %s)", human_age(now_wall_ns - since_ns, age),
		    human_when(since_ns, now_wall_ns, when));
	(void)fputc('\n', out->f);
	if (state != STATE_UP || *reason != '\0')
		print_line(out, "why", style, *reason != '\0' ? reason : "no data yet");
	if (parent != NULL)
		print_fact(out, "behind", "%s, which is down: see icmpctl show %s", parent, parent);
}

static void
print_what(const struct out *out, const struct json_t *target)
{
	const struct json_t *labels = jv_get(target, "labels"), *value;
	const char *group = jv_text(target, "group", ""), *key;
	char line[LINE_BYTES], interval[32];
	nsec_t interval_ns = jv_ms(target, "interval_ms");
	void *cursor = NULL;
	struct text t;

	text_init(&t, line, sizeof(line));
	text_add(&t, jv_text(target, "host", "-"));
	if (*group != '\0')
		text_printf(&t, "   group %s", group);
	if (interval_ns > 0)
		text_printf(
		    &t, "   every %s", duration_format(interval_ns, interval, sizeof(interval)));
	print_line(out, "host", STYLE_PLAIN, line);
	text_init(&t, line, sizeof(line));
	while (jv_next(labels, &cursor, &key, &value))
		text_printf(&t, "%s%s=%s", t.len > 0 ? "  " : "", key, jv_text(value, "", ""));
	if (t.len > 0)
		print_line(out, "labels", STYLE_PLAIN, line);
}

/* "host unreachable (ICMP type 3 code 1, RFC 792) from 198.51.100.9" */
static void
add_cause(struct text *t, const struct json_t *cause)
{
	const char *from = jv_text(cause, "from", NULL), *rfc = jv_text(cause, "rfc", NULL);

	text_add(t, jv_text(cause, "text", jv_text(cause, "kind", "?")));
	if (!jv_is_null(cause, "type"))
		text_printf(t, " (ICMP type %lld code %lld%s%s)",
		    (long long)jv_int(cause, "type", 0), (long long)jv_int(cause, "code", 0),
		    rfc != NULL ? ", " : "", rfc != NULL ? rfc : "");
	if (!jv_is_null(cause, "errno"))
		text_printf(t, " (errno %lld)", (long long)jv_int(cause, "errno", 0));
	if (from != NULL)
		text_printf(t, " from %s", from);
}

static void
print_last(const struct out *out, const struct json_t *target, nsec_t now_wall_ns)
{
	const struct json_t *last = jv_get(target, "last"), *error = jv_get(target, "last_error");
	char line[LINE_BYTES], figure[HUMAN_BYTES];
	nsec_t rtt_ns = jv_ms(last, "rtt_ms"), at_ns = jv_time(error, "at");
	struct text t;

	text_init(&t, line, sizeof(line));
	if (jv_is_null(last, ""))
		text_add(&t, "no probe has ended yet");
	else {
		text_add(&t, jv_text(last, "outcome", "?"));
		if (rtt_ns >= 0)
			text_printf(&t, " in %s", human_rtt(rtt_ns, figure));
		if (rtt_ns >= 0 && !jv_is_null(last, "reply_ttl"))
			text_printf(
			    &t, ", reply TTL %lld", (long long)jv_int(last, "reply_ttl", 0));
		if (!jv_is_null(last, "cause")) {
			text_add(&t, ": ");
			add_cause(&t, jv_get(last, "cause"));
		}
	}
	print_line(out, "last probe", STYLE_PLAIN, line);
	if (jv_is_null(error, ""))
		return;
	text_init(&t, line, sizeof(line));
	add_cause(&t, error);
	if (at_ns > 0)
		text_printf(&t, ", %s (%s ago)", human_when(at_ns, now_wall_ns, figure),
		    human_age(now_wall_ns - at_ns, (char[HUMAN_BYTES]){0}));
	print_line(out, "last error", STYLE_PLAIN, line);
}

/* Rows of the table of windows. */
enum figure { FIGURE_COUNT, FIGURE_LOSS, FIGURE_MS };

static const struct {
	const char *title;
	const char *path;
	enum figure figure;
	bool when_not_zero; /* shown only where one window has some */
} figures[] = {
    {"sent", "sent", FIGURE_COUNT, false},
    {"answered", "answered", FIGURE_COUNT, false},
    {"lost", "lost", FIGURE_COUNT, false},
    {"  of them late", "late", FIGURE_COUNT, true},
    {"unreachable", "unreachable", FIGURE_COUNT, true},
    {"unmeasured", "unmeasured", FIGURE_COUNT, true},
    {"unsent", "unsent", FIGURE_COUNT, true},
    {"loss", "", FIGURE_LOSS, false},
    {"longest loss run", "loss_run_max", FIGURE_COUNT, true},
    {"RTT min", "rtt_ms.min", FIGURE_MS, false},
    {"RTT mean", "rtt_ms.mean", FIGURE_MS, false},
    {"RTT p50", "rtt_ms.p50", FIGURE_MS, false},
    {"RTT p90", "rtt_ms.p90", FIGURE_MS, false},
    {"RTT p95", "rtt_ms.p95", FIGURE_MS, false},
    {"RTT p99", "rtt_ms.p99", FIGURE_MS, false},
    {"RTT max", "rtt_ms.max", FIGURE_MS, false},
    {"RTT std. dev.", "rtt_ms.stddev", FIGURE_MS, false},
    {"jitter (IPDV)", "jitter_ms", FIGURE_MS, false},
};

static int64_t
loss_ppm(const struct json_t *counts)
{
	return human_loss_ppm(jv_int(counts, "answered", 0),
	    jv_int(counts, "lost", 0) + jv_int(counts, "unreachable", 0));
}

static bool
all_zero(const struct json_t *windows, const char *path)
{
	for (size_t i = 0; i < jv_count(windows); i++) {
		if (jv_int(jv_item(windows, i), path, 0) != 0)
			return false;
	}
	return true;
}

static void
set_figure(struct table *table, size_t column, const struct json_t *w, size_t f)
{
	char buf[HUMAN_BYTES];

	switch (figures[f].figure) {
	case FIGURE_COUNT:
		table_set(
		    table, column, STYLE_PLAIN, human_count(jv_int(w, figures[f].path, 0), buf));
		break;
	case FIGURE_LOSS:
		table_set(table, column, loss_ppm(w) > 0 ? STYLE_YELLOW : STYLE_PLAIN,
		    human_percent(loss_ppm(w), buf));
		break;
	case FIGURE_MS:
	default:
		table_set(table, column, STYLE_PLAIN, human_rtt(jv_ms(w, figures[f].path), buf));
		break;
	}
}

static void
print_windows(const struct out *out, const struct json_t *windows)
{
	struct table_column columns[TABLE_COLUMNS_MAX] = {{"over the last", false, TABLE_ALWAYS}};
	char titles[TABLE_COLUMNS_MAX][32];
	size_t n = jv_count(windows);
	struct table table;

	if (all_zero(windows, "sent") && all_zero(windows, "unsent"))
		return;
	if (n > TABLE_COLUMNS_MAX - 1)
		n = TABLE_COLUMNS_MAX - 1;
	for (size_t i = 0; i < n; i++) {
		(void)duration_format(
		    jv_seconds(jv_item(windows, i), "window_s"), titles[i], sizeof(titles[i]));
		columns[i + 1] =
		    (struct table_column){titles[i], true, TABLE_ALWAYS - 1 - (unsigned)i};
	}
	table_init(&table, out, columns, n + 1);
	for (size_t f = 0; f < sizeof(figures) / sizeof(figures[0]); f++) {
		if (figures[f].when_not_zero && all_zero(windows, figures[f].path))
			continue;
		table_begin_row(&table);
		table_set(&table, 0, STYLE_PLAIN, figures[f].title);
		for (size_t i = 0; i < n; i++)
			set_figure(&table, i + 1, jv_item(windows, i), f);
	}
	(void)fputc('\n', out->f);
	table_print(&table);
	table_done(&table);
}

static void
print_totals(const struct out *out, const struct json_t *totals)
{
	static const struct {
		const char *member, *words;
	} parts[] = {
	    {"answered", "answered"},
	    {"lost", "lost"},
	    {"unreachable", "unreachable"},
	    {"unmeasured", "unmeasured"},
	    {"in_flight", "in flight"},
	    {"unsent", "unsent"},
	    {"late", "late replies"},
	    {"stale", "stale replies"},
	    {"duplicates", "duplicates"},
	    {"reordered", "reordered"},
	    {"corrupt", "corrupt"},
	    {"foreign", "foreign"},
	    {"extra", "extra probes"},
	};
	char line[LINE_BYTES], count[HUMAN_BYTES];
	struct text t;

	text_init(&t, line, sizeof(line));
	text_printf(&t, "%s sent", human_count(jv_int(totals, "sent", 0), count));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		int64_t n = jv_int(totals, parts[i].member, 0);

		if (n > 0 || i < 2)
			text_printf(&t, ", %s %s", human_count(n, count), parts[i].words);
	}
	if (loss_ppm(totals) >= 0)
		text_printf(&t, "; loss %s", human_percent(loss_ppm(totals), count));
	print_line(out, "totals", STYLE_PLAIN, line);
}

static void
print_alarms(const struct out *out, const struct json_t *alarms, nsec_t now_wall_ns)
{
	static const struct table_column columns[] = {
	    {"ALARM", false, TABLE_ALWAYS},
	    {"IS", false, TABLE_ALWAYS},
	    {"NOW", true, TABLE_ALWAYS},
	    {"RAISED BY", false, 2},
	    {"SINCE", false, 1},
	};
	struct table table;
	char buf[HUMAN_BYTES];

	if (jv_count(alarms) == 0)
		return;
	table_init(&table, out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < jv_count(alarms); i++) {
		const struct json_t *a = jv_item(alarms, i);
		bool active = jv_true(a, "active");
		nsec_t since_ns = jv_time(a, "since");
		const char *value = "-";

		if (!jv_is_null(a, "value"))
			value =
			    strcmp(jv_text(a, "unit", "ratio"), "ms") == 0
				? human_rtt(jv_ms(a, "value"), buf)
				: human_percent((int64_t)(jv_real(a, "value", 0) * 1e6 + 0.5), buf);
		table_begin_row(&table);
		table_set(&table, 0, STYLE_PLAIN, jv_text(a, "name", "?"));
		table_set(&table, 1, active ? STYLE_RED : STYLE_PLAIN, active ? "RAISED" : "clear");
		table_set(&table, 2, STYLE_PLAIN, value);
		table_set(&table, 3, STYLE_PLAIN, jv_text(a, "raise", ""));
		table_set(&table, 4, STYLE_PLAIN,
		    since_ns > 0 ? human_when(since_ns, now_wall_ns, buf) : "-");
	}
	(void)fputc('\n', out->f);
	table_print(&table);
	table_done(&table);
}

static void
print_responders(const struct out *out, const struct json_t *responders, nsec_t now_wall_ns)
{
	static const struct table_column columns[] = {
	    {"RESPONDER", false, TABLE_ALWAYS},
	    {"REPLIES", true, TABLE_ALWAYS},
	    {"LAST RTT", true, 2},
	    {"LAST REPLY", false, 1},
	};
	struct table table;
	char buf[HUMAN_BYTES];

	if (jv_count(responders) == 0)
		return;
	table_init(&table, out, columns, sizeof(columns) / sizeof(columns[0]));
	for (size_t i = 0; i < jv_count(responders); i++) {
		const struct json_t *r = jv_item(responders, i);

		table_begin_row(&table);
		table_set(&table, 0, STYLE_PLAIN, jv_text(r, "address", "?"));
		table_set(&table, 1, STYLE_PLAIN, human_count(jv_int(r, "replies", 0), buf));
		table_set(&table, 2, STYLE_PLAIN, human_rtt(jv_ms(r, "rtt_ms"), buf));
		table_set(&table, 3, STYLE_PLAIN, human_when(jv_time(r, "at"), now_wall_ns, buf));
	}
	(void)fputc('\n', out->f);
	table_print(&table);
	table_done(&table);
}

/* "causes       12 timeout, 3 host_unreachable" */
static void
print_causes(const struct out *out, const struct json_t *causes)
{
	char line[LINE_BYTES], count[HUMAN_BYTES];
	const struct json_t *value;
	const char *key;
	void *cursor = NULL;
	struct text t;

	text_init(&t, line, sizeof(line));
	while (jv_next(causes, &cursor, &key, &value))
		text_printf(&t, "%s%s %s", t.len > 0 ? ", " : "",
		    human_count(jv_int(causes, key, 0), count), key);
	if (t.len > 0)
		print_line(out, "causes", STYLE_PLAIN, line);
}

void
view_target(const struct out *out, const struct json_t *target, nsec_t now_wall_ns)
{
	char strip[STRIP_BYTES];

	print_head(out, target, now_wall_ns);
	print_what(out, target);
	print_last(out, target, now_wall_ns);
	print_totals(out, jv_get(target, "totals"));
	print_causes(out, jv_get(target, "causes"));
	if (!jv_is_null(target, "strip"))
		print_line(
		    out, "last 10 min", STYLE_STRIP, targets_strip(target, out->utf8, strip));
	print_alarms(out, jv_get(target, "alarms"), now_wall_ns);
	print_responders(out, jv_get(target, "responders"), now_wall_ns);
	print_windows(out, jv_get(target, "windows"));
}
