/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Clients that crowd, stall, drip, vanish or speak out of turn: what they cost has a bound, and
 * others are served all the while.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#include "test_http_fixture.h"

#define IDLE_CLIENTS 200
#define MANY_TARGETS 100000
#define LISTED_TARGETS 5000 /* some 80 slices */

static int
setup(void **state)
{
	*state = fixture_impatient();
	return 0;
}

static int
setup_many(void **state)
{
	struct fixture *f = fixture_new(MANY_TARGETS);

	*state = f;
	f->options.limits.stall_ns = 3 * SOON_NS;
	fixture_start(f);
	return 0;
}

static int
setup_listed(void **state)
{
	*state = fixture_new(LISTED_TARGETS);
	fixture_start(*state);
	return 0;
}

static int
teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

static void
is_served(struct fixture *f)
{
	struct answer a = ask(f, "GET /v1/status", "");

	assert_int_equal(a.status, 200);
	assert_true(a.complete);
	answer_done(&a);
}

/* A byte every 10 ms. */
static void
drip(struct fixture *f, struct client *c, nsec_t *last_ns)
{
	nsec_t now_ns = f->options.source.now(f);

	if (now_ns - *last_ns < NSEC_PER_MSEC * 10)
		return;
	*last_ns = now_ns;
	client_send(c, "x");
}

TEST(test_idle_clients_wait_outside_and_make_way)
{
	struct fixture *f = *state;
	struct client *clients[IDLE_CLIENTS], *late;
	struct answer a;

	for (int i = 0; i < IDLE_CLIENTS; i++)
		clients[i] = client_new(f);
	late = client_new(f);
	client_send(late, GET("/v1/status"));
	WAIT_UNTIL(f, http_connections(f->http) == HTTP_CONNECTIONS_MAX);
	for (int i = 0; i < 20; i++) {
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
		assert_true(http_connections(f->http) <= HTTP_CONNECTIONS_MAX);
		assert_true(
		    http_counters(f->http).accepted - http_counters(f->http).refused_deadline <=
		    HTTP_CONNECTIONS_MAX);
	}
	WAIT_UNTIL(f, client_answer(late, 0, false, &a));
	assert_int_equal(a.status, 200);
	answer_done(&a);
	assert_true(
	    http_counters(f->http).refused_deadline >= IDLE_CLIENTS + 1 - HTTP_CONNECTIONS_MAX);
	for (int i = 0; i < IDLE_CLIENTS; i++)
		client_free(clients[i]);
	client_free(late);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
}

TEST(test_full_house_keeps_no_connection_open)
{
	struct fixture *f = *state;
	struct client *clients[HTTP_CONNECTIONS_MAX];
	int events = event_base_get_num_events(f->base, EVENT_BASE_COUNT_ADDED);
	struct answer a;

	for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		clients[i] = client_new(f);
	WAIT_UNTIL(f, http_connections(f->http) == HTTP_CONNECTIONS_MAX);
	/* one for each, one for the deadlines; the listener's is gone, so that nothing spins */
	assert_int_equal(event_base_get_num_events(f->base, EVENT_BASE_COUNT_ADDED),
	    events + HTTP_CONNECTIONS_MAX + 1 - 1);
	client_send(clients[0], GET("/healthz"));
	WAIT_UNTIL(f, client_answer(clients[0], 0, false, &a));
	assert_true(answer_has(&a, "Connection: close"));
	answer_done(&a);
	for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		client_free(clients[i]);
}

static size_t
resident_bytes(void)
{
	FILE *file = fopen("/proc/self/statm", "r");
	unsigned long total, resident;

	assert_non_null(file);
	assert_int_equal(fscanf(file, "%lu %lu", &total, &resident), 2);
	(void)fclose(file);
	return resident * 4096;
}

TEST(test_client_that_never_reads_costs_one_slice_and_is_dropped)
{
	struct fixture *f = *state;
	struct client *unread[8];
	size_t before;

	is_served(f);
	before = resident_bytes();
	for (size_t i = 0; i < COUNT(unread); i++) {
		unread[i] = client_new(f);
		client_send(unread[i], GET("/v1/targets"));
	}
	WAIT_UNTIL(f, http_connections(f->http) == COUNT(unread));
	is_served(f);
	WAIT_UNTIL(f, http_counters(f->http).refused_stall == COUNT(unread));
	assert_true(resident_bytes() < before + 16 * 1048576); /* one answer is above 60 MB */
	assert_int_equal(http_connections(f->http), 0);
	for (size_t i = 0; i < COUNT(unread); i++)
		client_free(unread[i]);
}

TEST(test_long_list_comes_whole_beside_another)
{
	struct fixture *f = *state;
	struct client *c = client_new(f), *other = client_new(f);
	struct answer a;

	client_send(c, GET("/v1/targets"));
	client_send(other, GET("/metrics"));
	WAIT_UNTIL(
	    f, client_read(c) || strstr(c->len > 6 ? c->bytes + c->len - 7 : "", "0\r\n\r\n"));
	assert_true(client_answer(c, 0, false, &a));
	assert_true(a.complete);
	assert_int_equal(occurrences(a.body, "\n{\"name\":"), LISTED_TARGETS);
	assert_string_equal(a.body + a.body_len - 4, "}]}\n");
	answer_done(&a);
	client_free(c);
	client_free(other);
}

TEST(test_reload_cuts_lists_off_and_leaves_followers)
{
	struct fixture *f = *state;
	struct client *list = client_new(f), *scrape = client_new(f), *follower = client_new(f);
	struct answer a;
	nsec_t started = 0;

	client_send(list, GET("/v1/targets"));
	client_send(scrape, GET("/metrics"));
	client_send(follower, GET("/v1/events?follow=1"));
	WAIT_UNTIL(f, client_read(list) || list->len > 0);
	WAIT_UNTIL(f, client_read(scrape) || scrape->len > 0);
	WAIT_UNTIL(f, client_read(follower) || follower->len > 0);
	fixture_reload(f, 2);
	http_events_ready(f->http);
	while (!client_read(list) || !client_read(scrape))
		assert_true(fixture_turn(f, &started));
	assert_true(client_answer(list, 0, false, &a));
	assert_false(a.complete);
	answer_done(&a);
	assert_true(client_answer(scrape, 0, false, &a));
	assert_false(a.complete);
	answer_done(&a);
	assert_int_equal(http_counters(f->http).cut_off, 2);
	WAIT_UNTIL(f, client_read(follower) || strstr(follower->bytes, "\"event\":\"reload\""));
	assert_false(follower->closed);
	is_served(f);
	client_free(list);
	client_free(scrape);
	client_free(follower);
}

TEST(test_dripping_client_is_cut_at_the_deadline)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;
	nsec_t last = 0;

	client_send(c, "GET /v1/status HTTP/1.1\r\nHost: ");
	/* every byte comes in time, all of them do not */
	WAIT_UNTIL(f, (drip(f, c, &last), client_answer(c, 0, false, &a)));
	assert_int_equal(a.status, 408);
	assert_true(answer_has(&a, "Connection: close"));
	assert_int_equal(http_counters(f->http).refused_deadline, 1);
	answer_done(&a);
	WAIT_UNTIL(f, (drip(f, c, &last), http_connections(f->http) == 0));
	client_free(c);
}

TEST(test_late_first_byte_does_not_move_the_deadline)
{
	struct fixture *f = *state;
	struct client *late = client_new(f), *later;
	struct answer a;
	nsec_t begun_ns = f->options.source.now(f);
	nsec_t deadline_ns = f->options.limits.request_deadline_ns;

	WAIT_UNTIL(f, f->options.source.now(f) > begun_ns + deadline_ns / 2);
	later = client_new(f);
	client_send(later, "G");
	WAIT_UNTIL(f, f->options.source.now(f) > begun_ns + deadline_ns / 4 * 3);
	client_send(late, "G");
	WAIT_UNTIL(f, client_answer(late, 0, false, &a));
	assert_int_equal(a.status, 408);
	assert_false(client_read(later));
	assert_int_equal(later->len, 0); /* who came later has more time */
	answer_done(&a);
	client_free(late);
	client_free(later);
}

TEST(test_dripping_body_and_second_request_have_the_deadline_too)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;
	nsec_t last = 0;

	client_send(c, "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 60000\r\n\r\n");
	WAIT_UNTIL(f, (drip(f, c, &last), client_answer(c, 0, false, &a)));
	assert_int_equal(a.status, 408);
	answer_done(&a);
	client_free(c);
	c = client_new(f);
	client_send(c, GET("/healthz") "GET ");
	WAIT_UNTIL(f, client_answer(c, 0, false, &a));
	assert_int_equal(a.status, 200);
	c->len = 0;
	answer_done(&a);
	WAIT_UNTIL(f, (drip(f, c, &last), client_answer(c, 0, false, &a)));
	assert_int_equal(a.status, 408);
	answer_done(&a);
	client_free(c);
	assert_int_equal(http_counters(f->http).refused_deadline, 2);
}

TEST(test_idle_connection_is_closed_without_a_word)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;
	size_t len;

	client_send(c, GET("/healthz"));
	WAIT_UNTIL(f, client_answer(c, 0, false, &a));
	answer_done(&a);
	len = c->len;
	WAIT_UNTIL(f, client_read(c));
	assert_int_equal(c->len, len);
	assert_int_equal(http_counters(f->http).refused_deadline, 0);
	client_free(c);
}

TEST(test_requests_of_one_connection_are_answered_in_order)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;
	size_t at = 0;

	client_send(c, GET("/v1/targets/t0") GET("/v1/targets/none") "\r\n" GET(
			   "/healthz") "HEAD /healthz HTTP/1.1\r\nHost: x\r\nConnection: "
				       "close\r\n\r\n" GET("/v1/targets/t1"));
	WAIT_UNTIL(f, client_read(c));
	for (int i = 0; i < 4; i++) {
		static const int statuses[] = {200, 404, 200, 200};

		assert_true(client_answer(c, at, i == 3, &a));
		assert_true(a.complete);
		assert_int_equal(a.status, statuses[i]);
		if (i == 0)
			assert_memory_equal(a.body, "{\"name\":\"t0\"", 12);
		at += a.bytes;
		answer_done(&a);
	}
	assert_int_equal(at, c->len); /* nothing after the close */
	assert_int_equal(http_counters(f->http).requests, 4);
	client_free(c);
}

TEST(test_flood_of_requests_waits_with_the_kernel)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	static char flood[64 * 1024];
	size_t one = strlen(GET("/healthz")), sent = sizeof(flood) / one;
	struct answer a;

	for (size_t i = 0; i < sent; i++)
		memcpy(flood + i * one, GET("/healthz"), one);
	client_send_bytes(c, flood, sent * one);
	WAIT_UNTIL(f, client_read(c) || http_counters(f->http).requests == sent);
	is_served(f);
	assert_true(client_answer(c, 0, false, &a));
	assert_int_equal(occurrences(c->bytes, "HTTP/1.1 200 OK"), sent);
	answer_done(&a);
	client_free(c);
}

TEST(test_want_of_descriptors_pauses_accepting)
{
	struct fixture *f = *state;
	struct rlimit before, low;
	struct client *c;
	struct answer a;
	int next;

	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	is_served(f);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
	c = client_new(f);
	client_send(c, GET("/healthz"));
	next = dup(c->fd);
	assert_true(next >= 0);
	(void)close(next);
	low = (struct rlimit){.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	WAIT_UNTIL(f, http_counters(f->http).accept_pauses > 0 || client_read(c));
	for (int i = 0; i < 100; i++) { /* a turn takes a millisecond or more, a pause a hundred */
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
	}
	assert_true(http_counters(f->http).accept_pauses < 50);
	assert_int_equal(http_connections(f->http), 0);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	if (client_read(c)) { /* valgrind accepts, and then closes what is above the limit */
		client_free(c);
		skip();
	}
	WAIT_UNTIL(f, client_answer(c, 0, false, &a));
	assert_int_equal(a.status, 200);
	answer_done(&a);
	client_free(c);
}

TEST(test_head_that_is_too_long)
{
	struct fixture *f = *state;
	static char text[3 * HTTP_HEADERS_MAX_BYTES];
	struct answer a;

	(void)strcpy(text, "GET / HTTP/1.1\r\nHost: x\r\n");
	while (strlen(text) < 2 * HTTP_HEADERS_MAX_BYTES)
		(void)strcat(text, "Cookie: many crumbs and more of them\r\n");
	(void)strcat(text, "\r\n");
	a = ask_raw(f, text, strlen(text));
	assert_int_equal(a.status, 431);
	assert_true(answer_has(&a, "Content-Type: application/problem+json"));
	answer_done(&a);
	memset(text, 'x', sizeof(text));
	a = ask_raw(f, text, sizeof(text));
	assert_int_equal(a.status, 414);
	answer_done(&a);
	a = ask_raw(f, "hello\n", 6);
	assert_int_equal(a.status, 400);
	assert_non_null(strstr(a.body, "CR LF"));
	answer_done(&a);
}

TEST(test_body_is_asked_for_and_comes_in_pieces)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;

	client_send(c, "POST /v1/pause HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n"
		       "Content-Length: 9\r\n\r\n");
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	assert_string_equal(c->bytes, "HTTP/1.1 100 Continue\r\n\r\n");
	c->len = 0;
	client_send(c, "targ");
	for (int i = 0; i < 5; i++) {
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
		assert_int_equal(f->commands, 0);
	}
	client_send(c, "et=t1" GET("/healthz"));
	WAIT_UNTIL(f, client_answer(c, 0, false, &a));
	assert_int_equal(a.status, 200);
	assert_string_equal(f->command_fields, "target=t1;");
	answer_done(&a);
	WAIT_UNTIL(f, http_counters(f->http).requests == 2);
	client_free(c);
}

TEST(test_client_that_ended_its_half_gets_its_answer)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;

	client_send(c, GET("/v1/targets"));
	assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
	WAIT_UNTIL(f, client_read(c));
	assert_true(client_answer(c, 0, false, &a));
	assert_true(a.complete);
	assert_int_equal(a.status, 200);
	answer_done(&a);
	client_free(c);
}

TEST(test_client_that_ends_its_half_in_the_middle_gets_the_rest)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	struct answer a;

	fixture_reload(f, 2000);
	client_send(c, GET("/v1/targets"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
	WAIT_UNTIL(f, client_read(c));
	assert_true(client_answer(c, 0, false, &a));
	assert_true(a.complete);
	answer_done(&a);
	client_free(c);
}

TEST(test_requests_before_the_end_of_a_half_are_all_answered)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);

	client_send(c, GET("/healthz") GET("/readyz") GET("/v1/groups") "GET / HT");
	assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
	WAIT_UNTIL(f, client_read(c));
	assert_int_equal(occurrences(c->bytes, "HTTP/1.1 200 OK"), 3);
	client_free(c);
	c = client_new(f);
	client_send(c, "POST /v1/pause HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\ntar");
	assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
	WAIT_UNTIL(f, client_read(c));
	assert_int_equal(c->len, 0);
	assert_int_equal(f->commands, 0);
	client_free(c);
}

TEST(test_half_open_follower_stays_until_it_is_gone)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);

	client_send(c, GET("/v1/events?follow=1"));
	assert_int_equal(shutdown(c->fd, SHUT_WR), 0);
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	for (int i = 0; i < 150; i++) { /* longer than a keep-alive */
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
	}
	assert_int_equal(monitor_pause(f->m, f->engine_ns, 0, 0, "test"), 0);
	http_events_ready(f->http);
	WAIT_UNTIL(f, client_read(c) || strstr(c->bytes, "\"event\":\"paused\"") != NULL);
	assert_false(c->closed);
	client_free(c);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
}

TEST(test_http_1_0_gets_its_answer_without_chunks)
{
	struct fixture *f = *state;
	struct answer a;

	fixture_reload(f, 500); /* more than a slice */
	a = ask_raw(f, "GET /v1/targets HTTP/1.0\r\n\r\n", 28);
	assert_int_equal(a.status, 200);
	assert_null(strstr(a.head, "Transfer-Encoding"));
	assert_null(strstr(a.head, "Content-Length"));
	assert_true(answer_has(&a, "Connection: close"));
	assert_int_equal(occurrences(a.body, "\n{\"name\":"), 500);
	assert_string_equal(a.body + a.body_len - 4, "}]}\n");
	answer_done(&a);
}

TEST(test_client_that_vanishes_in_the_middle_is_forgotten)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);

	fixture_reload(f, 2000);
	client_send(c, GET("/v1/targets"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	client_free(c);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
	is_served(f);
}

TEST(test_reloads_that_wait_have_a_limit)
{
	struct fixture *f = *state;
	struct client *clients[HTTP_RELOADS_MAX];
	struct answer a;

	for (int i = 0; i < HTTP_RELOADS_MAX; i++) {
		clients[i] = client_new(f);
		client_send(clients[i], "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
	}
	WAIT_UNTIL(f, f->commands == HTTP_RELOADS_MAX);
	a = ask(f, "POST /v1/reload", "");
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.body, "8 clients wait"));
	answer_done(&a);
	assert_int_equal(f->commands, HTTP_RELOADS_MAX);
	for (int i = 0; i < HTTP_RELOADS_MAX; i++)
		client_free(clients[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CASE_MANY(name) cmocka_unit_test_setup_teardown(name, setup_many, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_idle_clients_wait_outside_and_make_way),
	    CASE(test_full_house_keeps_no_connection_open),
	    CASE_MANY(test_client_that_never_reads_costs_one_slice_and_is_dropped),
	    cmocka_unit_test_setup_teardown(
		test_long_list_comes_whole_beside_another, setup_listed, teardown),
	    CASE_MANY(test_reload_cuts_lists_off_and_leaves_followers),
	    CASE(test_dripping_client_is_cut_at_the_deadline),
	    CASE(test_late_first_byte_does_not_move_the_deadline),
	    CASE(test_dripping_body_and_second_request_have_the_deadline_too),
	    CASE(test_idle_connection_is_closed_without_a_word),
	    CASE(test_requests_of_one_connection_are_answered_in_order),
	    CASE(test_flood_of_requests_waits_with_the_kernel),
	    CASE(test_want_of_descriptors_pauses_accepting),
	    CASE(test_head_that_is_too_long),
	    CASE(test_body_is_asked_for_and_comes_in_pieces),
	    CASE(test_client_that_ended_its_half_gets_its_answer),
	    CASE(test_client_that_ends_its_half_in_the_middle_gets_the_rest),
	    CASE(test_requests_before_the_end_of_a_half_are_all_answered),
	    CASE(test_half_open_follower_stays_until_it_is_gone),
	    CASE(test_http_1_0_gets_its_answer_without_chunks),
	    CASE(test_client_that_vanishes_in_the_middle_is_forgotten),
	    CASE(test_reloads_that_wait_have_a_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
