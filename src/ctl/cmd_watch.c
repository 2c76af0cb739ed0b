/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl watch [TARGET]
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/commands.h"
#include "ctl/ctl.h"
#include "ctl/human.h"
#include "ctl/jv.h"
#include "ctl/live.h"
#include "ctl/overview.h"
#include "ctl/view.h"

#define EVERY_DEFAULT_NS NSEC_PER_SEC
#define EVERY_MIN_NS (100 * NSEC_PER_MSEC)
#define REASONS_SHARE 4 /* of the screen's lines, for reasons */
#define PATH_BYTES 512
#define LINE_BYTES 1024

/* What is on the screen: the last answer, and how it goes with the daemon. */
struct watch {
	struct ctl *ctl;
	struct targets_filter filter;
	struct live live;
	bool have; /* overview or target holds an answer */
	struct overview overview;
	struct json_t *target; /* with TARGET */
	nsec_t answer_wall_ns;
	nsec_t away_wall_ns; /* since when there is none; 0: it is new */
	bool refused; /* by a daemon that is there */
	char why[LINE_BYTES];
	nsec_t every_ns;
};

static void
forget(struct watch *w)
{
	if (!w->have)
		return;
	if (w->filter.pattern != NULL)
		jv_free(w->target);
	else
		overview_done(&w->overview);
	w->have = false;
}

static enum client_result
fetch(struct watch *w)
{
	struct overview overview = {0};
	struct json_t *target = NULL;
	enum client_result result;
	char path[PATH_BYTES];
	struct text t;

	if (w->filter.pattern != NULL) {
		text_init(&t, path, sizeof(path));
		ctl_target_path(&t, w->filter.pattern, "?window=");
		ctl_add_escaped(&t, w->filter.window);
		result = client_fetch(w->ctl->client, path, &target);
	} else
		result = overview_fetch(w->ctl->client, &w->filter, w->ctl->out.utf8, &overview);
	if (result != CLIENT_OK)
		return result;
	forget(w);
	w->have = true;
	w->target = target;
	if (w->filter.pattern == NULL)
		w->overview = overview;
	w->answer_wall_ns = ctl_now_wall_ns();
	w->away_wall_ns = 0;
	return CLIENT_OK;
}

static size_t
count_lines(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += *s == '\n';
	return n;
}

/* Rows and reasons that fill the screen and no more: beside them stand the daemon's lines, the
 * titles, a line of how many more there are, and the foot. */
static struct overview_limits
limits_for(const struct watch *w, size_t daemon_lines)
{
	size_t height = w->ctl->out.height > 0 ? (size_t)w->ctl->out.height : 1;
	size_t reasons = view_reasons_count(&w->overview.targets, 0), room;
	struct overview_limits limits;

	limits.reasons = reasons < height / REASONS_SHARE ? reasons : height / REASONS_SHARE;
	room = daemon_lines + 3 + limits.reasons;
	limits.rows = height > room ? height - room : 1;
	return limits;
}

static void
print_foot(const struct watch *w, const struct out *out)
{
	char when[HUMAN_BYTES], every[32];

	if (w->away_wall_ns > 0) {
		char line[LINE_BYTES];
		struct text t;

		text_init(&t, line, sizeof(line));
		text_printf(&t, "%s %s: ", w->refused ? "old since" : "no answer since",
		    human_when(w->away_wall_ns, ctl_now_wall_ns(), when));
		text_add(&t, w->why);
		out_text(out, STYLE_YELLOW, line);
		return;
	}
	(void)fprintf(out->f, "%s%s  every %s%s%s", out_begin(out, STYLE_DIM),
	    human_when(w->answer_wall_ns, w->answer_wall_ns, when),
	    duration_format(w->every_ns, every, sizeof(every)),
	    w->live.key_fd >= 0 ? "  q quits" : "", out_end(out, STYLE_DIM));
}

static void
print_body(const struct watch *w, const struct out *out, char *const *lines)
{
	struct overview_limits limits;

	if (w->filter.pattern != NULL) {
		view_target(out, w->target, w->answer_wall_ns);
		return;
	}
	view_daemon(out, w->overview.status, w->answer_wall_ns);
	(void)fflush(out->f);
	limits = limits_for(w, count_lines(*lines));
	overview_print(out, &w->overview, &w->filter, &limits, w->answer_wall_ns);
}

static void
draw(struct watch *w)
{
	struct out body = w->ctl->out, foot = w->ctl->out;
	char *lines = NULL, *line = NULL;
	size_t bytes;

	body.f = open_memstream(&lines, &bytes);
	foot.f = open_memstream(&line, &bytes);
	if (body.f != NULL && foot.f != NULL) {
		(void)fflush(body.f); /* lines is a string from now on */
		print_body(w, &body, &lines);
		print_foot(w, &foot);
		(void)fflush(body.f);
		(void)fflush(foot.f);
		live_draw(&w->live, lines, line);
	}
	if (body.f != NULL)
		(void)fclose(body.f);
	if (foot.f != NULL)
		(void)fclose(foot.f);
	free(lines);
	free(line);
}

/* While a request waits. */
static bool
hear(void *arg)
{
	struct watch *w = arg;

	if (!live_hear(&w->live) && w->live.redraw)
		draw(w);
	return w->live.quit;
}

static void
ask(struct watch *w)
{
	enum client_result result = fetch(w);

	if (result == CLIENT_OK || result == CLIENT_STOPPED)
		return;
	w->refused = result == CLIENT_REFUSED && client_status(w->ctl->client) != 503;
	(void)snprintf(w->why, sizeof(w->why), "%s", client_error(w->ctl->client));
	if (w->away_wall_ns == 0)
		w->away_wall_ns = ctl_now_wall_ns();
}

static int
watch(struct watch *w)
{
	nsec_t next_ns;

	if (!live_begin(&w->live, &w->ctl->out)) {
		ctl_complain("cannot take the terminal: %s", strerror(errno));
		return CTL_FAILED;
	}
	client_watch(w->ctl->client, w->live.signal_fd, hear, w);
	if (w->live.key_fd >= 0)
		client_watch(w->ctl->client, w->live.key_fd, hear, w);
	next_ns = live_now_ns() + w->every_ns;
	draw(w);
	while (!w->live.quit && !ferror(w->ctl->out.f)) {
		live_wait(&w->live, next_ns);
		if (live_now_ns() >= next_ns && !w->live.quit) {
			ask(w);
			next_ns = nsec_max(next_ns + w->every_ns, live_now_ns());
		}
		if (!w->live.quit)
			draw(w);
	}
	live_end(&w->live);
	return CTL_DONE;
}

static int
run(struct ctl *ctl)
{
	struct watch w = {.ctl = ctl, .filter = overview_filter(ctl->args)};
	const struct overview_limits once = {OVERVIEW_ROWS_MAX, OVERVIEW_REASONS_MAX};
	enum client_result result;
	int status = CTL_DONE;

	w.every_ns =
	    nsec_max(args_duration(ctl->args, OPTION_EVERY, EVERY_DEFAULT_NS), EVERY_MIN_NS);
	if (args_has(ctl->args, OPTION_JSON) || args_has(ctl->args, OPTION_PLAIN)) {
		ctl_complain("watch is for people: scripts use icmpctl list --json or --plain");
		return CTL_USAGE;
	}
	if (w.filter.pattern != NULL && (w.filter.group != NULL || w.filter.state != NULL)) {
		ctl_complain("watch takes a target, or --group and --state, not both");
		return CTL_USAGE;
	}
	result = fetch(&w);
	if (result == CLIENT_REFUSED && client_status(ctl->client) == 404)
		return ctl_no_such_target(ctl, w.filter.pattern);
	if (result != CLIENT_OK)
		return ctl_failed(ctl, result);
	if (ctl->out.terminal)
		status = watch(&w);
	else if (w.filter.pattern != NULL)
		view_target(&ctl->out, w.target, w.answer_wall_ns);
	else {
		view_daemon(&ctl->out, w.overview.status, w.answer_wall_ns);
		overview_print(&ctl->out, &w.overview, &w.filter, &once, w.answer_wall_ns);
	}
	forget(&w);
	return status;
}

const struct command command_watch = {
    .name = "watch",
    .operand = "[TARGET]",
    .options = OPTION_BIT(OPTION_EVERY) | OPTION_BIT(OPTION_WINDOW) | OPTION_BIT(OPTION_GROUP) |
	       OPTION_BIT(OPTION_STATE),
    .summary = "the table, or one target, live",
    .text = "Shows what status or show print, redrawn each second, until q or Ctrl-C. It goes on\n"
	    "while the daemon is restarted, and says so. Without a terminal it prints once.",
    .examples = "  icmpctl watch\n"
		"  icmpctl watch isp-gw --every 500ms\n"
		"  icmpctl watch --group wan\n",
    .run = run,
};
