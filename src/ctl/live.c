/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Signals come by a descriptor, so that nothing happens in a handler. Sequences: ECMA-48.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "ctl/live.h"

#define HIDE_CURSOR "\033[?25l"
#define SHOW_CURSOR "\033[?25h"
#define HOME "\033[H"
#define ERASE_LINE "\033[K"
#define ERASE_BELOW "\033[J"

nsec_t
live_now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static void
listen_to_signals(sigset_t *set)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGWINCH, SIGTSTP, SIGCONT};

	(void)sigemptyset(set);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		(void)sigaddset(set, signals[i]);
}

/* Keys one by one, without echo; only while the terminal is ours to set. */
static void
take_keyboard(struct live *live)
{
	struct termios raw;

	live->key_fd = -1;
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
	    tcgetattr(STDIN_FILENO, &live->saved) != 0)
		return;
	raw = live->saved;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0)
		live->key_fd = STDIN_FILENO;
}

static void
give_back_keyboard(struct live *live)
{
	if (live->key_fd >= 0)
		(void)tcsetattr(STDIN_FILENO, TCSANOW, &live->saved);
	live->key_fd = -1;
}

/* A screen's worth of lines, which scrolls up what stands there. */
static void
take_screen(struct live *live)
{
	out_measure(live->out);
	(void)fputs(HIDE_CURSOR, live->out->f);
	for (int i = 1; i < live->out->height; i++)
		(void)fputc('\n', live->out->f);
	live->lines = 0;
	live->redraw = true;
}

static void
give_back_screen(struct live *live)
{
	if (live->lines > 0)
		(void)fprintf(live->out->f, "\033[%d;1H\r\n", live->lines);
	(void)fputs(ERASE_BELOW SHOW_CURSOR, live->out->f);
	(void)fflush(live->out->f);
}

bool
live_begin(struct live *live, struct out *out)
{
	sigset_t set;

	*live = (struct live){.out = out};
	listen_to_signals(&set);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
		return false;
	live->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (live->signal_fd < 0)
		return false;
	take_keyboard(live);
	take_screen(live);
	return true;
}

void
live_end(struct live *live)
{
	sigset_t set;

	give_back_screen(live);
	give_back_keyboard(live);
	(void)close(live->signal_fd);
	listen_to_signals(&set);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}

/* Ctrl-Z: leaves the terminal tidy, sleeps, and takes it again. */
static void
suspend(struct live *live)
{
	give_back_screen(live);
	give_back_keyboard(live);
	(void)raise(SIGSTOP);
	take_keyboard(live);
	take_screen(live);
}

static void
hear_signals(struct live *live)
{
	struct signalfd_siginfo info;

	while (read(live->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		switch (info.ssi_signo) {
		case SIGWINCH:
			out_measure(live->out);
			live->redraw = true;
			break;
		case SIGTSTP:
			suspend(live);
			break;
		case SIGCONT:
			live->redraw = true;
			break;
		default:
			live->quit = true;
			break;
		}
	}
}

static void
hear_keys(struct live *live)
{
	struct pollfd ready = {.fd = live->key_fd, .events = POLLIN};
	char keys[64];
	ssize_t n;

	if (live->key_fd < 0 || poll(&ready, 1, 0) <= 0)
		return;
	n = read(live->key_fd, keys, sizeof(keys));
	if (n <= 0) { /* the terminal is gone */
		live->quit = n == 0 || errno != EINTR;
		return;
	}
	for (ssize_t i = 0; i < n; i++) {
		if (keys[i] == 'q' || keys[i] == 'Q')
			live->quit = true;
		else
			live->redraw = true;
	}
}

bool
live_hear(struct live *live)
{
	hear_signals(live);
	hear_keys(live);
	return live->quit;
}

void
live_wait(struct live *live, nsec_t until_ns)
{
	struct pollfd fds[2] = {
	    {.fd = live->signal_fd, .events = POLLIN}, {.fd = live->key_fd, .events = POLLIN}};

	while (!live_hear(live) && !live->redraw) {
		nsec_t left_ns = until_ns - live_now_ns();

		if (left_ns <= 0)
			return;
		fds[1].fd = live->key_fd;
		(void)poll(fds, 2, (int)(nsec_min(left_ns, NSEC_PER_HOUR) / NSEC_PER_MSEC) + 1);
	}
}

void
live_draw(struct live *live, const char *lines, const char *foot)
{
	(void)fputs(HOME, live->out->f);
	live->lines = out_frame(live->out, lines, live->out->height - 1, ERASE_LINE);
	if (live->lines > 0)
		(void)fputs("\r\n", live->out->f);
	live->lines += out_frame(live->out, foot, 1, ERASE_LINE);
	(void)fputs(ERASE_BELOW, live->out->f);
	(void)fflush(live->out->f);
	live->redraw = false;
}
