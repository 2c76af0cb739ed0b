/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/notify.h. libsystemd reads the environment; sd_notify(3) itself is not used,
 * because it waits for a manager that does not read. Sources: sd_notify(3), sd_listen_fds(3),
 * sd_watchdog_enabled(3).
 */
#include "shell/notify.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "shell/log.h"

#define MESSAGE_MAX (NOTIFY_STATUS_MAX + 64)

/* What the manager is to be told next, in this order. */
enum news {
	NEWS_RELOADING = 1 << 0,
	NEWS_READY = 1 << 1,
	NEWS_STOPPING = 1 << 2,
	NEWS_EXTEND = 1 << 3,
	NEWS_STATUS = 1 << 4
};

struct listener {
	int fd;
	char *name;
};

struct notify {
	int fd; /* -1: nobody to tell */
	struct sockaddr_un to;
	socklen_t to_bytes;
	unsigned news; /* enum news, not told yet */
	nsec_t reload_ns;
	nsec_t extend_ns;
	char status[NOTIFY_STATUS_MAX];
	bool status_told; /* status is what the manager has */
	nsec_t status_ns; /* when the last one went out */
	nsec_t watchdog_ns; /* 0: none */
	nsec_t fed_ns;
	struct listener listeners[NOTIFY_LISTENERS_MAX];
	size_t listeners_n;
};

static void
close_listener(struct listener *l)
{
	(void)close(l->fd); /* nothing was written that could be lost */
	free(l->name);
}

/* Takes what was handed over; names may be NULL. */
static void
take_descriptors(struct notify *n, int count, char **names)
{
	for (int i = 0; i < count; i++) {
		struct listener l = {
		    .fd = SD_LISTEN_FDS_START + i, .name = names == NULL ? NULL : names[i]};

		if (n->listeners_n < NOTIFY_LISTENERS_MAX && l.name != NULL &&
		    sd_is_socket(l.fd, AF_UNSPEC, SOCK_STREAM, 1) > 0) {
			n->listeners[n->listeners_n++] = l;
			continue;
		}
		log_warnx("descriptor %d (%s) of the service manager is no listening stream "
			  "socket, or one too many: closed",
		    l.fd, l.name == NULL ? "without a name" : l.name);
		close_listener(&l);
	}
}

/* A path, or '@' and a name in the abstract name space. */
static void
find_manager(struct notify *n)
{
	const char *socket_name = getenv("NOTIFY_SOCKET");
	size_t len = socket_name == NULL ? 0 : strlen(socket_name);

	if (len > 0 && (socket_name[0] == '/' || socket_name[0] == '@') && len > 1 &&
	    len < sizeof(n->to.sun_path)) {
		n->to.sun_family = AF_UNIX;
		memcpy(n->to.sun_path, socket_name, len);
		if (socket_name[0] == '@')
			n->to.sun_path[0] = '\0';
		else
			len++; /* a path counts its NUL, an abstract name has none */
		n->to_bytes = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
		n->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (n->fd < 0)
			log_warn("the service manager cannot be told anything");
	} else if (len > 0) {
		log_warnx("NOTIFY_SOCKET=%s is no unix socket: the service manager is told nothing",
		    socket_name);
	}
	(void)unsetenv("NOTIFY_SOCKET"); /* cannot fail for this name */
}

int
notify_new(struct notify **ret)
{
	struct notify *n = calloc(1, sizeof(*n));
	uint64_t watchdog_usec = 0;
	char **names = NULL;
	int count;

	if (n == NULL)
		return -ENOMEM;
	n->fd = -1;
	n->status_ns = n->fed_ns = INT64_MIN;
	find_manager(n);
	if (sd_watchdog_enabled(1, &watchdog_usec) > 0 &&
	    watchdog_usec <= (uint64_t)(NSEC_NEVER / NSEC_PER_USEC))
		n->watchdog_ns = (nsec_t)watchdog_usec * NSEC_PER_USEC;
	count = sd_listen_fds_with_names(1, &names);
	if (count > 0)
		take_descriptors(n, count, names);
	free(names); /* the array; the names are the listeners' now */
	*ret = n;
	return 0;
}

static void
close_listeners(struct notify *n)
{
	for (size_t i = 0; i < n->listeners_n; i++)
		close_listener(&n->listeners[i]);
	n->listeners_n = 0;
}

void
notify_free(struct notify *n)
{
	if (n == NULL)
		return;
	close_listeners(n);
	if (n->fd >= 0)
		(void)close(n->fd); /* datagrams have gone or not */
	free(n);
}

bool
notify_active(const struct notify *n)
{
	return n->fd >= 0;
}

size_t
notify_listeners(struct notify *n, const char *name, int fds[], size_t max)
{
	size_t found = 0, left = 0;

	for (size_t i = 0; i < n->listeners_n; i++) {
		struct listener l = n->listeners[i];

		if (found < max && strcmp(l.name, name) == 0) {
			fds[found++] = l.fd;
			free(l.name);
		} else {
			n->listeners[left++] = l;
		}
	}
	n->listeners_n = left;
	return found;
}

/* True when it went out. */
__attribute__((format(printf, 2, 3))) static bool
say(const struct notify *n, const char *format, ...)
{
	char message[MESSAGE_MAX];
	va_list args;
	ssize_t sent;
	int bytes;

	va_start(args, format);
	bytes = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	do
		sent = sendto(n->fd, message, (size_t)bytes, MSG_DONTWAIT | MSG_NOSIGNAL,
		    (const struct sockaddr *)&n->to, n->to_bytes);
	while (sent < 0 && errno == EINTR);
	return sent >= 0;
}

static bool
tell(struct notify *n, enum news what)
{
	switch (what) {
	case NEWS_RELOADING:
		return say(n, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, n->reload_ns / NSEC_PER_USEC);
	case NEWS_READY:
		return say(n, "READY=1");
	case NEWS_STOPPING:
		return say(n, "STOPPING=1");
	case NEWS_EXTEND:
		return say(n, "EXTEND_TIMEOUT_USEC=%" PRId64, n->extend_ns / NSEC_PER_USEC);
	case NEWS_STATUS:
		return say(n, "STATUS=%s", n->status);
	}
	return true;
}

/* Tells what is new, in order; what the manager does not take now waits for the next call. */
static void
tell_news(struct notify *n, unsigned more)
{
	n->news |= more;
	if (n->fd < 0)
		n->news = 0;
	for (unsigned what = NEWS_RELOADING; what <= NEWS_STATUS; what <<= 1) {
		if ((n->news & what) == 0)
			continue;
		if (!tell(n, (enum news)what))
			return;
		n->news &= ~what;
	}
}

/* False when that is what the manager has, or will have, anyway. A newline would begin another
 * assignment. */
static bool
set_status(struct notify *n, const char *status)
{
	char line[NOTIFY_STATUS_MAX];

	(void)snprintf(line, sizeof(line), "%s", status);
	for (char *p = line; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ')
			*p = ' ';
	}
	if (n->status_told && strcmp(line, n->status) == 0)
		return false;
	memcpy(n->status, line, sizeof(line));
	n->status_told = true;
	return true;
}

void
notify_ready(struct notify *n, const char *status)
{
	unsigned more = NEWS_READY;

	for (size_t i = 0; i < n->listeners_n; i++)
		log_warnx("nothing here serves the socket \"%s\" of the service manager: closed",
		    n->listeners[i].name);
	close_listeners(n);
	if (status != NULL && set_status(n, status))
		more |= NEWS_STATUS;
	tell_news(n, more);
}

void
notify_reloading(struct notify *n, nsec_t now_ns)
{
	n->reload_ns = now_ns;
	n->news &= ~(unsigned)NEWS_READY; /* not any more, or told too early */
	tell_news(n, NEWS_RELOADING);
}

void
notify_stopping(struct notify *n)
{
	tell_news(n, NEWS_STOPPING);
}

void
notify_status(struct notify *n, nsec_t now_ns, const char *status)
{
	unsigned more = 0;

	if ((n->status_ns == INT64_MIN || nsec_sub(now_ns, n->status_ns) >= NOTIFY_STATUS_NS) &&
	    set_status(n, status)) {
		n->status_ns = now_ns;
		more = NEWS_STATUS;
	}
	tell_news(n, more);
}

void
notify_watchdog(struct notify *n, nsec_t now_ns, bool healthy)
{
	tell_news(n, 0);
	if (n->fd < 0 || n->watchdog_ns == 0 || !healthy)
		return;
	if (n->fed_ns != INT64_MIN && nsec_sub(now_ns, n->fed_ns) < n->watchdog_ns / 2)
		return;
	if (say(n, "WATCHDOG=1"))
		n->fed_ns = now_ns;
}

void
notify_extend(struct notify *n, nsec_t by_ns)
{
	n->extend_ns = by_ns;
	tell_news(n, NEWS_EXTEND);
}
