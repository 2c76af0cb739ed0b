/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon's end of the helper: requests out, answers in, never waiting where the header does not
 * say so.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/helper_internal.h"

#define END_LIMIT_NS (1500 * NSEC_PER_MSEC) /* the helper gives its actions one second */
#define END_STEP_MS 10

struct helper {
	pid_t pid; /* -1: none */
	int fd; /* -1: none */
	bool gone; /* not told yet */
	uint32_t number, loading; /* of the last request; of the load under way, 0: none */
};

/* A process of its own, with this end's descriptor in h. 0 or -errno. */
static int
spawn(struct helper *h)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	pid = fork();
	if (pid < 0) {
		int error = errno;

		(void)close(pair[0]); /* never used */
		(void)close(pair[1]);
		return -error;
	}
	if (pid == 0) {
		(void)close(pair[0]); /* else the end of the daemon would never be seen */
		(void)prctl(PR_SET_NAME, "icmpmond-helper");
		helper_process_run(pair[1]);
		_exit(0);
	}
	(void)close(pair[1]); /* the helper's end */
	h->pid = pid;
	h->fd = pair[0];
	h->gone = false;
	h->loading = 0;
	return 0;
}

int
helper_start(struct helper **ret)
{
	struct helper *h = calloc(1, sizeof(*h));
	int error;

	if (h == NULL)
		return -ENOMEM;
	h->pid = h->fd = -1;
	error = spawn(h);
	if (error < 0) {
		free(h);
		return error;
	}
	*ret = h;
	return 0;
}

/* Forgets a helper that ended, or must. */
static void
lose(struct helper *h)
{
	(void)close(h->fd); /* a socket without unsent bytes */
	h->fd = -1;
	(void)kill(h->pid, SIGKILL); /* mostly dead already */
	(void)waitpid(h->pid, NULL, 0);
	h->pid = -1;
	h->gone = true;
}

void
helper_free(struct helper *h)
{
	nsec_t end = clock_now_ns() + END_LIMIT_NS;

	if (h == NULL)
		return;
	if (h->fd >= 0)
		(void)close(h->fd); /* the helper sees it and ends */
	while (h->pid > 0) {
		if (waitpid(h->pid, NULL, WNOHANG) != 0)
			break;
		if (clock_now_ns() > end) {
			(void)kill(h->pid, SIGKILL);
			(void)waitpid(h->pid, NULL, 0);
			break;
		}
		(void)poll(NULL, 0, END_STEP_MS);
	}
	free(h);
}

int
helper_fd(const struct helper *h)
{
	return h->fd;
}

/* Sends a message; starts the helper again first when it is gone. 0 or -errno. */
static int
send_message(struct helper *h, const struct helper_message *message, size_t len)
{
	ssize_t n;

	for (int attempt = 0; attempt < 2; attempt++) {
		if (h->fd < 0) {
			int error = spawn(h);

			if (error < 0)
				return error;
		}
		do
			n = send(h->fd, message, len, MSG_DONTWAIT | MSG_NOSIGNAL);
		while (n < 0 && errno == EINTR);
		if (n >= 0)
			return 0;
		if (errno != EPIPE && errno != ECONNRESET)
			return -errno;
		lose(h);
	}
	return -EPIPE;
}

/* Appends a string at *at; false when it does not fit. */
static bool
add_string(struct helper_message *message, size_t *at, const char *string)
{
	size_t bytes = strlen(string) + 1;

	if (bytes > HELPER_STRINGS_MAX_BYTES - *at)
		return false;
	memcpy(message->strings + *at, string, bytes);
	*at += bytes;
	return true;
}

int64_t
helper_load(struct helper *h, const char *file, bool print)
{
	struct helper_message message = {
	    .request = {.task = print ? HELPER_TASK_PRINT : HELPER_TASK_LOAD}};
	size_t at = 0;
	int error;

	if (h->fd >= 0 && h->loading != 0)
		return -EBUSY;
	if (!add_string(&message, &at, file))
		return -ENAMETOOLONG;
	h->number = h->number % INT32_MAX + 1;
	message.request.number = h->number;
	error = send_message(h, &message, sizeof(message.request) + at);
	if (error < 0)
		return error;
	h->loading = h->number;
	return h->number;
}

int
helper_run(struct helper *h, const struct helper_action *action)
{
	struct helper_message message = {.request = {.task = HELPER_TASK_RUN,
					     .argc = (uint32_t)action->argc,
					     .envc = (uint32_t)action->envc}};
	size_t at = 0;
	bool fits = action->argc > 0 && action->argc <= HELPER_ARGS_MAX &&
		    action->envc <= HELPER_ENV_MAX && add_string(&message, &at, action->target);

	for (size_t i = 0; i < action->argc && fits; i++)
		fits = add_string(&message, &at, action->argv[i]);
	for (size_t i = 0; i < action->envc && fits; i++)
		fits = add_string(&message, &at, action->env[i]);
	if (!fits)
		return -E2BIG;
	return send_message(h, &message, sizeof(message.request) + at);
}

static int
take_fd(struct msghdr *header)
{
	int fd = -1;

	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
		    c->cmsg_len == CMSG_LEN(sizeof(fd)))
			memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	}
	return fd;
}

static void
tell_gone(struct helper *h, struct helper_answer *ret_answer)
{
	*ret_answer = (struct helper_answer){
	    .kind = HELPER_GONE, .request = h->loading, .fd = -1, .text = "the helper ended"};
	h->gone = false;
	h->loading = 0;
}

bool
helper_next(struct helper *h, struct helper_answer *ret_answer)
{
	char control[CMSG_SPACE(sizeof(int))];
	struct helper_reply reply;
	struct iovec iov = {.iov_base = &reply, .iov_len = sizeof(reply)};
	struct msghdr header = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	ssize_t n;

	if (h->gone) {
		tell_gone(h, ret_answer);
		return true;
	}
	if (h->fd < 0)
		return false;
	do
		n = recvmsg(h->fd, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n != (ssize_t)sizeof(reply)) {
		lose(h);
		tell_gone(h, ret_answer);
		return true;
	}
	*ret_answer = (struct helper_answer){.kind = (enum helper_answer_kind)reply.kind,
	    .request = reply.number,
	    .fd = take_fd(&header),
	    .bytes = reply.bytes,
	    .status = reply.status};
	reply.text[sizeof(reply.text) - 1] = '\0';
	memcpy(ret_answer->text, reply.text, sizeof(reply.text));
	if (reply.kind != HELPER_ACTION_ENDED)
		h->loading = 0;
	return true;
}

bool
helper_wait(struct helper *h, nsec_t limit_ns, struct helper_answer *ret_answer)
{
	nsec_t end = nsec_add(clock_now_ns(), limit_ns);

	while (!helper_next(h, ret_answer)) {
		struct pollfd watched = {.fd = h->fd, .events = POLLIN};
		nsec_t left = end - clock_now_ns();

		if (left <= 0)
			return false;
		(void)poll(&watched, 1, (int)nsec_min(left / NSEC_PER_MSEC + 1, INT32_MAX));
	}
	return true;
}

const void *
helper_map(struct helper_answer *answer)
{
	void *map = MAP_FAILED;

	if (answer->fd < 0)
		return NULL;
	if (answer->bytes > 0)
		map = mmap(NULL, answer->bytes, PROT_READ, MAP_PRIVATE, answer->fd, 0);
	(void)close(answer->fd); /* the mapping holds it */
	answer->fd = -1;
	return map == MAP_FAILED ? NULL : map;
}
