/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon's end of the helper: requests out, answers in, never waiting where the header does not
 * say so. Its descriptor is an epoll(7) instance over the socket of the present helper and a timer
 * for one that hangs, so that it stays the same however often the helper is started again.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/helper_internal.h"

/* Tunables.
 * KILL_AFTER_NS  what an action has to end in after SIGTERM
 * HUNG_NS        beyond the limits that the helper keeps itself
 * RESTART_NS     so that a helper that cannot live is not started in a tight loop
 * END_NS         the helper ends what it runs in less */
#define KILL_AFTER_NS (2 * NSEC_PER_SEC)
#define HUNG_NS (5 * NSEC_PER_SEC)
#define RESTART_NS NSEC_PER_SEC
#define END_NS NSEC_PER_SEC

int
helper_spawn(struct helper *h)
{
	struct epoll_event readable = {.events = EPOLLIN};
	pid_t daemon = getpid();
	sigset_t all, former;
	int pair[2], error;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) < 0)
		return -errno;
	/* A handler of the daemon's that ran in the helper would talk to the daemon's descriptors.
	 */
	(void)sigfillset(&all);
	(void)sigprocmask(SIG_SETMASK, &all, &former); /* cannot fail for these arguments */
	h->pid = fork();
	if (h->pid == 0)
		helper_process(pair[1], daemon, &h->limits);
	error = errno;
	(void)sigprocmask(SIG_SETMASK, &former, NULL);
	(void)close(pair[1]); /* the helper's */
	if (h->pid > 0 && epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, pair[0], &readable) < 0) {
		error = errno;
		(void)kill(h->pid, SIGKILL);
		(void)waitpid(h->pid, NULL, 0);
		h->pid = -1;
	}
	if (h->pid < 0) {
		(void)close(pair[0]); /* never used */
		return -error;
	}
	h->fd = pair[0];
	return 0;
}

int
helper_start_with(const struct helper_limits *limits, struct helper **ret)
{
	struct epoll_event readable = {.events = EPOLLIN};
	struct helper *h = calloc(1, sizeof(*h));
	int error = 0;

	if (h == NULL)
		return -ENOMEM;
	h->limits = *limits;
	h->pid = h->fd = h->timer_fd = -1;
	h->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll_fd >= 0)
		h->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (h->timer_fd < 0 || epoll_ctl(h->epoll_fd, EPOLL_CTL_ADD, h->timer_fd, &readable) < 0)
		error = -errno;
	if (error == 0)
		error = helper_spawn(h);
	if (error < 0) {
		helper_free(h);
		return error;
	}
	*ret = h;
	return 0;
}

int
helper_start(struct helper **ret)
{
	static const struct helper_limits limits = {
	    .parse_ns = HELPER_PARSE_LIMIT_NS,
	    .parse_memory_bytes = HELPER_PARSE_MEMORY_BYTES,
	    .action_ns = HELPER_ACTION_LIMIT_NS,
	    .kill_after_ns = KILL_AFTER_NS,
	    .hung_ns = HUNG_NS,
	    .restart_ns = RESTART_NS,
	};

	return helper_start_with(&limits, ret);
}

int
helper_fd(const struct helper *h)
{
	return h->epoll_fd;
}

void
helper_arm(struct helper *h)
{
	nsec_t at_ns = helper_queue_limit_ns(&h->queue);
	struct itimerspec when = {0};

	if (h->loading != 0)
		at_ns = nsec_min(at_ns, h->load_limit_ns);
	if (h->fd < 0 && h->queue.waiting > 0)
		at_ns = nsec_min(at_ns, h->restart_ns);
	if (h->gone)
		at_ns = 1; /* now: there may be no socket any more that says so */
	if (at_ns != NSEC_NEVER) {
		when.it_value.tv_sec = at_ns / NSEC_PER_SEC;
		when.it_value.tv_nsec = at_ns % NSEC_PER_SEC;
	}
	/* Also clears an expiry that was not read. Cannot fail for these arguments. */
	(void)timerfd_settime(h->timer_fd, TFD_TIMER_ABSTIME, &when, NULL);
}

static void
say_end(char *text, size_t bytes, bool hung, int status)
{
	static const struct {
		int status;
		const char *words;
	} ends[] = {
	    {HELPER_EXIT_PRIVILEGES, "it could not give up its privileges"},
	    {HELPER_EXIT_SIGNALS, "it could not set up its signals"},
	    {HELPER_EXIT_MEMORY, "it had no memory"},
	};

	if (hung)
		(void)snprintf(text, bytes, "the helper process ended: it hung and was killed");
	else if (WIFSIGNALED(status))
		(void)snprintf(text, bytes, "the helper process ended: signal %d (%s)",
		    WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		(void)snprintf(
		    text, bytes, "the helper process ended: exit status %d", WEXITSTATUS(status));
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (!hung && WIFEXITED(status) && WEXITSTATUS(status) == ends[i].status)
			(void)snprintf(text, bytes, "the helper process ended: %s", ends[i].words);
	}
}

void
helper_lose(struct helper *h, bool hung)
{
	struct helper_answer *gone = &h->gone_answer;
	uint32_t untold = h->gone ? gone->request : 0; /* of an end before this one */
	size_t lost, used;
	int status = 0;

	(void)close(h->fd); /* which takes it out of the epoll instance too */
	h->fd = -1;
	(void)kill(h->pid, SIGKILL);
	(void)waitpid(h->pid, &status, 0); /* it has begun to end: this takes no time */
	h->pid = -1;
	*gone = (struct helper_answer){.kind = HELPER_GONE,
	    .request = h->loading != 0 ? h->loading : untold,
	    .fd = -1,
	    .status = status};
	say_end(gone->text, sizeof(gone->text), hung, status);
	lost = helper_queue_lose(&h->queue);
	used = strlen(gone->text);
	if (lost > 0)
		(void)snprintf(gone->text + used, sizeof(gone->text) - used,
		    "; %zu action%s that ran %s lost", lost, lost == 1 ? "" : "s",
		    lost == 1 ? "is" : "are");
	h->loading = 0;
	h->gone = true;
	h->restart_ns = nsec_add(clock_now_ns(), h->limits.restart_ns);
}

/* Half-closes the socket, which tells the helper to end, and reads until it has. */
static void
end_helper(struct helper *h)
{
	nsec_t end_ns = nsec_add(clock_now_ns(), END_NS);
	struct helper_reply reply;
	nsec_t left_ns;

	(void)shutdown(h->fd, SHUT_WR);
	while ((left_ns = end_ns - clock_now_ns()) > 0) {
		struct pollfd readable = {.fd = h->fd, .events = POLLIN};
		enum helper_received received;
		int fd = -1;

		(void)poll(&readable, 1, (int)(left_ns / NSEC_PER_MSEC) + 1);
		received = helper_receive(h, &reply, &fd);
		if (received == HELPER_RECEIVED_REPLY && fd >= 0)
			(void)close(fd); /* an answer that nobody wants any more */
		if (received == HELPER_RECEIVED_END)
			break;
	}
	(void)close(h->fd); /* all was read, or it hangs */
	(void)kill(h->pid, SIGKILL);
	(void)waitpid(h->pid, NULL, 0);
}

void
helper_free(struct helper *h)
{
	if (h == NULL)
		return;
	if (h->fd >= 0)
		end_helper(h);
	if (h->timer_fd >= 0)
		(void)close(h->timer_fd); /* neither holds anything */
	if (h->epoll_fd >= 0)
		(void)close(h->epoll_fd);
	helper_queue_done(&h->queue);
	free(h);
}
