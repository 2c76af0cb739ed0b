/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What is logged and what is held back, and who reads it: see log.h. The state of the log is here.
 */
#include "shell/log.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/log_internal.h"

/* Tunables.
 * RESERVED_LINES  of a second's budget, which only notices and worse may use: no flood of summaries
 *                 or debug lines hides a target that goes down
 * RETRY_NS        between two attempts of log_tick with a reader that takes nothing
 * FLUSH_STEP_NS   the same in log_flush, where nothing else is waiting */
#define RESERVED_LINES 5
#define RETRY_NS (100 * NSEC_PER_MSEC)
#define FLUSH_STEP_NS (20 * NSEC_PER_MSEC)

enum { READER_SOCKET, READER_STDERR, READERS };

static struct {
	bool open;
	bool debug;
	nsec_t second_ns; /* when the budget was opened; INT64_MIN: by no tick yet */
	unsigned written; /* lines of this second */
	uint64_t held_back; /* not told yet */
	struct log_reader readers[READERS];
} log_state;

static bool
exists(const char *path)
{
	return access(path, F_OK) == 0;
}

void
log_open_with(const struct log_setup *setup)
{
	enum log_target target = setup->target;
	struct log_reader *socket = &log_state.readers[READER_SOCKET];
	struct log_reader *err = &log_state.readers[READER_STDERR];
	bool err_too = false;

	log_close();
	tzset(); /* reads its file now, not in the middle of a line */
	log_state.open = true;
	log_state.debug = setup->debug;
	log_state.second_ns = INT64_MIN;
	log_state.written = 0;
	log_state.held_back = 0;
	for (int i = 0; i < READERS; i++)
		log_state.readers[i].dropped = log_state.readers[i].dropped_untold = 0;
	if (target == LOG_TO_AUTO) {
		target = setup->under_systemd && exists(setup->journal_path) ? LOG_TO_JOURNAL
			 : exists(setup->syslog_path)			     ? LOG_TO_SYSLOG
									     : LOG_TO_STDERR;
		err_too = isatty(setup->stderr_fd);
	}
	if (target == LOG_TO_JOURNAL)
		log_reader_open_socket(socket, LOG_READER_JOURNAL, setup->journal_path);
	if (target == LOG_TO_SYSLOG)
		log_reader_open_socket(socket, LOG_READER_SYSLOG, setup->syslog_path);
	if (target == LOG_TO_STDERR || err_too)
		(void)log_reader_open_stderr(err, setup->stderr_fd); /* closed: nobody reads it */
}

void
log_open(enum log_target target, bool debug)
{
	const struct log_setup setup = {
	    .target = target,
	    .debug = debug,
	    .under_systemd = getenv("JOURNAL_STREAM") != NULL || getenv("INVOCATION_ID") != NULL,
	    .syslog_path = "/dev/log",
	    .journal_path = "/run/systemd/journal/socket",
	    .stderr_fd = STDERR_FILENO,
	};

	log_open_with(&setup);
}

bool
log_target_parse(const char *text, enum log_target *ret)
{
	static const char *const words[] = {
	    [LOG_TO_AUTO] = "auto",
	    [LOG_TO_SYSLOG] = "syslog",
	    [LOG_TO_JOURNAL] = "journal",
	    [LOG_TO_STDERR] = "stderr",
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(text, words[i]) == 0) {
			*ret = (enum log_target)i;
			return true;
		}
	}
	return false;
}

const char *
log_target_text(void)
{
	bool err = log_state.readers[READER_STDERR].kind != LOG_READER_NONE;

	switch (log_state.readers[READER_SOCKET].kind) {
	case LOG_READER_SYSLOG:
		return err ? "syslog and stderr" : "syslog";
	case LOG_READER_JOURNAL:
		return err ? "journal and stderr" : "journal";
	default:
		return err ? "stderr" : "none";
	}
}

static void
put(struct log_reader *r, const struct log_line *line)
{
	char message[LOG_MESSAGE_MAX];
	size_t bytes = 0;

	switch (r->kind) {
	case LOG_READER_NONE:
		return;
	case LOG_READER_SYSLOG:
		bytes = log_form_syslog(line, clock_wall_ns(), getpid(), message);
		break;
	case LOG_READER_JOURNAL:
		bytes = log_form_journal(line, message);
		break;
	case LOG_READER_STDERR:
		bytes = log_form_plain(line, clock_wall_ns(), r->terminal, message);
		break;
	}
	log_reader_put(r, message, bytes);
}

/* Tries what waits, and tells a reader that is awake again what it has missed. */
static bool
catch_up(struct log_reader *r)
{
	char text[LOG_LINE_MAX];
	struct log_line line = {.priority = LOG_PRIORITY_WARNING, .text = text};

	if (!log_reader_flush(r))
		return false;
	if (r->dropped_untold == 0)
		return true;
	(void)snprintf(text, sizeof(text),
	    "%llu log lines were dropped: the log was not read | event=log_dropped lines=%llu",
	    (unsigned long long)r->dropped_untold, (unsigned long long)r->dropped_untold);
	r->dropped_untold = 0;
	put(r, &line);
	return r->count == 0;
}

void
log_put(const struct log_line *line)
{
	for (int i = 0; i < READERS; i++) {
		struct log_reader *r = &log_state.readers[i];

		(void)catch_up(r); /* else the line queues behind what waits */
		put(r, line);
	}
}

static void
tell_held_back(void)
{
	char text[LOG_LINE_MAX];
	struct log_line line = {.priority = LOG_PRIORITY_WARNING, .text = text};

	if (log_state.held_back == 0)
		return;
	(void)snprintf(text, sizeof(text),
	    "%llu log lines were held back: at most %d are written in a second | "
	    "event=log_held_back lines=%llu",
	    (unsigned long long)log_state.held_back, LOG_LINES_PER_S,
	    (unsigned long long)log_state.held_back);
	log_state.held_back = 0;
	log_put(&line);
}

bool
log_admit(enum log_priority priority)
{
	unsigned budget = LOG_LINES_PER_S;

	if (!log_state.open || (priority >= LOG_PRIORITY_DEBUG && !log_state.debug))
		return false;
	if (priority > LOG_PRIORITY_NOTICE)
		budget -= RESERVED_LINES;
	if (log_state.written >= budget) {
		log_state.held_back++;
		return false;
	}
	log_state.written++;
	return true;
}

void
log_tick(nsec_t now_ns)
{
	if (log_state.second_ns == INT64_MIN ||
	    nsec_sub(now_ns, log_state.second_ns) >= NSEC_PER_SEC) {
		log_state.second_ns = now_ns;
		log_state.written = 0;
		tell_held_back();
	}
	for (int i = 0; i < READERS; i++) {
		struct log_reader *r = &log_state.readers[i];

		if ((r->count > 0 || r->dropped_untold > 0) && now_ns >= r->retry_ns &&
		    !catch_up(r))
			r->retry_ns = nsec_add(now_ns, RETRY_NS);
	}
}

/* Until a reader takes something again; one that went away comes back by its path, so look anew
 * after a step. */
static void
wait_for_readers(nsec_t limit_ns)
{
	const struct timespec step = {.tv_nsec = nsec_min(limit_ns, FLUSH_STEP_NS)};
	struct pollfd fds[READERS];

	for (int i = 0; i < READERS; i++) {
		const struct log_reader *r = &log_state.readers[i];

		fds[i] = (struct pollfd){.fd = r->count > 0 ? r->fd : -1, .events = POLLOUT};
	}
	(void)ppoll(fds, READERS, &step, NULL); /* whatever came of it, we try again */
}

void
log_flush(nsec_t limit_ns)
{
	nsec_t now_ns = clock_now_ns(), end_ns = nsec_add(now_ns, limit_ns);
	int saved_errno = errno;

	tell_held_back();
	for (;;) {
		bool idle = true;

		for (int i = 0; i < READERS; i++)
			idle = catch_up(&log_state.readers[i]) && idle;
		now_ns = clock_now_ns();
		if (idle || now_ns >= end_ns)
			break;
		wait_for_readers(end_ns - now_ns);
	}
	errno = saved_errno;
}

void
log_close(void)
{
	for (int i = 0; i < READERS; i++) {
		if (log_state.readers[i].kind != LOG_READER_NONE)
			log_reader_close(&log_state.readers[i]);
	}
	log_state.open = false;
}

uint64_t
log_dropped(void)
{
	uint64_t dropped = 0;

	for (int i = 0; i < READERS; i++)
		dropped += log_state.readers[i].dropped;
	return dropped;
}
