/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The listeners: given by the service manager, unix, TCP; and taking clients from them only while
 * there is room, so that further ones wait with the kernel.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shell/http_internal.h"

#define ACCEPTS_MAX 16 /* of one turn */

static void
pause_accepting(struct http *h)
{
	struct timeval tv = {.tv_sec = h->limits.accept_pause_ns / NSEC_PER_SEC,
	    .tv_usec = h->limits.accept_pause_ns % NSEC_PER_SEC / NSEC_PER_USEC};

	h->counters.accept_pauses++;
	h->paused = event_add(h->resume, &tv) == 0; /* without the timer no pause */
	http_listen_update(h);
}

/* Of those whose request is not there yet, the one that has had most time to send it. */
static struct http_conn *
slowest(const struct http *h)
{
	struct http_conn *found = NULL;

	for (struct http_conn *c = TAILQ_FIRST(&h->conns); c != NULL; c = TAILQ_NEXT(c, all)) {
		if ((c->state == HTTP_CONN_HEAD || c->state == HTTP_CONN_BODY) &&
		    (found == NULL || c->asked_ns < found->asked_ns))
			found = c;
	}
	return found;
}

/* When somebody may be put out for one who waits outside; NSEC_NEVER: all have asked. */
static nsec_t
room_ns(const struct http *h)
{
	const struct http_conn *c = slowest(h);

	return c == NULL ? NSEC_NEVER : nsec_add(c->asked_ns, h->limits.make_way_ns);
}

/* False when all places are taken by who has asked, or has had no time to ask. */
static bool
has_room(const struct http *h)
{
	return h->n_conns < HTTP_CONNECTIONS_MAX || room_ns(h) <= http_now(h);
}

/* For a client that is there. */
static void
make_room(struct http *h)
{
	if (h->n_conns < HTTP_CONNECTIONS_MAX)
		return;
	h->counters.made_way++;
	http_conn_close(slowest(h));
}

static void
on_client(int fd, short what, void *arg)
{
	struct http *h = arg;
	bool tcp = false;

	(void)what;
	for (size_t i = 0; i < h->n_listeners; i++)
		tcp |= h->listeners[i].fd == fd && h->listeners[i].tcp;
	for (int i = 0; i < ACCEPTS_MAX && has_room(h); i++) {
		const int on = 1;
		int client = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (client < 0 &&
		    (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
			pause_accepting(h);
			return;
		}
		if (client < 0) /* none left, or one that is gone already */
			break;
		make_room(h);
		if (tcp) { /* best effort: they spare time, and clients that are gone unnoticed */
			(void)setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
			(void)setsockopt(client, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
		}
		if (!http_conn_open(h, client, tcp)) {
			pause_accepting(h);
			return;
		}
	}
	http_listen_update(h);
}

void
http_listen_update(struct http *h)
{
	nsec_t way_ns = h->n_conns < HTTP_CONNECTIONS_MAX ? 0 : room_ns(h);
	bool accepting = !h->paused && way_ns <= http_now(h);

	if (!accepting && way_ns != NSEC_NEVER)
		http_sweep_by(h, way_ns);
	if (accepting == h->accepting)
		return;
	h->accepting = accepting;
	for (size_t i = 0; i < h->n_listeners; i++) {
		if (!accepting)
			(void)event_del(h->listeners[i].event); /* cannot fail: it is ours */
		else if (event_add(h->listeners[i].event, NULL) < 0)
			h->accepting = false; /* no memory: tried again with the next change */
	}
}

static int
add_listener(struct http *h, int fd, bool tcp)
{
	struct http_listener *listener;

	if (h->n_listeners == HTTP_LISTENERS_MAX)
		return -ENOSPC;
	listener = &h->listeners[h->n_listeners];
	listener->event = http_event_new(h, fd, EV_READ | EV_PERSIST, on_client, h);
	if (listener->event == NULL)
		return -ENOMEM;
	listener->fd = fd;
	listener->tcp = tcp;
	h->n_listeners++;
	return 0;
}

/* What a descriptor is, that we were given: 0 or 1 (TCP), or -ENOTSOCK. */
static int
kind_of(int fd)
{
	struct sockaddr_storage name;
	socklen_t name_len = sizeof(name), len = sizeof(int);
	int type = 0, listens = 0;

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 || type != SOCK_STREAM ||
	    getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) < 0 || !listens ||
	    getsockname(fd, (struct sockaddr *)&name, &name_len) < 0)
		return -ENOTSOCK;
	if (name.ss_family == AF_UNIX)
		return 0;
	return name.ss_family == AF_INET || name.ss_family == AF_INET6 ? 1 : -ENOTSOCK;
}

static int
take_given(struct http *h, int fd)
{
	int kind = kind_of(fd), flags = fcntl(fd, F_GETFL), r;

	if (kind < 0)
		return kind;
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return -errno;
	(void)fcntl(
	    fd, F_SETFD, FD_CLOEXEC); /* no child shall have it; ours are spawned so anyway */
	r = add_listener(h, fd, kind == 1);
	h->n_inherited += r == 0;
	return r;
}

/* "ADDRESS:PORT" in two, brackets taken off; false: it is none. */
static bool
split_address(const char *text, char *address, size_t address_bytes, char *port, size_t port_bytes)
{
	const char *colon = strrchr(text, ':');
	size_t len = colon == NULL ? 0 : (size_t)(colon - text);

	if (len == 0 || text[0] == '*' || /* getaddrinfo would take it for any address */
	    colon[1] == '\0' || colon[1 + strspn(colon + 1, "0123456789")] != '\0' ||
	    strlen(colon + 1) >= port_bytes)
		return false;
	if (text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL)
		return false; /* IPv6 without brackets: where does the port begin? */
	if (len == 0 || len >= address_bytes)
		return false;
	(void)snprintf(address, address_bytes, "%.*s", (int)len, text);
	(void)snprintf(port, port_bytes, "%s", colon + 1);
	/* getaddrinfo would cut a larger number down */
	return strtoul(port, NULL, 10) >= 1 && strtoul(port, NULL, 10) <= UINT16_MAX;
}

static int
bind_tcp(const struct addrinfo *to)
{
	const int on = 1;
	int fd = socket(to->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), r;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0 ||
	    (to->ai_family == AF_INET6 &&
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0) ||
	    bind(fd, to->ai_addr, to->ai_addrlen) < 0 || listen(fd, HTTP_BACKLOG) < 0) {
		r = -errno;
		(void)close(fd); /* nothing was written */
		return r;
	}
	return fd;
}

static int
listen_tcp(const char *text)
{
	const struct addrinfo hints = {
	    .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV};
	char address[80], port[8]; /* an IPv6 address and its zone; 65535 */
	struct addrinfo *found;
	int fd;

	if (!split_address(text, address, sizeof(address), port, sizeof(port)) ||
	    getaddrinfo(address, port, &hints, &found) != 0)
		return -EINVAL;
	fd = bind_tcp(found);
	freeaddrinfo(found);
	return fd;
}

static int
add_own(struct http *h, int fd, bool tcp)
{
	int r = fd < 0 ? fd : add_listener(h, fd, tcp);

	if (r < 0 && fd >= 0)
		(void)close(fd); /* nothing was written */
	return r;
}

int
http_listen_open(struct http *h, const struct http_options *options, pid_t *ret_owner)
{
	int fd = -1, r = 0;

	for (size_t i = 0; i < options->n_listener_fds && r == 0; i++)
		r = take_given(h, options->listener_fds[i]);
	if (r == 0 && options->socket_path != NULL) {
		r = http_unix_listen(h, options->socket_path,
		    options->socket_mode != 0 ? options->socket_mode : 0660, &fd, ret_owner);
		if (r == 0)
			r = add_own(h, fd, false);
	}
	if (r == 0 && options->tcp != NULL) {
		r = add_own(h, listen_tcp(options->tcp), true);
		if (r == -EADDRINUSE)
			*ret_owner = -1;
	}
	return r;
}

void
http_listen_close(struct http *h, bool inherited_too)
{
	for (size_t i = 0; i < h->n_listeners; i++) {
		event_free(h->listeners[i].event);
		if (i >= h->n_inherited || inherited_too)
			(void)close(h->listeners[i].fd); /* nothing was written */
	}
	h->n_listeners = 0;
}
