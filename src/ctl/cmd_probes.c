/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl probes TARGET [--last N] [-f]
 *
 * The daemon keeps the last probes of a target in a ring. Following asks again and again, and shows
 * each probe when it is decided.
 */
#include <stdlib.h>
#include <string.h>

#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/follow.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/memory.h"
#include "ctl/probe_log.h"
#include "ctl/split.h"

#define LAST_DEFAULT 20
#define EVERY_NS (500 * NSEC_PER_MSEC)
#define PATH_BYTES 512
#define LINE_BYTES 1024
#define KIND_WIDTH 8
#define OUTCOME_WIDTH 11

struct printer {
	struct ctl *ctl;
	struct probe_log log;
	struct probe_entry *entries; /* of the answer */
	size_t n, cap, at; /* at: of the second pass */
	bool following;
	bool titles_printed;
	char day[HUMAN_BYTES]; /* of the probe printed last */
};

static const char *const plain_columns[] = {"sent_at", "seq", "flow", "kind", "outcome", "late",
    "rtt_ms", "ttl", "cause.kind", "cause.type", "cause.code", "cause.from", "cause.errno",
    "cause.text"};

#define N_PLAIN (sizeof(plain_columns) / sizeof(plain_columns[0]))

static void
print_plain(const struct out *out, const struct json_t *probe)
{
	char line[LINE_BYTES];
	struct text t;

	text_init(&t, line, sizeof(line));
	for (size_t i = 0; i < N_PLAIN; i++) {
		if (i > 0)
			text_add(&t, "\t");
		if (probe != NULL)
			jv_add_field(&t, probe, plain_columns[i]);
		else
			text_add(&t, plain_columns[i]);
	}
	(void)fprintf(out->f, "%s\n", line);
}

/* A line with the date, before the first probe of another day than today and at midnight. */
static void
print_day(struct printer *p, nsec_t sent_ns)
{
	char day[HUMAN_BYTES], today[HUMAN_BYTES];

	(void)snprintf(day, sizeof(day), "%.10s", human_date(sent_ns, (char[HUMAN_BYTES]){0}));
	(void)snprintf(
	    today, sizeof(today), "%.10s", human_date(ctl_now_wall_ns(), (char[HUMAN_BYTES]){0}));
	if (strcmp(day, p->day) != 0 && (p->day[0] != '\0' || strcmp(day, today) != 0)) {
		out_text(&p->ctl->out, STYLE_DIM, day);
		(void)fputc('\n', p->ctl->out.f);
	}
	memcpy(p->day, day, sizeof(day));
}

static enum style
style_of(const char *outcome)
{
	if (strcmp(outcome, "answered") == 0)
		return STYLE_PLAIN;
	if (strcmp(outcome, "lost") == 0 || strcmp(outcome, "unreachable") == 0)
		return STYLE_RED;
	return STYLE_DIM;
}

static void
print_field(const struct out *out, enum style style, const char *text, size_t width)
{
	size_t has = out_width(out, text);

	out_text_cut(out, style, text, width);
	out_pad(out, (has < width ? width - has : 0) + 2);
}

/* Terms as people write them. */
static const char *
outcome_words(const struct json_t *probe)
{
	const char *outcome = jv_text(probe, "outcome", "?");

	return strcmp(outcome, "in_flight") == 0 ? "in flight" : outcome;
}

static void
print_for_people(struct printer *p, const struct json_t *probe)
{
	const struct out *out = &p->ctl->out;
	const char *outcome = outcome_words(probe);
	const char *from = jv_text(probe, "cause.from", NULL),
		   *cause = jv_text(probe, "cause.text", "");
	nsec_t sent_ns = jv_time(probe, "sent_at"), rtt_ns = jv_ms(probe, "rtt_ms");
	char line[LINE_BYTES], figure[HUMAN_BYTES], words[32] = "-";
	struct text t;

	print_day(p, sent_ns);
	if (!jv_is_null(probe, "ttl"))
		(void)snprintf(words, sizeof(words), "%d", (int)jv_int(probe, "ttl", 0));
	(void)fprintf(out->f, "%-12s  %5lld  %4lld  ", human_clock_ms(sent_ns, figure),
	    (long long)jv_int(probe, "seq", 0), (long long)jv_int(probe, "flow", 0));
	print_field(out, STYLE_PLAIN, jv_text(probe, "kind", "?"), KIND_WIDTH);
	print_field(out, style_of(outcome), outcome, OUTCOME_WIDTH);
	(void)fprintf(out->f, "%9s  %3s", human_rtt(rtt_ns, figure), words);
	text_init(&t, line, sizeof(line));
	text_add(&t, cause);
	if (from != NULL)
		text_printf(&t, " from %s", from);
	if (jv_true(probe, "late"))
		text_printf(&t, "%sa late reply", t.len > 0 ? ", " : "");
	if (t.len > 0)
		(void)fputs("  ", out->f);
	out_text(out, STYLE_PLAIN, line);
	(void)fputc('\n', out->f);
}

/* FNV-1a: kinds are few, and no one gains by a collision. */
static uint32_t
number_of_word(const char *word)
{
	uint32_t hash = UINT32_C(2166136261);

	for (; *word != '\0'; word++)
		hash = (hash ^ (unsigned char)*word) * UINT32_C(16777619);
	return hash;
}

/* First pass over an answer: which probes there are. */
static bool
take_entry(void *arg, const char *text, size_t bytes)
{
	struct printer *p = arg;
	struct json_t *probe = jv_parse(text, bytes);

	if (probe == NULL)
		return false;
	if (p->n == p->cap) {
		p->cap = p->cap == 0 ? 64 : 2 * p->cap;
		p->entries = memory_resize(p->entries, p->cap, sizeof(*p->entries));
	}
	p->entries[p->n++] = (struct probe_entry){
	    .sent_wall_ns = jv_time(probe, "sent_at"),
	    .seq = (uint32_t)jv_int(probe, "seq", 0),
	    .flow = (uint32_t)jv_int(probe, "flow", 0),
	    .kind = number_of_word(jv_text(probe, "kind", "")),
	    .decided = !p->following || strcmp(jv_text(probe, "outcome", ""), "in_flight") != 0,
	};
	jv_free(probe);
	return true;
}

/* Second pass: those that are to be shown. */
static bool
print_entry(void *arg, const char *text, size_t bytes)
{
	struct printer *p = arg;
	struct json_t *probe;

	if (!p->entries[p->at++].show)
		return true;
	if (args_has(p->ctl->args, OPTION_JSON)) {
		(void)fprintf(p->ctl->out.f, "%.*s\n", (int)bytes, text);
		return true;
	}
	probe = jv_parse(text, bytes);
	if (args_has(p->ctl->args, OPTION_PLAIN))
		print_plain(&p->ctl->out, probe);
	else
		print_for_people(p, probe);
	jv_free(probe);
	return true;
}

static bool
each_probe(struct printer *p, split_object object, const char *bytes, size_t len)
{
	struct split split;
	bool whole;

	split_init(&split, SPLIT_MEMBERS, object, p);
	whole = split_feed(&split, bytes, len) && split_complete(&split);
	split_done(&split);
	return whole;
}

/* Once, before the first probe. */
static void
print_titles(struct printer *p)
{
	const struct out *out = &p->ctl->out;

	if (p->titles_printed)
		return;
	p->titles_printed = true;
	if (args_has(p->ctl->args, OPTION_PLAIN))
		print_plain(out, NULL);
	else if (!args_has(p->ctl->args, OPTION_JSON))
		(void)fprintf(out->f, "%s%-12s  %5s  %4s  %-*s  %-*s  %9s  %3s  %s%s\n",
		    out_begin(out, STYLE_BOLD), "SENT", "SEQ", "FLOW", KIND_WIDTH, "KIND",
		    OUTCOME_WIDTH, "OUTCOME", "RTT", "TTL", "CAUSE", out_end(out, STYLE_BOLD));
}

/* *ret_gapless: false when there may be probes between this answer and the one before. */
static enum client_result
fetch(struct printer *p, size_t last, bool *ret_gapless)
{
	char path[PATH_BYTES], rest[40], *bytes;
	enum client_result result;
	struct text t;
	size_t len;

	if (last > ARGS_COUNT_MAX)
		last = ARGS_COUNT_MAX;
	(void)snprintf(rest, sizeof(rest), "/probes?last=%zu", last);
	text_init(&t, path, sizeof(path));
	ctl_target_path(&t, p->ctl->args->operand, rest);
	result = client_fetch_bytes(p->ctl->client, path, &bytes, &len);
	if (result != CLIENT_OK)
		return result;
	p->n = p->at = 0;
	if (each_probe(p, take_entry, bytes, len)) {
		*ret_gapless = probe_log_update(&p->log, p->entries, p->n);
		print_titles(p);
		(void)each_probe(p, print_entry, bytes, len);
	} else
		result = client_misunderstood(p->ctl->client, NULL);
	free(bytes);
	(void)fflush(p->ctl->out.f);
	return result;
}

static int
follow(struct printer *p)
{
	struct follow f = {.ctl = p->ctl};

	while (!ferror(p->ctl->out.f)) {
		enum client_result result;
		bool gapless = true;

		follow_sleep(EVERY_NS);
		result = fetch(p, probe_log_wanted(&p->log), &gapless);
		if (result == CLIENT_OK) {
			if (!follow_back(&f) && !gapless)
				ctl_complain("some probes are missing here: there were more than "
					     "the daemon's ring holds (setting detail)");
		} else if (follow_may_mend(p->ctl, result))
			follow_wait(&f, result);
		else
			return ctl_failed(p->ctl, result);
	}
	return CTL_FAILED;
}

static int
pass_through(struct ctl *ctl, unsigned last)
{
	char path[PATH_BYTES], rest[40];
	struct text t;

	(void)snprintf(rest, sizeof(rest), "/probes?last=%u", last);
	text_init(&t, path, sizeof(path));
	ctl_target_path(&t, ctl->args->operand, rest);
	return ctl_pass_through(ctl, path, NULL);
}

static int
run(struct ctl *ctl)
{
	unsigned last = args_count(ctl->args, OPTION_LAST, LAST_DEFAULT);
	struct printer p = {.ctl = ctl, .following = args_has(ctl->args, OPTION_FOLLOW)};
	enum client_result result;
	bool gapless;
	int status;

	if (args_has(ctl->args, OPTION_JSON) && !p.following)
		return pass_through(ctl, last);
	probe_log_init(&p.log);
	result = fetch(&p, last, &gapless);
	if (result == CLIENT_REFUSED && client_status(ctl->client) == 404)
		status = ctl_no_such_target(ctl, ctl->args->operand);
	else if (result != CLIENT_OK)
		status = ctl_failed(ctl, result);
	else
		status = p.following ? follow(&p) : CTL_DONE;
	probe_log_done(&p.log);
	free(p.entries);
	return status;
}

const struct command command_probes = {
    .name = "probes",
    .operand = "TARGET",
    .operand_needed = true,
    .options = OPTION_BIT(OPTION_LAST) | OPTION_BIT(OPTION_FOLLOW),
    .summary = "the last probes of a target, one a line",
    .text =
	"Prints the last 20 probes that the daemon holds of a target (its setting detail says\n"
	"how many that are), oldest first. -f goes on, printing each probe when it is decided:\n"
	"a lost one comes after its timeout, behind younger ones. RTT on a lost probe is that of\n"
	"a late reply. FLOW counts ICMP ids, KIND is regular unless a probe was extra.\n"
	"--json prints the daemon's answer; with -f one object a line.",
    .examples = "  icmpctl probes isp-gw -f\n"
		"  icmpctl probes isp-gw --last 200 --plain | grep unreachable\n",
    .run = run,
};
