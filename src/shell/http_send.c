/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The sending half of a connection: a slice is made only when the one before is with the kernel. So
 * a client that reads slowly, or never, costs one slice of memory and no work. An answer that fits
 * in its first slice goes with Content-Length, a longer one in chunks, or until the connection
 * closes for HTTP/1.0.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <event2/event.h>

#include "shell/http_internal.h"

/* Fills t with pieces of the body. */
static enum http_more
fill(struct http_exchange *x, struct text *t)
{
	nsec_t until_ns = nsec_add(http_now(x->http), HTTP_SLICE_NS);
	enum http_more more;

	do {
		struct http_cursor before = x->cursor;
		size_t mark = t->len;

		more = x->body(x, t);
		if (t->overflow || more == HTTP_FULL) {
			text_rewind(t, mark);
			x->cursor = before;
			return mark > 0 ? HTTP_MORE : HTTP_LOST;
		}
	} while (more == HTTP_MORE && http_now(x->http) < until_ns);
	return more;
}

/* Decides how the end of the answer is told, and writes its head. */
static void
begin(struct http_conn *c, struct text *prefix, size_t body_bytes)
{
	const struct http_request *request = &c->x.request;
	bool whole = c->more == HTTP_END;

	c->chunked = !whole && request->minor > 0;
	/* When the place is wanted by others, the connection does not outlive its answer. */
	c->close = request->close || (c->eof && c->in_len == c->in_used) ||
		   (!whole && !c->chunked) || c->x.http->n_conns >= HTTP_CONNECTIONS_MAX;
	http_head(prefix, &c->x, whole ? (int64_t)body_bytes : -1, c->chunked, c->close);
	c->head_sent = true;
}

/* Puts the head, and what chunks need, around the slice. */
static void
frame(struct http_conn *c, struct text *body)
{
	char buf[HTTP_HEAD_ROOM];
	struct text prefix;

	text_init(&prefix, buf, sizeof(buf));
	if (!c->head_sent)
		begin(c, &prefix, body->len);
	if (c->x.request.method == HTTP_HEAD) {
		text_rewind(body, 0);
		c->chunked = false;
		c->more = HTTP_END;
	}
	if (c->chunked && body->len > 0)
		text_printf(&prefix, "%zx\r\n", body->len);
	c->out_at = HTTP_HEAD_ROOM - prefix.len;
	memcpy(c->out + c->out_at, prefix.buf, prefix.len);
	c->out_len = HTTP_HEAD_ROOM + body->len;
	if (c->chunked && body->len > 0) {
		memcpy(c->out + c->out_len, "\r\n", 2);
		c->out_len += 2;
	}
	if (c->chunked && c->more == HTTP_END) {
		memcpy(c->out + c->out_len, "0\r\n\r\n", 5);
		c->out_len += 5;
	}
}

void
http_send_slice(struct http_conn *c)
{
	struct text body;

	if (c->out == NULL)
		c->out = malloc(HTTP_OUT_BYTES);
	if (c->out == NULL) {
		http_conn_close(c);
		return;
	}
	text_init(&body, c->out + HTTP_HEAD_ROOM, HTTP_SLICE_BYTES);
	c->more = fill(&c->x, &body);
	if (c->more == HTTP_LOST && !c->head_sent) {
		http_problem(&c->x, 500, "The answer could not be made.");
		c->more = fill(&c->x, &body);
	}
	if (c->more == HTTP_LOST) {
		c->x.http->counters.cut_off++;
		http_conn_close(c);
		return;
	}
	if (c->more == HTTP_MORE && body.len == 0) { /* nothing to tell yet */
		http_conn_go_on(c);
		return;
	}
	frame(c, &body);
	http_send_rest(c);
}

void
http_send_rest(struct http_conn *c)
{
	bool progress = c->deadline_ns == NSEC_NEVER;

	while (c->out_at < c->out_len) {
		ssize_t n = send(c->x.fd, c->out + c->out_at, c->out_len - c->out_at,
		    MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n >= 0) {
			c->out_at += (size_t)n;
			progress = true;
		} else if (errno == EAGAIN) {
			if (progress)
				http_conn_set_deadline(c, c->x.http->limits.stall_ns);
			(void)event_add(
			    c->writable, NULL); /* without memory the deadline closes it */
			return;
		} else if (errno != EINTR) {
			http_conn_close(c);
			return;
		}
	}
	if (c->more == HTTP_END)
		http_conn_answered(c);
	else
		http_conn_go_on(c);
}
