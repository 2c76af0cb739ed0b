/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the daemon asks of the helper and what it hears: see helper.h.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/helper_internal.h"

static_assert(offsetof(struct helper_queued, strings) ==
		  offsetof(struct helper_queued, request) + sizeof(struct helper_request),
    "a queued action is a message as it stands");

/* 0, or -errno: -EPIPE when it has ended meanwhile, -EAGAIN when it does not read. */
static int
send_bytes(const struct helper *h, const void *bytes, size_t n)
{
	ssize_t sent;

	do
		sent = send(h->fd, bytes, n, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	if (sent >= 0)
		return 0;
	return errno == ECONNRESET ? -EPIPE : -errno;
}

/* Hands on what may run now. What cannot be sent waits for the next call. */
static void
dispatch(struct helper *h)
{
	struct helper_queued *ready;

	while (h->fd >= 0 && (ready = helper_queue_ready(&h->queue)) != NULL) {
		int error = send_bytes(h, &ready->request, ready->bytes);

		if (error == -EPIPE)
			helper_lose(h, false);
		if (error < 0)
			return;
		helper_queue_started(&h->queue, ready,
		    nsec_add(clock_now_ns(),
			h->limits.action_ns + h->limits.kill_after_ns + h->limits.hung_ns));
	}
}

int
helper_run(struct helper *h, const struct helper_action *action)
{
	uint32_t number = h->number % INT32_MAX + 1;
	int error = helper_queue_add(&h->queue, action, number);

	if (error < 0)
		return error;
	h->number = number;
	dispatch(h);
	if (h->fd < 0 && helper_spawn(h) == 0)
		dispatch(h); /* else the timer tries again */
	helper_arm(h);
	return 0;
}

int64_t
helper_load(struct helper *h, const char *file, bool print)
{
	struct helper_message message;
	size_t bytes = strlen(file) + 1;
	int error = -EPIPE;

	if (h->loading != 0 || (h->gone && h->gone_answer.request != 0))
		return -EBUSY;
	if (bytes > HELPER_STRINGS_MAX_BYTES)
		return -ENAMETOOLONG;
	h->number = h->number % INT32_MAX + 1;
	message.request = (struct helper_request){
	    .task = print ? HELPER_TASK_PRINT : HELPER_TASK_LOAD, .number = h->number};
	memcpy(message.strings, file, bytes);
	for (int attempt = 0; attempt < 2 && error == -EPIPE; attempt++) {
		error = h->fd < 0 ? helper_spawn(h) : 0;
		if (error == 0)
			error = send_bytes(h, &message, sizeof(message.request) + bytes);
		if (error == -EPIPE) /* ended a moment ago: to be told, and started again */
			helper_lose(h, false);
	}
	if (error == 0) {
		h->loading = h->number;
		h->load_limit_ns = nsec_add(clock_now_ns(), h->limits.parse_ns + h->limits.hung_ns);
	}
	dispatch(h);
	helper_arm(h);
	return error < 0 ? error : (int64_t)h->number;
}

/* The descriptor that came with a message, -1: none. */
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

enum helper_received
helper_receive(const struct helper *h, struct helper_reply *ret_reply, int *ret_fd)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = {.iov_base = ret_reply, .iov_len = sizeof(*ret_reply)};
	struct msghdr header = {.msg_iov = &iov,
	    .msg_iovlen = 1,
	    .msg_control = control,
	    .msg_controllen = sizeof(control)};
	ssize_t n;

	do
		n = recvmsg(h->fd, &header, MSG_CMSG_CLOEXEC);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return HELPER_RECEIVED_NOTHING;
	if (n != (ssize_t)sizeof(*ret_reply))
		return HELPER_RECEIVED_END; /* closed, or it says what no helper says */
	ret_reply->text[sizeof(ret_reply->text) - 1] = '\0';
	*ret_fd = take_fd(&header);
	return HELPER_RECEIVED_REPLY;
}

/* True when reply is an answer to be told. */
static bool
take_reply(
    struct helper *h, const struct helper_reply *reply, int fd, struct helper_answer *ret_answer)
{
	if (reply->kind == HELPER_ACTION_STARTED) {
		helper_queue_grouped(&h->queue, reply->number, reply->status);
		return false;
	}
	if (reply->kind == HELPER_ACTION_ENDED) {
		if (!helper_queue_ended(&h->queue, reply->number) || reply->text[0] == '\0')
			return false;
	} else {
		h->loading = 0;
	}
	*ret_answer = (struct helper_answer){.kind = (enum helper_answer_kind)reply->kind,
	    .request = reply->number,
	    .fd = fd,
	    .bytes = reply->bytes,
	    .status = reply->status};
	memcpy(ret_answer->text, reply->text, sizeof(ret_answer->text));
	return true;
}

static bool
is_hung(const struct helper *h, nsec_t now_ns)
{
	return (h->loading != 0 && now_ns >= h->load_limit_ns) ||
	       now_ns >= helper_queue_limit_ns(&h->queue);
}

static bool
next(struct helper *h, struct helper_answer *ret_answer)
{
	struct helper_reply reply;
	int fd = -1;

	while (!h->gone && h->fd >= 0) {
		switch (helper_receive(h, &reply, &fd)) {
		case HELPER_RECEIVED_REPLY:
			if (take_reply(h, &reply, fd, ret_answer))
				return true;
			break; /* an action begins, or did well: there are few at a time */
		case HELPER_RECEIVED_NOTHING:
			if (!is_hung(h, clock_now_ns()))
				return false;
			helper_lose(h, true);
			break;
		case HELPER_RECEIVED_END:
			helper_lose(h, false);
			break;
		}
	}
	if (!h->gone)
		return false;
	*ret_answer = h->gone_answer;
	h->gone = false;
	return true;
}

bool
helper_next(struct helper *h, struct helper_answer *ret_answer)
{
	bool told = next(h, ret_answer);

	if (h->fd < 0 && h->queue.waiting > 0 && clock_now_ns() >= h->restart_ns &&
	    helper_spawn(h) < 0)
		h->restart_ns = nsec_add(clock_now_ns(), h->limits.restart_ns);
	dispatch(h);
	helper_arm(h);
	return told;
}

bool
helper_wait(struct helper *h, nsec_t limit_ns, struct helper_answer *ret_answer)
{
	nsec_t end_ns = nsec_add(clock_now_ns(), limit_ns);

	while (!helper_next(h, ret_answer)) {
		struct pollfd readable = {.fd = h->epoll_fd, .events = POLLIN};
		nsec_t left_ns = nsec_sub(end_ns, clock_now_ns());

		if (left_ns <= 0)
			return false;
		(void)poll(&readable, 1, (int)nsec_min(left_ns / NSEC_PER_MSEC + 1, INT32_MAX));
	}
	return true;
}

/* What could still change under the mapping, or be cut off, is not trusted: reading there would be
 * a SIGBUS. */
static int
check_whole(const struct helper_answer *answer)
{
	const int wanted = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int seals = fcntl(answer->fd, F_GET_SEALS);
	struct stat status;

	if (seals < 0 || fstat(answer->fd, &status) < 0)
		return -errno;
	if ((seals & wanted) != wanted)
		return -EPERM;
	return answer->bytes > 0 && (uint64_t)status.st_size == answer->bytes ? 0 : -ENODATA;
}

const void *
helper_map(struct helper_answer *answer)
{
	void *map = MAP_FAILED;
	int error;

	if (answer->fd < 0) {
		errno = EBADF;
		return NULL;
	}
	error = -check_whole(answer);
	if (error == 0) {
		map = mmap(NULL, answer->bytes, PROT_READ, MAP_PRIVATE, answer->fd, 0);
		error = errno;
	}
	(void)close(answer->fd); /* the mapping holds it */
	answer->fd = -1;
	if (map != MAP_FAILED)
		return map;
	errno = error;
	return NULL;
}
