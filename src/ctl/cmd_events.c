/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl events [TARGET] [--last N] [--since WHEN] [-f]
 *
 * First the events that there are, in one answer that ends; then, with -f, a stream, which is
 * resumed as often as it breaks.
 */
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/event_log.h"
#include "ctl/event_print.h"
#include "ctl/follow.h"
#include "ctl/jv.h"
#include "ctl/memory.h"
#include "ctl/split.h"

#define LAST_OF_FOLLOW 10 /* events before the first new one */
#define PATH_BYTES 512
#define SINCE_BYTES 64

struct reader {
	struct ctl *ctl;
	struct event_log log;
	struct split split;
	struct follow follow;
	char since[SINCE_BYTES]; /* where to begin */
	char **kept; /* ring of the last records before they are printed */
	size_t n_kept, keep; /* records ever put into the ring; its size, 0: print at once */
	bool bad, other_journal, titles_printed;
};

/* Once, before the first record. */
static void
print_titles(struct reader *r)
{
	if (!r->titles_printed && args_has(r->ctl->args, OPTION_PLAIN))
		event_print_plain(&r->ctl->out, NULL);
	r->titles_printed = true;
}

static void
print_record(struct reader *r, const char *text, size_t bytes)
{
	const struct out *out = &r->ctl->out;
	struct json_t *event;

	print_titles(r);
	if (args_has(r->ctl->args, OPTION_JSON)) {
		(void)fprintf(out->f, "%.*s\n", (int)bytes, text);
		return;
	}
	event = jv_parse(text, bytes);
	if (args_has(r->ctl->args, OPTION_PLAIN))
		event_print_plain(out, event);
	else
		event_print(out, event);
	jv_free(event);
}

static void
keep_or_print(struct reader *r, const char *text, size_t bytes)
{
	char **cell;

	if (r->keep == 0) {
		print_record(r, text, bytes);
		return;
	}
	cell = &r->kept[r->n_kept++ % r->keep];
	free(*cell);
	*cell = memory_resize(NULL, bytes + 1, 1);
	memcpy(*cell, text, bytes);
	(*cell)[bytes] = '\0';
}

static void
print_kept(struct reader *r)
{
	size_t n = r->n_kept < r->keep ? r->n_kept : r->keep;

	for (size_t i = r->n_kept - n; i < r->n_kept; i++)
		print_record(r, r->kept[i % r->keep], strlen(r->kept[i % r->keep]));
	for (size_t i = 0; i < r->keep; i++)
		free(r->kept[i]);
	free(r->kept);
	r->kept = NULL;
	r->keep = r->n_kept = 0;
}

static bool
take_record(void *arg, const char *text, size_t bytes)
{
	struct reader *r = arg;
	struct json_t *record = jv_parse(text, bytes);
	uint64_t from = (uint64_t)jv_int(record, "from_id", 0);
	bool print;

	if (record == NULL) {
		r->bad = true;
		return false;
	}
	if (from > 0)
		print = event_log_gap(&r->log, &from, (uint64_t)jv_int(record, "to_id", 0)) > 0;
	else {
		enum event_verdict verdict = event_log_take(
		    &r->log, (uint64_t)jv_int(record, "id", 0), jv_time(record, "at"));

		print = verdict == EVENT_NEW;
		r->other_journal = verdict == EVENT_OTHER_JOURNAL;
	}
	jv_free(record);
	if (print)
		keep_or_print(r, text, bytes);
	return !r->other_journal;
}

static bool
take_bytes(void *arg, const char *bytes, size_t len)
{
	struct reader *r = arg;

	(void)follow_back(&r->follow);
	if (!split_feed(&r->split, bytes, len)) {
		r->bad = !r->other_journal;
		return false;
	}
	if (r->keep == 0)
		(void)fflush(r->ctl->out.f);
	return !ferror(r->ctl->out.f);
}

/* One request: what there is, or a stream until it breaks. */
static enum client_result
request_events(struct reader *r, bool follow)
{
	char path[PATH_BYTES];
	struct client_request request = {
	    .path = path, .follow = follow, .sink = take_bytes, .arg = r};
	const char *target = r->ctl->args->operand;
	enum client_result result;
	uint64_t after;
	struct text t;

	text_init(&t, path, sizeof(path));
	text_add(&t, "/v1/events?since=");
	if (event_log_resume(&r->log, &after))
		text_printf(&t, "%llu", (unsigned long long)after);
	else
		ctl_add_escaped(&t, r->since);
	text_add(&t, follow ? "&follow=1" : "");
	if (target != NULL) {
		text_add(&t, "&target=");
		ctl_add_escaped(&t, target);
	}
	if (t.overflow)
		return client_misunderstood(r->ctl->client, "the pattern is too long");
	r->other_journal = false;
	split_init(&r->split, SPLIT_LINES, take_record, r);
	result = client_do(r->ctl->client, &request);
	split_done(&r->split);
	return r->bad ? client_misunderstood(r->ctl->client, NULL) : result;
}

static int
follow(struct reader *r)
{
	while (!ferror(r->ctl->out.f)) {
		enum client_result result = request_events(r, true);

		if (r->other_journal) {
			ctl_complain("icmpmond began a new journal: event numbers start over");
			event_log_init(&r->log);
			memcpy(r->since, "0", 2);
		} else if (r->bad || (!follow_may_mend(r->ctl, result) && result != CLIENT_OK))
			return ctl_failed(r->ctl, result);
		else
			follow_wait(&r->follow, result);
	}
	return CTL_FAILED;
}

/* An id and a time go to the daemon as they are, a duration ago as a time. */
static void
set_since(struct reader *r)
{
	const char *since = r->ctl->args->values[OPTION_SINCE];
	struct text t;
	nsec_t ago_ns;

	text_init(&t, r->since, sizeof(r->since));
	if (since == NULL)
		text_add(&t, "0");
	else if (duration_parse(*since == '-' ? since + 1 : since, &ago_ns))
		text_time(&t, nsec_max(nsec_sub(ctl_now_wall_ns(), ago_ns), NSEC_PER_DAY));
	else
		text_add(&t, since);
}

static int
run(struct ctl *ctl)
{
	bool following = args_has(ctl->args, OPTION_FOLLOW);
	struct reader r = {.ctl = ctl, .follow = {.ctl = ctl}};
	enum client_result result;

	set_since(&r);
	event_log_init(&r.log);
	r.keep = args_count(ctl->args, OPTION_LAST,
	    following && !args_has(ctl->args, OPTION_SINCE) ? LAST_OF_FOLLOW : 0);
	if (r.keep > 0) {
		r.kept = memory_resize(NULL, r.keep, sizeof(r.kept[0]));
		memset(r.kept, 0, r.keep * sizeof(r.kept[0]));
	}
	result = request_events(&r, false);
	print_kept(&r);
	if (result != CLIENT_OK)
		return ctl_failed(ctl, result);
	print_titles(&r);
	(void)fflush(ctl->out.f);
	return following ? follow(&r) : CTL_DONE;
}

const struct command command_events = {
    .name = "events",
    .operand = "[TARGET]",
    .options = OPTION_BIT(OPTION_LAST) | OPTION_BIT(OPTION_SINCE) | OPTION_BIT(OPTION_FOLLOW),
    .summary = "what happened, and what happens",
    .text =
	"Prints the events that the daemon holds, oldest first: changes of state, alarms,\n"
	"reloads, faults of the measurement itself; with TARGET (* and ? may stand in it) only\n"
	"its own. The number in front counts events: --since NUMBER prints those after it.\n"
	"-f begins with the last 10, goes on with new ones, and waits for a daemon that is\n"
	"restarted; events that were missed are told.\n"
	"--json prints one object a line.",
    .examples = "  icmpctl events -f\n"
		"  icmpctl events isp-gw --since 2h\n"
		"  icmpctl events --since 2026-11-23T10:00:00Z --plain\n",
    .run = run,
};
