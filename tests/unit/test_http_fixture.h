/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the tests of the stats server: a real engine with a made-up network, the server on a unix
 * socket in a directory of its own, and clients in the same process and loop.
 */
#ifndef ICMPMON_TESTS_TEST_HTTP_FIXTURE_H
#define ICMPMON_TESTS_TEST_HTTP_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/monitor.h"
#include "shell/http.h"

struct event_base;
struct event;

struct fixture {
	struct event_base *base;
	struct event *tick; /* so that a turn of the loop ends */
	struct http *http;
	struct http_options options; /* may be changed before fixture_start */
	char dir[64], path[96];

	struct settings *settings;
	struct monitor *m;
	void *arena;
	uint32_t n;
	bool *silent;
	nsec_t engine_ns; /* the engine's time at real_ns, from where it goes on by itself */
	nsec_t real_ns;

	struct render_daemon about;
	bool no_engine, ill;
	int command_result;
	const char *command_answer;
	int commands;
	enum http_command command;
	char command_fields[256]; /* key=value; ... */
	bool reload_at_once;
	nsec_t longest_turn_ns;
};

struct client {
	int fd;
	char *bytes; /* all that came, with a NUL behind */
	size_t len, cap;
	bool closed;
};

struct answer {
	int status;
	char head[2048];
	char *body; /* chunks joined, with a NUL behind */
	size_t body_len;
	bool complete; /* as its framing says */
	size_t bytes; /* of the whole answer */
};

/* n targets t0, t1, ... of 2001:db8::/32, in groups wan and lan alternately. */
struct fixture *fixture_new(uint32_t n);
void fixture_start(struct fixture *f);
void fixture_free(struct fixture *f);
/* Lets the engine probe for so long; targets that are silent do not answer. */
void fixture_run(struct fixture *f, nsec_t duration_ns);
/* Puts another engine of n targets in the place of the present one, as a reload does. */
void fixture_reload(struct fixture *f, uint32_t n);
/* One turn of the loop; false when that limit has passed since *started_ns (0: set to now). */
bool fixture_turn(struct fixture *f, nsec_t *started_ns);

/* Runs the loop until condition; the test fails when that takes longer than 2 min. */
#define WAIT_UNTIL(f, condition)                                   \
	do {                                                       \
		nsec_t started_ = 0;                               \
		while (!(condition))                               \
			assert_true(fixture_turn((f), &started_)); \
	} while (0)

struct client *client_new(struct fixture *f);
struct client *client_new_fd(int fd);
void client_free(struct client *c);
void client_send(struct client *c, const char *text);
void client_send_bytes(struct client *c, const char *bytes, size_t len);
/* Reads what is there. Returns c->closed. */
bool client_read(struct client *c);
/* Reads what is there, and tells whether all of an answer has come from byte at on. */
bool client_answer(struct client *c, size_t at, bool head_only, struct answer *ret_answer);
void answer_done(struct answer *a);

/* A whole exchange: request is "GET /path", more are further fields with their CR LF. */
struct answer ask(struct fixture *f, const char *request, const char *more);
struct answer ask_raw(struct fixture *f, const char *bytes, size_t len);
/* The value of a field of the head, in a buffer of the answer's; NULL: not there. */
bool answer_has(const struct answer *a, const char *field_line);

#define SOON_NS (100 * NSEC_PER_MSEC)
#define GET(path) "GET " path " HTTP/1.1\r\nHost: x\r\n\r\n"

/* Four targets that have been probed for 5 s, and a server that waits for nobody longer than some
 * SOON_NS. */
struct fixture *fixture_impatient(void);

/* Times that needle stands in text, which may be very long. */
size_t occurrences(const char *text, const char *needle);

#endif
