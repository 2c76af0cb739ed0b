/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Requests of any bytes, through a real connection to the real resources. Input: how (1: a bit
 * each for TCP, for one byte at a time, for no engine, for a client that keeps its half open), then
 * what the client sends. Whatever it is, the connection ends with the client, and what comes back
 * are whole answers.
 */
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "fuzz.h"
#include "shell/http_internal.h"
#include "../unit/test_http_fixture.h"

#define SENT_MAX 40000
#define TARGETS 3

enum { BY_TCP = 1, BY_BYTES = 2, NO_ENGINE = 4, HALF_OPEN = 8 };

static struct fixture *
start(void)
{
	struct fixture *f = fixture_new(TARGETS);

	f->silent[1] = true;
	fixture_run(f, 10 * NSEC_PER_SEC);
	f->options.socket_path = NULL;
	f->command_answer = "done";
	f->reload_at_once = true;
	fixture_start(f);
	(void)event_del(f->tick); /* time passes by the descriptors alone */
	return f;
}

static void
turn(struct fixture *f)
{
	CHECK(event_base_loop(f->base, EVLOOP_NONBLOCK) >= 0);
}

/* Parsing twice gives the same, and too few bytes are left as they are. */
static void
check_parse(const char *bytes, size_t len)
{
	static char copy[SENT_MAX], again[SENT_MAX];
	struct http_request request = {0}, other = {0};
	struct http_fault fault = {0};
	enum http_parse parse;

	memcpy(copy, bytes, len);
	memcpy(again, bytes, len);
	parse = http_request_parse(copy, len, &request, &fault);
	CHECK(parse == http_request_parse(again, len, &other, &fault));
	if (parse == HTTP_PARSE_FAULT)
		CHECK(fault.status >= 400 && fault.status < 600 && fault.detail[0] != '\0');
	if (parse == HTTP_PARSE_MORE)
		CHECK(len < HTTP_HEADERS_MAX_BYTES && memcmp(copy, bytes, len) == 0);
	if (parse != HTTP_PARSE_DONE)
		return;
	CHECK(request.head_bytes <= len);
	CHECK(request.body_bytes <= HTTP_BODY_MAX_BYTES);
	CHECK(request.path != NULL && request.path[0] == '/');
	CHECK(strcmp(request.path, other.path) == 0);
	/* nothing behind the head matters */
	memcpy(again, bytes, len);
	CHECK(http_request_parse(again, request.head_bytes, &other, &fault) == HTTP_PARSE_DONE);
	CHECK(other.head_bytes == request.head_bytes);
}

/* Every answer begins with a head that names its type, and those with a length are whole. */
static void
check_answers(struct client *c)
{
	size_t at = 0;

	while (c->len > at && strncmp(c->bytes + at, "HTTP/1.1 100 ", 13) == 0)
		at += sizeof("HTTP/1.1 100 Continue\r\n\r\n") - 1;
	if (c->len == at)
		return;
	CHECK(strncmp(c->bytes + at, "HTTP/1.1 ", 9) == 0);
	CHECK(strstr(c->bytes + at, "\r\nContent-Type: ") != NULL);
	CHECK(strstr(c->bytes + at, "\r\n\r\n") != NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct fixture *f;
	struct input in = {data, size};
	unsigned how = (unsigned)take(&in, 1);
	size_t len = in.left < SENT_MAX ? in.left : SENT_MAX;
	struct client *c;
	int fds[2];

	if (f == NULL)
		f = start();
	f->no_engine = (how & NO_ENGINE) != 0;
	check_parse((const char *)in.bytes, len);
	CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
	CHECK(http_conn_open(f->http, fds[0], (how & BY_TCP) != 0));
	c = client_new_fd(fds[1]);
	for (size_t at = 0, n; at < len && !c->closed; at += n) {
		n = (how & BY_BYTES) != 0 && at < 300 ? 1 : len - at;
		client_send_bytes(c, (const char *)in.bytes + at, n);
		turn(f);
		(void)client_read(c);
	}
	if ((how & HALF_OPEN) == 0)
		(void)shutdown(fds[1], SHUT_WR);
	turn(f);
	(void)client_read(c);
	check_answers(c);
	client_free(c);
	turn(f);
	/* a follower that had ended its half is missed with the next keep-alive only */
	if (!TAILQ_EMPTY(&f->http->conns) && TAILQ_FIRST(&f->http->conns)->state == HTTP_CONN_WAIT)
		http_conn_expire(TAILQ_FIRST(&f->http->conns));
	CHECK(http_connections(f->http) == 0 && f->http->n_followers == 0);
	CHECK(TAILQ_EMPTY(&f->http->ready));
	return 0;
}
