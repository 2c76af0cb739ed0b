/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A reader of the log: its descriptor, how bytes go there without waiting, and the bounded queue of
 * what it has not taken. It refuses to know what the bytes say.
 *
 * O_NONBLOCK belongs to the open description, which stderr shares with the shell and with all that
 * runs beside us: set there, it would make their reads and writes fail. So a terminal or a pipe is
 * opened once more by /proc/self/fd and gets a description of its own; a terminal that belongs to
 * another user (su, sudo) by /dev/tty, when it is the one that controls us. What then is left is a
 * pipe of another user: there a line goes out only when poll(2) says that there is room, which for
 * a pipe means room for PIPE_BUF bytes, more than any line has. A file is written as it is: it has
 * no reader to wait for.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "shell/log_internal.h"

#define SENDS_PER_FLUSH (2 * LOG_QUEUE_MAX) /* partial and interrupted writes included */

static_assert(LOG_LINE_MAX + 64 < PIPE_BUF, "a line on stderr is one write");

static void
connect_again(struct log_reader *r)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	size_t bytes = strlen(r->path) + 1;

	r->fd = -1;
	r->head_sent = 0; /* a stream that broke in a line gets it from its start */
	if (bytes > sizeof(to.sun_path))
		return;
	memcpy(to.sun_path, r->path, bytes);
	for (int type = SOCK_DGRAM;; type = SOCK_STREAM) {
		int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

		if (fd >= 0 && connect(fd, (const struct sockaddr *)&to, sizeof(to)) == 0) {
			r->way = type == SOCK_DGRAM ? LOG_WAY_DATAGRAM : LOG_WAY_STREAM;
			r->fd = fd;
			return;
		}
		int error = errno;

		if (fd >= 0)
			(void)close(fd); /* nothing was written that could be lost */
		if (error != EPROTOTYPE || type == SOCK_STREAM)
			return;
	}
}

void
log_reader_open_socket(struct log_reader *r, enum log_reader_kind kind, const char *path)
{
	r->kind = kind;
	r->path = path;
	r->owned = true;
	connect_again(r);
}

/* An open description of our own for a terminal or a pipe; -1: not to be had. */
static int
reopen(int fd)
{
	const int flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY | O_CLOEXEC;
	char path[sizeof("/proc/self/fd/") + 11];
	int own;

	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, flags);
	if (own < 0 && isatty(fd) && tcgetsid(fd) == getsid(0))
		own = open("/dev/tty", flags);
	return own;
}

bool
log_reader_open_stderr(struct log_reader *r, int fd)
{
	struct stat status;
	int own;

	if (fstat(fd, &status) < 0)
		return false;
	r->kind = LOG_READER_STDERR;
	r->path = NULL;
	r->fd = fd;
	r->owned = false;
	r->terminal = isatty(fd);
	if (S_ISSOCK(status.st_mode)) {
		r->way = LOG_WAY_SOCKET;
	} else if (!S_ISFIFO(status.st_mode) && !S_ISCHR(status.st_mode)) {
		r->way = LOG_WAY_WRITE;
	} else if ((own = reopen(fd)) >= 0) {
		r->way = LOG_WAY_WRITE;
		r->fd = own;
		r->owned = true;
	} else {
		r->way = LOG_WAY_POLL;
	}
	return true;
}

void
log_reader_close(struct log_reader *r)
{
	r->dropped += r->count;
	r->first = r->count = r->head_sent = 0;
	r->retry_ns = 0;
	if (r->fd >= 0 && r->owned)
		(void)close(r->fd); /* what was written has been taken */
	r->fd = -1;
	r->kind = LOG_READER_NONE;
}

static bool
has_room(int fd)
{
	struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};

	return poll(&poll_fd, 1, 0) > 0;
}

/* What the system takes of it; -1 with errno. */
static ssize_t
send_some(const struct log_reader *r, const char *data, size_t bytes)
{
	switch (r->way) {
	case LOG_WAY_DATAGRAM:
	case LOG_WAY_STREAM:
	case LOG_WAY_SOCKET:
		return send(r->fd, data, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
	case LOG_WAY_POLL:
		if (!has_room(r->fd)) {
			errno = EAGAIN;
			return -1;
		}
		break;
	case LOG_WAY_WRITE:
		break;
	}
	return write(r->fd, data, bytes);
}

enum send_result { SEND_DONE, SEND_PART, SEND_LATER, SEND_RECONNECT, SEND_NEVER };

static enum send_result
judge_error(const struct log_reader *r, int error)
{
	switch (error) {
	case EINTR:
		return SEND_PART;
	case EAGAIN: /* the reader sleeps */
	case ENOBUFS:
	case ENOMEM:
		return SEND_LATER;
	case EMSGSIZE:
		return SEND_NEVER;
	default: /* a reader that went away, or a stderr that is of no use any more */
		return r->path != NULL ? SEND_RECONNECT : SEND_NEVER;
	}
}

/* One attempt with a message of which some bytes may have gone before. */
static enum send_result
send_message(struct log_reader *r, const char *data, size_t bytes)
{
	size_t whole = bytes + (r->way == LOG_WAY_STREAM); /* the NUL behind it */
	ssize_t n;

	if (r->fd < 0)
		return SEND_RECONNECT;
	n = send_some(r, data + r->head_sent, whole - r->head_sent);
	if (n < 0)
		return judge_error(r, errno);
	r->head_sent += (size_t)n;
	return r->way == LOG_WAY_DATAGRAM || r->head_sent >= whole ? SEND_DONE : SEND_PART;
}

/* Sends until the message is gone or must wait. True: it is gone, sent or dropped. */
static bool
deliver(struct log_reader *r, const char *data, size_t bytes)
{
	bool reconnected = false;

	for (int i = 0; i < SENDS_PER_FLUSH; i++) {
		switch (send_message(r, data, bytes)) {
		case SEND_DONE:
			r->head_sent = 0;
			return true;
		case SEND_PART:
			break;
		case SEND_LATER:
			return false;
		case SEND_RECONNECT:
			if (reconnected)
				return false;
			reconnected = true;
			if (r->fd >= 0)
				(void)close(r->fd); /* its reader is gone */
			connect_again(r);
			if (r->fd < 0)
				return false;
			break;
		case SEND_NEVER:
			r->head_sent = 0;
			r->dropped++; /* and who could be told? */
			return true;
		}
	}
	return false;
}

bool
log_reader_flush(struct log_reader *r)
{
	while (r->count > 0) {
		const struct log_message *head = &r->queue[r->first];

		if (!deliver(r, head->data, head->bytes))
			return false;
		r->first = (r->first + 1) % LOG_QUEUE_MAX;
		r->count--;
	}
	r->first = 0; /* so that only as much of the queue is touched as was ever needed */
	return true;
}

void
log_reader_put(struct log_reader *r, const char *data, size_t bytes)
{
	struct log_message *last;

	assert(bytes <= LOG_MESSAGE_MAX);
	if (log_reader_flush(r) && deliver(r, data, bytes))
		return;
	if (r->count == LOG_QUEUE_MAX) {
		r->dropped++;
		r->dropped_untold++;
		return;
	}
	last = &r->queue[(r->first + r->count++) % LOG_QUEUE_MAX];
	last->bytes = (uint16_t)bytes;
	memcpy(last->data, data, bytes);
	last->data[bytes] = '\0';
}
