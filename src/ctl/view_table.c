/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon's line, the table and the reasons.
 */
#include <string.h>

#include "core/text.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/table.h"
#include "ctl/view.h"

#define PART_BYTES 256
#define LINE_BYTES 1024

const char *
view_state(enum state state, enum style *ret_style)
{
	static const struct {
		const char *word;
		enum style style;
	} states[] = {
	    [STATE_UNKNOWN] = {"unknown", STYLE_BOLD},
	    [STATE_UP] = {"up", STYLE_GREEN},
	    [STATE_DEGRADED] = {"DEGRADED", STYLE_YELLOW},
	    [STATE_DOWN] = {"DOWN", STYLE_RED},
	    [STATE_PAUSED] = {"paused", STYLE_DIM},
	};

	*ret_style = states[state].style;
	return states[state].word;
}

/* The parts of one line, and how far it has come. */
struct flow {
	const struct out *out;
	size_t at;
};

static void
flow_add(struct flow *f, enum style style, const char *gap, const char *part)
{
	size_t width = out_width(f->out, part), before = strlen(gap);

	if (f->at > 0 && f->out->width > 0 && f->at + before + width > (size_t)f->out->width) {
		(void)fputc('\n', f->out->f);
		f->at = 0;
	}
	if (f->at > 0) {
		(void)fputs(gap, f->out->f);
		f->at += before;
	}
	out_text(f->out, style, part);
	f->at += width;
}

static void
add_counts(struct text *t, const struct json_t *status)
{
	static const enum state order[] = {
	    STATE_UP, STATE_DEGRADED, STATE_DOWN, STATE_UNKNOWN, STATE_PAUSED};
	int64_t total = jv_int(status, "targets.total", 0);
	char count[HUMAN_BYTES];
	bool first = true;

	text_printf(t, "%s target%s", human_count(total, count), total == 1 ? "" : "s");
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
		const char *word = state_word(order[i]);
		int64_t n = jv_int(jv_get(status, "targets"), word, 0);

		if (n == 0)
			continue;
		text_printf(t, "%s%s %s", first ? ": " : ", ", human_count(n, count), word);
		first = false;
	}
}

static void
print_reload_failure(const struct out *out, const struct json_t *status, nsec_t now_wall_ns)
{
	const char *error = jv_text(status, "config.last_reload_error", "");
	char when[HUMAN_BYTES], part[PART_BYTES];
	size_t len = strcspn(error, "\n");

	(void)snprintf(part, sizeof(part),
	    "the last reload was refused, the configuration of %s stays: %.*s",
	    human_when(jv_time(status, "config.loaded_at"), now_wall_ns, when), (int)len, error);
	out_text(out, STYLE_YELLOW, part);
	(void)fputc('\n', out->f);
}

void
view_daemon(const struct out *out, const struct json_t *status, nsec_t now_wall_ns)
{
	const char *instance = jv_text(status, "instance", "");
	nsec_t uptime_ns = jv_seconds(status, "uptime_s");
	nsec_t lag_ns = jv_ms(status, "send_lag_ms.p99");
	int64_t drops = jv_int(status, "rx_dropped", 0);
	char part[PART_BYTES], figure[HUMAN_BYTES];
	struct flow f = {.out = out};
	struct text t;

	(void)snprintf(part, sizeof(part), "icmpmond %.64s%s%.64s%s",
	    jv_text(status, "version", "?"), *instance != '\0' ? " (" : "", instance,
	    *instance != '\0' ? ")" : "");
	flow_add(&f, STYLE_BOLD, "", part);
	(void)snprintf(part, sizeof(part), "up %s", human_age(uptime_ns, figure));
	flow_add(&f, STYLE_PLAIN, "  ", part);
	text_init(&t, part, sizeof(part));
	add_counts(&t, status);
	flow_add(&f, STYLE_PLAIN, "   ", part);
	(void)snprintf(part, sizeof(part), "%s probes/s",
	    human_rate(jv_real(status, "probes_per_s", 0), figure));
	flow_add(&f, STYLE_PLAIN, "   ", part);
	(void)snprintf(part, sizeof(part), "send lag p99 %s", human_rtt(lag_ns, figure));
	flow_add(&f, STYLE_PLAIN, "   ", part);
	(void)snprintf(part, sizeof(part), "rx drops %s", human_count(drops, figure));
	flow_add(&f, drops > 0 ? STYLE_YELLOW : STYLE_PLAIN, "   ", part);
	(void)fputc('\n', out->f);
	if (!jv_is_null(status, "config.last_reload_error"))
		print_reload_failure(out, status, now_wall_ns);
}

enum { TARGET, ADDRESS, STATE, FOR, LOSS, P50, P95, MAX, STRIP, N_COLUMNS };

static void
add_row(struct table *table, const struct target_row *r, nsec_t now_wall_ns)
{
	char buf[HUMAN_BYTES];
	enum style style;
	const char *state = view_state(r->state, &style);

	table_begin_row(table);
	table_set(table, TARGET, r->state == STATE_UP ? STYLE_PLAIN : STYLE_BOLD, r->name);
	table_set(table, ADDRESS, STYLE_PLAIN, *r->address != '\0' ? r->address : "-");
	table_set(table, STATE, r->parent != NULL ? STYLE_DIM : style, state);
	table_set(table, FOR, STYLE_PLAIN,
	    r->since_wall_ns > 0 ? human_age(now_wall_ns - r->since_wall_ns, buf) : "-");
	table_set(table, LOSS, r->loss_ppm > 0 ? STYLE_YELLOW : STYLE_PLAIN,
	    human_percent(r->loss_ppm, buf));
	table_set(table, P50, STYLE_PLAIN, human_rtt(r->p50_ns, buf));
	table_set(table, P95, STYLE_PLAIN, human_rtt(r->p95_ns, buf));
	table_set(table, MAX, STYLE_PLAIN, human_rtt(r->max_ns, buf));
	table_set(table, STRIP, STYLE_STRIP, r->strip);
}

void
view_table(const struct out *out, const struct targets *t, size_t max, const char *window,
    nsec_t now_wall_ns)
{
	char loss[32];
	const struct table_column columns[N_COLUMNS] = {
	    [TARGET] = {"TARGET", false, TABLE_ALWAYS},
	    [ADDRESS] = {"ADDRESS", false, 1},
	    [STATE] = {"STATE", false, TABLE_ALWAYS},
	    [FOR] = {"FOR", false, 4},
	    [LOSS] = {loss, true, TABLE_ALWAYS},
	    [P50] = {"P50", true, 6},
	    [P95] = {"P95", true, 3},
	    [MAX] = {"MAX", true, 2},
	    [STRIP] = {"LAST 10 MIN", false, 5},
	};
	struct table table;

	(void)snprintf(loss, sizeof(loss), "LOSS %s", window);
	table_init(&table, out, columns, N_COLUMNS);
	for (size_t i = 0; i < t->n && (max == 0 || i < max); i++)
		add_row(&table, &t->rows[i], now_wall_ns);
	if (table.n_rows > 0)
		table_print(&table);
	table_done(&table);
}

size_t
view_reasons_count(const struct targets *t, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n && (max == 0 || i < max); i++)
		n += t->rows[i].state != STATE_UP;
	return n;
}

/* "isp-gw: loss 12.5% > 5% over 1m (since 10:41:07). Try: icmpctl show isp-gw"; without the time
 * where it would make the line too long, since the table tells it too. */
static void
print_reason(const struct out *out, const struct target_row *r, nsec_t now_wall_ns)
{
	char why[LINE_BYTES], since[PART_BYTES] = "", hint[PART_BYTES], when[HUMAN_BYTES];
	size_t width;
	enum style style;

	(void)view_state(r->state, &style);
	if (r->parent != NULL)
		(void)snprintf(why, sizeof(why), ": behind %s, which is down", r->parent);
	else
		(void)snprintf(
		    why, sizeof(why), ": %s", *r->reason != '\0' ? r->reason : "no data yet");
	if (r->since_wall_ns > 0)
		(void)snprintf(since, sizeof(since), " (since %s)",
		    human_when(r->since_wall_ns, now_wall_ns, when));
	(void)snprintf(hint, sizeof(hint), ". Try: icmpctl %s %s",
	    r->state == STATE_PAUSED ? "resume" : "show", r->parent != NULL ? r->parent : r->name);
	width = out_width(out, r->name) + out_width(out, why) + out_width(out, hint);
	out_text(out, r->parent != NULL ? STYLE_DIM : style, r->name);
	out_text(out, STYLE_PLAIN, why);
	if (out->width == 0 || width + strlen(since) <= (size_t)out->width)
		out_text(out, STYLE_PLAIN, since);
	out_text(out, STYLE_PLAIN, hint);
	(void)fputc('\n', out->f);
}

void
view_reasons(const struct out *out, const struct targets *t, size_t max, size_t max_lines,
    nsec_t now_wall_ns)
{
	size_t n = view_reasons_count(t, max), shown = 0;

	for (size_t i = 0; i < t->n && (max == 0 || i < max) && shown < n; i++) {
		if (t->rows[i].state == STATE_UP)
			continue;
		if (n > max_lines && shown + 1 >= max_lines) {
			(void)fprintf(
			    out->f, "and %zu more in the table that are not up\n", n - shown);
			return;
		}
		print_reason(out, &t->rows[i], now_wall_ns);
		shown++;
	}
}
