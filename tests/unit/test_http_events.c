/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Those who follow the events: what they get, in which order, what they are told when they fell
 * behind, and how many of them there may be.
 */
#include "unit.h"

#include "test_http_fixture.h"

static int
setup(void **state)
{
	*state = fixture_impatient();
	return 0;
}

/* Nothing but events wakes a follower, and nothing drops it. */
static int
setup_patient(void **state)
{
	struct fixture *f = fixture_new(4);

	*state = f;
	f->options.limits.keep_alive_ns = f->options.limits.stall_ns = NSEC_PER_HOUR;
	fixture_start(f);
	return 0;
}

static int
teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

static void
add_events(struct fixture *f, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		if (i % 2 == 0)
			assert_int_equal(monitor_pause(f->m, f->engine_ns, i % 4, 0, "test"), 0);
		else
			assert_int_equal(monitor_resume(f->m, f->engine_ns, (i - 1) % 4), 0);
	}
	http_events_ready(f->http);
}

TEST(test_follower_gets_events_as_they_happen)
{
	struct fixture *f = *state;
	struct client *c = client_new(f), *one = client_new(f);
	uint64_t newest = monitor_journal(f->m)->next_id - 1;
	char expected[64];

	client_send(c, GET("/v1/events?follow=1"));
	client_send(one, GET("/v1/events?follow=1&target=t2&since=0"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	WAIT_UNTIL(f, client_read(one) || one->len > 0);
	assert_int_equal(occurrences(c->bytes, "\"id\":"), 0); /* only what is new */
	add_events(f, 4);
	WAIT_UNTIL(f, client_read(c) || occurrences(c->bytes, "\"id\":") >= 4);
	(void)snprintf(expected, sizeof(expected), "{\"id\":%llu,", (unsigned long long)newest + 1);
	assert_non_null(strstr(c->bytes, expected));
	WAIT_UNTIL(f, client_read(one) || occurrences(one->bytes, "\"event\":\"resumed\"") > 0);
	assert_int_equal(occurrences(one->bytes, "\"target\":\"t0\""), 0);
	assert_false(c->closed || one->closed);
	client_free(c);
	client_free(one);
}

TEST(test_event_stream_has_ids_resumes_and_keeps_alive)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	char expected[128];
	unsigned long long newest;

	add_events(f, 10);
	newest = (unsigned long long)monitor_journal(f->m)->next_id - 1;
	(void)snprintf(expected, sizeof(expected),
	    "GET /v1/events HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n"
	    "Last-Event-ID: %llu\r\n\r\n",
	    newest - 2);
	client_send(c, expected);
	(void)snprintf(
	    expected, sizeof(expected), "\nid: %llu\ndata: {\"id\":%llu,", newest, newest);
	WAIT_UNTIL(f, client_read(c) || (c->len > 0 && strstr(c->bytes, expected) != NULL));
	assert_int_equal(occurrences(c->bytes, "\ndata: {"), 2);
	assert_non_null(strstr(c->bytes, "Content-Type: text/event-stream\r\n"));
	assert_int_equal(occurrences(c->bytes, "}\n\n"), 2);
	WAIT_UNTIL(f, client_read(c) || occurrences(c->bytes, "\n: ") >= 3);
	assert_false(c->closed);
	client_free(c);
}

/* Checks that ids follow each other, and that gaps tell exactly what is not there. */
static uint64_t
check_ids(char *lines, uint64_t last, unsigned *gaps)
{
	for (char *line = strtok(lines, "\r\n"); line != NULL; line = strtok(NULL, "\r\n")) {
		unsigned long long id, to;

		if (sscanf(line, "{\"event\":\"gap\",\"from_id\":%llu,\"to_id\":%llu", &id, &to) ==
		    2) {
			assert_int_equal(id, last + 1);
			last = to;
			(*gaps)++;
		} else if (sscanf(line, "{\"id\":%llu,", &id) == 1) {
			assert_int_equal(id, last + 1);
			last = id;
		}
	}
	return last;
}

TEST(test_follower_that_fell_behind_is_told_of_the_gap)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	uint64_t first = monitor_journal(f->m)->next_id, last;
	struct answer a;
	unsigned gaps = 0;

	client_send(c, GET("/v1/events?follow=1"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	add_events(f, 2000); /* more than slice and socket buffer hold */
	for (int i = 0; i < 20; i++) {
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
	}
	add_events(f, 2 * EVENT_JOURNAL_MAX);
	last = monitor_journal(f->m)->next_id - 1;
	WAIT_UNTIL(f, client_read(c) || (c->len > 100 && client_answer(c, 0, true, &a) &&
					    (answer_done(&a), strstr(c->bytes, "\"gap\"")) &&
					    c->len >= (size_t)EVENT_JOURNAL_MAX * 100));
	{
		char id[64];

		(void)snprintf(id, sizeof(id), "{\"id\":%llu,", (unsigned long long)last);
		WAIT_UNTIL(f, client_read(c) || strstr(c->bytes, id) != NULL);
	}
	assert_false(c->closed);
	assert_int_equal(check_ids(c->bytes, first - 1, &gaps), last);
	assert_int_equal(gaps, 1);
	client_free(c);
}

TEST(test_event_that_comes_while_the_last_is_on_its_way_is_not_forgotten)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);
	char id[64];

	client_send(c, GET("/v1/events?follow=1"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	for (int i = 0; i < 1000; i++) { /* one by one, until the socket is full and beyond */
		nsec_t started = 0;

		add_events(f, 1 + (unsigned)i % 2);
		assert_true(fixture_turn(f, &started));
	}
	(void)snprintf(id, sizeof(id), "{\"id\":%llu,",
	    (unsigned long long)monitor_journal(f->m)->next_id - 1);
	WAIT_UNTIL(f, client_read(c) || strstr(c->bytes, id) != NULL);
	assert_false(c->closed);
	client_free(c);
}

TEST(test_since_before_the_journal_begins_with_a_gap)
{
	struct fixture *f = *state;
	struct answer a;

	add_events(f, EVENT_JOURNAL_MAX + 100);
	a = ask(f, "GET /v1/events?since=5", "");
	assert_true(a.complete);
	assert_memory_equal(a.body, "{\"event\":\"gap\",\"from_id\":6,", 27);
	answer_done(&a);
	a = ask(f, "GET /v1/events?since=0", "");
	assert_memory_equal(a.body, "{\"id\":", 6);
	answer_done(&a);
}

TEST(test_followers_have_a_limit)
{
	struct fixture *f = *state;
	struct client *clients[HTTP_FOLLOWERS_MAX];
	struct answer a;

	for (int i = 0; i < HTTP_FOLLOWERS_MAX; i++) {
		clients[i] = client_new(f);
		client_send(clients[i], GET("/v1/events?follow=1"));
		WAIT_UNTIL(f, client_read(clients[i]) || clients[i]->len > 0);
	}
	a = ask(f, "GET /v1/events?follow=1", "");
	assert_int_equal(a.status, 503);
	assert_non_null(strstr(a.body, "16 followers"));
	answer_done(&a);
	client_free(clients[0]);
	WAIT_UNTIL(f, http_connections(f->http) < HTTP_FOLLOWERS_MAX);
	a = ask(f, "GET /v1/events", "");
	assert_int_equal(a.status, 200);
	answer_done(&a);
	clients[0] = client_new(f);
	client_send(clients[0], GET("/v1/events?follow=1"));
	WAIT_UNTIL(f, client_read(clients[0]) || clients[0]->len > 0);
	assert_memory_equal(clients[0]->bytes, "HTTP/1.1 200", 12);
	for (int i = 0; i < HTTP_FOLLOWERS_MAX; i++)
		client_free(clients[i]);
}

TEST(test_stalled_follower_is_dropped)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);

	client_send(c, GET("/v1/events?follow=1"));
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	add_events(f, 3000);
	WAIT_UNTIL(f, http_counters(f->http).refused_stall == 1);
	assert_int_equal(http_connections(f->http), 0);
	client_free(c);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_follower_gets_events_as_they_happen),
	    CASE(test_event_stream_has_ids_resumes_and_keeps_alive),
	    CASE(test_follower_that_fell_behind_is_told_of_the_gap),
	    cmocka_unit_test_setup_teardown(
		test_event_that_comes_while_the_last_is_on_its_way_is_not_forgotten, setup_patient,
		teardown),
	    CASE(test_since_before_the_journal_begins_with_a_gap),
	    CASE(test_followers_have_a_limit),
	    CASE(test_stalled_follower_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
