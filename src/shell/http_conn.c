/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One connection: reads requests one after the other, each with its deadline. Further requests wait
 * in its buffer, and then with the kernel, until the answer is out; so what a client can make us
 * hold has a bound that is known beforehand. It refuses to know what is answered.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "shell/http_internal.h"

#define DISCARD_BYTES 8192 /* read at a time while lingering */

void
http_conn_set_deadline(struct http_conn *c, nsec_t after_ns)
{
	c->deadline_ns =
	    after_ns == NSEC_NEVER ? NSEC_NEVER : nsec_add(http_now(c->x.http), after_ns);
	if (c->deadline_ns != NSEC_NEVER)
		http_sweep_by(c->x.http, c->deadline_ns);
}

static void
queue(struct http_conn *c)
{
	if (c->queued)
		return;
	c->queued = true;
	TAILQ_INSERT_TAIL(&c->x.http->ready, c, ready);
	http_work_soon(c->x.http);
}

/* The request, or the reason to refuse it, is there. */
static void
be_ready(struct http_conn *c)
{
	c->state = HTTP_CONN_READY;
	c->deadline_ns = NSEC_NEVER;
	queue(c);
}

/* Answers with a problem and closes: where the request ends is not known. */
static void
refuse(struct http_conn *c, int status, const char *detail)
{
	http_problem(&c->x, status, "%s", detail);
	c->x.request.close = true;
	c->in_used = c->in_len;
	be_ready(c);
}

static void
take_body(struct http_conn *c)
{
	static const char go_on[] = "HTTP/1.1 100 Continue\r\n\r\n";
	const struct http_request *request = &c->x.request;
	size_t there = c->in_len - c->in_used;
	size_t taken = there < request->body_bytes ? there : request->body_bytes;

	c->x.body_text = malloc(request->body_bytes + 1);
	if (c->x.body_text == NULL) {
		http_conn_close(c);
		return;
	}
	c->x.body_text[request->body_bytes] = '\0';
	memcpy(c->x.body_text, c->in + c->in_used, taken);
	memmove(c->in + c->in_used, c->in + c->in_used + taken, there - taken);
	c->in_len -= taken;
	c->body_len = taken;
	c->state = HTTP_CONN_BODY;
	if (taken == request->body_bytes)
		be_ready(c);
	else if (c->eof)
		http_conn_close(c); /* the rest will never come */
	else if (request->expect_continue && request->minor > 0 &&
		 send(c->x.fd, go_on, sizeof(go_on) - 1, MSG_NOSIGNAL | MSG_DONTWAIT) !=
		     (ssize_t)sizeof(go_on) - 1)
		http_conn_close(c); /* does not even read this */
}

/* False while the head is not all there. May close the connection. */
static bool
take_head(struct http_conn *c)
{
	struct http_fault fault;

	switch (http_request_parse(c->in, c->in_len, &c->x.request, &fault)) {
	case HTTP_PARSE_MORE:
		return false;
	case HTTP_PARSE_FAULT:
		refuse(c, fault.status, fault.detail);
		break;
	case HTTP_PARSE_DONE:
		c->in_used = c->x.request.head_bytes;
		if (c->x.request.body_bytes > 0)
			take_body(c);
		else
			be_ready(c);
		break;
	}
	return true;
}

/* True when the client has only ended its own sending. On TCP that cannot be told from one that is
 * gone, and who follows has to stay. */
static bool
is_half_open(const struct http_conn *c)
{
	struct pollfd p = {.fd = c->x.fd};

	return !c->x.tcp && poll(&p, 1, 0) == 0;
}

static void
on_end(struct http_conn *c)
{
	c->eof = true;
	(void)event_del(c->readable); /* cannot fail: it is ours */
	if (c->state == HTTP_CONN_READY || c->state == HTTP_CONN_ANSWER ||
	    (c->state == HTTP_CONN_WAIT && is_half_open(c)))
		return;
	http_conn_close(c);
}

static void
on_readable(int fd, short what, void *arg)
{
	struct http_conn *c = arg;
	char waste[DISCARD_BYTES], *to = c->in + c->in_len;
	size_t room = sizeof(c->in) - c->in_len;
	ssize_t n;

	(void)what;
	if (c->state == HTTP_CONN_LINGER) {
		to = waste;
		room = sizeof(waste);
	} else if (c->state == HTTP_CONN_BODY) {
		to = c->x.body_text + c->body_len;
		room = c->x.request.body_bytes - c->body_len;
	}
	if (room == 0) { /* requests enough: the kernel keeps the rest until this one is answered */
		(void)event_del(c->readable);
		return;
	}
	n = recv(fd, to, room, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n < 0) {
		http_conn_close(c);
		return;
	}
	if (n == 0) {
		on_end(c);
		return;
	}
	if (c->state == HTTP_CONN_LINGER)
		return;
	if (c->state == HTTP_CONN_BODY) {
		c->body_len += (size_t)n;
		if (c->body_len == c->x.request.body_bytes)
			be_ready(c);
		return;
	}
	if (c->state == HTTP_CONN_HEAD && c->in_len == 0 && c->n_requests > 0)
		http_conn_set_deadline(c, c->x.http->limits.request_deadline_ns);
	c->in_len += (size_t)n;
	if (c->state == HTTP_CONN_HEAD)
		(void)take_head(c); /* the deadline waits for the rest */
}

static void
on_writable(int fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	queue(arg); /* so that many who read at once take one turn each */
}

bool
http_conn_open(struct http *h, int fd, bool tcp)
{
	struct http_conn *c = calloc(1, sizeof(*c));

	if (c != NULL) {
		c->x = (struct http_exchange){.http = h, .fd = fd, .tcp = tcp};
		c->readable = http_event_new(h, fd, EV_READ | EV_PERSIST, on_readable, c);
		c->writable = http_event_new(h, fd, EV_WRITE, on_writable, c);
	}
	if (c == NULL || c->readable == NULL || c->writable == NULL ||
	    event_add(c->readable, NULL) < 0) {
		if (c != NULL && c->readable != NULL)
			event_free(c->readable);
		if (c != NULL && c->writable != NULL)
			event_free(c->writable);
		(void)close(fd); /* nothing was written */
		free(c);
		return false;
	}
	TAILQ_INSERT_TAIL(&h->conns, c, all);
	h->n_conns++;
	h->counters.accepted++;
	c->asked_ns = http_now(h);
	http_conn_set_deadline(c, h->limits.request_deadline_ns);
	return true;
}

void
http_conn_close(struct http_conn *c)
{
	struct http *h = c->x.http;

	TAILQ_REMOVE(&h->conns, c, all);
	if (c->queued)
		TAILQ_REMOVE(&h->ready, c, ready);
	h->n_conns--;
	event_free(c->readable);
	event_free(c->writable);
	(void)close(c->x.fd); /* what was not sent is given up */
	http_exchange_clear(&c->x);
	free(c->out);
	free(c);
	http_listen_update(h);
}

void
http_conn_step(struct http_conn *c)
{
	struct http_exchange *x = &c->x;

	TAILQ_REMOVE(&x->http->ready, c, ready);
	c->queued = false;
	if (c->state == HTTP_CONN_READY) {
		x->http->counters.requests++;
		c->n_requests++;
		c->head_sent = false;
		if (x->status == 0)
			http_route(x);
		if (x->status == 0) { /* not known yet */
			c->state = HTTP_CONN_WAIT;
			return;
		}
		c->state = HTTP_CONN_ANSWER;
	}
	if (c->out_at < c->out_len) {
		http_send_rest(c);
		return;
	}
	c->woken = false;
	http_send_slice(c);
}

void
http_conn_wake(struct http_conn *c)
{
	c->woken = true;
	if (c->state != HTTP_CONN_WAIT)
		return;
	c->state = HTTP_CONN_ANSWER;
	c->deadline_ns = NSEC_NEVER;
	queue(c);
}

/* The answer goes on in a later turn. */
void
http_conn_go_on(struct http_conn *c)
{
	if (c->more == HTTP_MORE || c->woken) {
		c->deadline_ns = NSEC_NEVER;
		queue(c);
		return;
	}
	free(c->out);
	c->out = NULL;
	c->state = HTTP_CONN_WAIT;
	if (c->eof && !is_half_open(c))
		http_conn_close(c);
	else
		http_conn_set_deadline(c, c->x.http->limits.keep_alive_ns);
}

/* Closing with unread input would take the answer away from a client that has not read it yet
 * (RFC 9112 section 9.6): so the client shall close first. */
static void
linger(struct http_conn *c)
{
	if (c->eof) {
		http_conn_close(c);
		return;
	}
	c->state = HTTP_CONN_LINGER;
	(void)shutdown(c->x.fd, SHUT_WR); /* fails when the client is gone: read tells */
	http_conn_set_deadline(c, c->x.http->limits.linger_ns);
	(void)event_add(c->readable, NULL); /* without memory the deadline closes it */
}

void
http_conn_answered(struct http_conn *c)
{
	const struct http_limits *limits = &c->x.http->limits;

	http_exchange_clear(&c->x);
	free(c->out);
	c->out = NULL;
	c->out_at = c->out_len = 0;
	if (c->close) {
		linger(c);
		return;
	}
	memmove(c->in, c->in + c->in_used, c->in_len - c->in_used);
	c->in_len -= c->in_used;
	c->in_used = 0;
	c->state = HTTP_CONN_HEAD;
	c->asked_ns = http_now(c->x.http);
	http_conn_set_deadline(c, c->in_len > 0 ? limits->request_deadline_ns : limits->idle_ns);
	if (!c->eof)
		(void)event_add(c->readable, NULL); /* as above */
	if (!take_head(c) && c->eof)
		http_conn_close(c);
}

void
http_conn_expire(struct http_conn *c)
{
	struct http_counters *counters = &c->x.http->counters;

	switch (c->state) {
	case HTTP_CONN_HEAD:
	case HTTP_CONN_BODY:
		if (c->in_len > 0 || c->state == HTTP_CONN_BODY) {
			counters->refused_deadline++;
			refuse(c, 408, "The whole request did not come in time.");
			return;
		}
		counters->refused_deadline += c->n_requests == 0;
		break;
	case HTTP_CONN_ANSWER:
		counters->refused_stall++;
		break;
	case HTTP_CONN_WAIT:
		if (c->eof && !is_half_open(c))
			break;
		c->x.keep_alive = c->x.sse;
		http_conn_wake(c);
		return;
	case HTTP_CONN_READY:
	case HTTP_CONN_LINGER:
		break;
	}
	http_conn_close(c);
}

void
http_conn_engine_changed(struct http_conn *c)
{
	if (c->state != HTTP_CONN_ANSWER || !c->x.of_engine || c->more == HTTP_END)
		return;
	c->x.http->counters.cut_off++;
	http_conn_close(c);
}
