/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Every resource of the stats server and every refusal, over its unix socket with a real engine.
 */
#include "unit.h"

#include <errno.h>

#include <jansson.h>

#include "test_http_fixture.h"

#define NDJSON "application/x-ndjson"

static int
setup(void **state)
{
	struct fixture *f = fixture_new(40);

	*state = f;
	f->silent[3] = f->silent[4] = true;
	fixture_run(f, 20 * NSEC_PER_SEC);
	fixture_start(f);
	return 0;
}

static int
teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

static json_t *
parse(const struct answer *a)
{
	json_error_t error;
	json_t *json = json_loadb(a->body, a->body_len, JSON_REJECT_DUPLICATES, &error);

	if (json == NULL)
		fail_msg("%s at %d of: %s", error.text, error.position, a->body);
	return json;
}

/* A request that succeeds, as JSON. */
static json_t *
get(struct fixture *f, const char *path)
{
	char request[512];
	struct answer a;
	json_t *json;

	(void)snprintf(request, sizeof(request), "GET %s", path);
	a = ask(f, request, "");
	if (a.status != 200 || !a.complete)
		fail_msg("%s: %d %s", path, a.status, a.body);
	assert_true(answer_has(&a, "Content-Type: application/json"));
	json = parse(&a);
	answer_done(&a);
	return json;
}

/* A request that is refused with this status and words in its sentence. */
static void
refused(struct fixture *f, const char *request, const char *more, int status, const char *words)
{
	struct answer a = ask(f, request, more);
	json_t *json;

	if (a.status != status || !a.complete)
		fail_msg("%s: %d and not %d: %s", request, a.status, status, a.body);
	assert_true(answer_has(&a, "Content-Type: application/problem+json"));
	json = parse(&a);
	assert_int_equal(json_integer_value(json_object_get(json, "status")), status);
	assert_string_equal(json_string_value(json_object_get(json, "type")), "about:blank");
	assert_non_null(json_string_value(json_object_get(json, "title")));
	if (strstr(json_string_value(json_object_get(json, "detail")), words) == NULL)
		fail_msg("%s: %s", request, a.body);
	json_decref(json);
	answer_done(&a);
}

static const char *
member(json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

static json_int_t
number(json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

TEST(test_status_tells_of_daemon_and_measurement)
{
	json_t *status = get(*state, "/v1/status"), *targets = json_object_get(status, "targets");

	assert_int_equal(number(status, "schema"), 1);
	assert_int_equal(number(targets, "total"), 40);
	assert_int_equal(number(targets, "down"), 2);
	assert_true(number(json_object_get(status, "probes"), "answered") > 500);
	assert_string_equal(member(status, "version"), "0.1.0");
	json_decref(status);
}

TEST(test_targets_lists_all_with_the_window_asked_for)
{
	json_t *all = get(*state, "/v1/targets"), *ten = get(*state, "/v1/targets?window=10s");
	json_t *list = json_object_get(all, "targets"), *t = json_array_get(list, 7), *windows;

	assert_int_equal(json_array_size(list), 40);
	assert_string_equal(member(t, "name"), "t7");
	assert_string_equal(member(t, "state"), "up");
	windows = json_object_get(json_array_get(json_object_get(ten, "targets"), 7), "windows");
	assert_int_equal(number(json_array_get(windows, 0), "window_s"), 10);
	assert_int_equal(json_array_size(windows), 1);
	json_decref(all);
	json_decref(ten);
}

static size_t
count(struct fixture *f, const char *path)
{
	json_t *json = get(f, path);
	size_t n = json_array_size(json_object_get(json, "targets"));

	json_decref(json);
	return n;
}

TEST(test_targets_are_filtered)
{
	assert_int_equal(count(*state, "/v1/targets?state=down"), 2);
	assert_int_equal(count(*state, "/v1/targets?state=up"), 38);
	assert_int_equal(count(*state, "/v1/targets?state=down,up"), 40);
	assert_int_equal(count(*state, "/v1/targets?state=down&state=up"), 40);
	assert_int_equal(count(*state, "/v1/targets?state=degraded%2Cpaused"), 0);
	assert_int_equal(count(*state, "/v1/targets?state=&group=&name=&window="), 40);
	assert_int_equal(count(*state, "/v1/targets?group=lan"), 20);
	assert_int_equal(count(*state, "/v1/targets?group=?an&name=t1*"), 11);
	assert_int_equal(count(*state, "/v1/targets?name=t4&state=down&group=wan"), 1);
	assert_int_equal(count(*state, "/v1/targets?name=nothing"), 0);
}

TEST(test_target_has_three_windows_and_the_one_asked_for)
{
	json_t *one = get(*state, "/v1/targets/t3?window=15s"), *w;
	json_t *same = get(*state, "/v1/targets/%743?window=1m");

	assert_string_equal(member(one, "state"), "down");
	w = json_array_get(json_object_get(one, "windows"), 3);
	assert_int_equal(number(w, "window_s"), 15);
	assert_int_equal(number(w, "answered"), 0);
	assert_string_equal(member(same, "name"), "t3");
	assert_int_equal(json_array_size(json_object_get(same, "windows")), 3);
	json_decref(one);
	json_decref(same);
	fixture_run(*state, NSEC_PER_HOUR); /* which the ring does not hold: it is absent then */
	one = get(*state, "/v1/targets/t3?window=2m");
	assert_int_equal(json_array_size(json_object_get(one, "windows")), 3); /* 1m 5m 2m */
	json_decref(one);
	one = get(*state, "/v1/targets/t3?window=5m");
	assert_int_equal(json_array_size(json_object_get(one, "windows")), 2);
	json_decref(one);
}

TEST(test_probes_are_the_last_ones)
{
	json_t *json = get(*state, "/v1/targets/t5/probes?last=3"), *list, *probe;

	assert_string_equal(member(json, "name"), "t5");
	list = json_object_get(json, "probes");
	assert_int_equal(json_array_size(list), 3);
	probe = json_array_get(list, 0);
	assert_string_equal(member(probe, "outcome"), "answered");
	assert_string_equal(member(probe, "kind"), "regular");
	assert_true(number(json_array_get(list, 2), "seq") > number(probe, "seq") ||
		    number(json_array_get(list, 2), "seq") < 3);
	json_decref(json);
	json = get(*state, "/v1/targets/t5/probes");
	assert_in_range(json_array_size(json_object_get(json, "probes")), 18, 22);
	json_decref(json);
	json = get(*state, "/v1/targets/t5/probes?last=4096");
	json_decref(json);
}

TEST(test_groups_have_quorum_and_state)
{
	json_t *json = get(*state, "/v1/groups"), *list = json_object_get(json, "groups");

	assert_int_equal(json_array_size(list), 2);
	assert_string_equal(member(json_array_get(list, 0), "name"), "wan");
	assert_int_equal(number(json_object_get(json_array_get(list, 0), "quorum"), "need"), 1);
	assert_int_equal(number(json_array_get(list, 1), "members"), 20);
	json_decref(json);
}

TEST(test_metrics_in_both_formats)
{
	struct answer a = ask(*state, "GET /metrics?name=t3", "");

	assert_int_equal(a.status, 200);
	assert_true(answer_has(&a, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
	assert_non_null(strstr(a.body, "# TYPE icmpmon_probes_total counter"));
	assert_non_null(strstr(a.body, "target=\"t3\""));
	assert_null(strstr(a.body, "target=\"t5\""));
	assert_null(strstr(a.body, "# EOF"));
	answer_done(&a);
	a = ask(*state, "GET /metrics?group=l*",
	    "Accept: application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5,"
	    "*/*;q=0.1\r\n");
	assert_true(answer_has(
	    &a, "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"));
	assert_string_equal(a.body + a.body_len - 6, "# EOF\n");
	assert_non_null(strstr(a.body, "target=\"t5\""));
	assert_null(strstr(a.body, "target=\"t4\""));
	answer_done(&a);
	a = ask(*state, "GET /metrics",
	    "Accept: application/openmetrics-text;q=0.2,text/plain;q=0.3\r\n");
	assert_true(answer_has(&a, "Content-Type: text/plain; version=0.0.4; charset=utf-8"));
	answer_done(&a);
}

TEST(test_health_and_readiness)
{
	struct fixture *f = *state;
	struct answer a = ask(f, "GET /healthz", "");

	assert_int_equal(a.status, 200);
	assert_string_equal(a.body, "ok\n");
	answer_done(&a);
	a = ask(f, "GET /readyz", "");
	assert_int_equal(a.status, 200);
	answer_done(&a);
	f->ill = true;
	refused(f, "GET /healthz", "", 503, "7 s overdue");
	refused(f, "GET /readyz", "", 503, "7 s overdue");
}

TEST(test_index_lists_the_resources)
{
	struct answer a = ask(*state, "GET /", "");

	assert_true(answer_has(&a, "Content-Type: text/plain; charset=utf-8"));
	assert_non_null(strstr(a.body, "GET  /v1/targets?state&group&name&window "));
	assert_non_null(strstr(a.body, "POST /v1/pause target&for&why "));
	answer_done(&a);
	a = ask(*state, "GET /", "Accept: text/html,*/*;q=0.8\r\n");
	assert_true(answer_has(&a, "Content-Type: text/html; charset=utf-8"));
	assert_non_null(strstr(a.body, "<a href=\"/v1/status\">"));
	answer_done(&a);
}

/* Events as JSON lines: first and last id, how many. */
static size_t
events(struct fixture *f, const char *path, const char *more, json_int_t *first, json_int_t *last)
{
	char request[256];
	struct answer a;
	size_t n = 0;

	(void)snprintf(request, sizeof(request), "GET %s", path);
	a = ask(f, request, more);
	if (a.status != 200 || !a.complete)
		fail_msg("%s: %d %s", path, a.status, a.body);
	assert_true(answer_has(&a, "Content-Type: " NDJSON));
	*first = *last = 0;
	for (char *line = strtok(a.body, "\n"); line != NULL; line = strtok(NULL, "\n"), n++) {
		json_t *json = json_loads(line, JSON_REJECT_DUPLICATES, NULL);

		assert_non_null(json);
		*last = number(json, "id");
		if (n == 0)
			*first = *last;
		json_decref(json);
	}
	answer_done(&a);
	return n;
}

TEST(test_events_since_an_id_or_a_time)
{
	struct fixture *f = *state;
	const struct event_journal *journal = monitor_journal(f->m);
	json_int_t first, last, newest = (json_int_t)journal->next_id - 1;
	char at[64], path[128];
	struct text t;
	size_t all = events(f, "/v1/events", "", &first, &last);

	assert_int_equal(all, (size_t)newest);
	assert_true(newest > 5);
	assert_int_equal(first, 1);
	assert_int_equal(last, newest);
	assert_int_equal(events(f, "/v1/events?since=0&follow=0", "", &first, &last), all);
	assert_int_equal(events(f, "/v1/events?since=2", "", &first, &last), all - 2);
	assert_int_equal(first, 3);
	(void)snprintf(path, sizeof(path), "/v1/events?since=%lld", (long long)newest);
	assert_int_equal(events(f, path, "", &first, &last), 0);
	/* the header goes before the query, as a browser resumes */
	assert_int_equal(
	    events(f, "/v1/events?since=0", "Last-Event-ID: 3\r\n", &first, &last), all - 3);
	/* an id of an earlier journal: all that there is */
	assert_int_equal(events(f, "/v1/events?since=99999999", "", &first, &last), all);
	text_init(&t, at, sizeof(at));
	text_time(&t, event_journal_get(journal, 1)->wall_ns + 3 * NSEC_PER_SEC);
	(void)snprintf(path, sizeof(path), "/v1/events?since=%s", at);
	assert_in_range(events(f, path, "", &first, &last), 1, all - 1);
	assert_int_equal(last, newest);
	assert_int_equal(
	    events(f, "/v1/events?since=2020-01-01T00:00:00+01:00", "", &first, &last), all);
	assert_int_equal(events(f, "/v1/events?since=2200-01-01T00:00:00Z", "", &first, &last), 0);
}

TEST(test_events_of_one_target_and_one_event)
{
	struct fixture *f = *state;
	json_int_t first, last;
	size_t n = events(f, "/v1/events?target=t4", "", &first, &last);
	char path[64];
	json_t *event;

	assert_in_range(n, 1, 5);
	(void)snprintf(path, sizeof(path), "/v1/events/%lld", (long long)last);
	event = get(f, path);
	assert_int_equal(number(event, "id"), last);
	assert_string_equal(member(event, "target"), "t4");
	json_decref(event);
}

TEST(test_refusals)
{
	struct fixture *f = *state;

	refused(f, "GET /v2", "", 404, "GET / lists");
	refused(f, "GET /v1", "", 404, "");
	refused(f, "GET /v1/", "", 404, "");
	refused(f, "GET //v1/status", "", 404, "");
	refused(f, "GET /v1/status/", "", 404, "");
	refused(f, "GET /../etc/passwd", "", 404, "");
	refused(f, "GET /%2e%2e/etc/passwd", "", 404, "");
	refused(f, "GET /v1/targets/", "", 404, "");
	refused(f, "GET /v1/targets/a/b/c/d", "", 404, "");
	refused(f, "GET /v1/targets/%00", "", 400, "'%'");
	refused(f, "GET /v1/targets/t99", "", 404, "no target t99");
	refused(f, "GET /v1/targets/t1%2Fprobes", "", 404, "no target t1/probes");
	refused(f, "GET /v1/targets/t1%22%0a", "", 404, "no target t1\"\n");
	refused(f, "GET /v1/targets/t1/nothing", "", 404, "");
	refused(f, "GET /v1/targets?windw=5m", "", 400,
	    "windw is no field of this resource; it knows state, group, name, window.");
	refused(f, "GET /v1/status?x=1", "", 400, "it knows none");
	refused(f, "GET /v1/targets?name=a&name=b", "", 400, "name is there twice");
	refused(f, "GET /v1/targets?name=%zz", "", 400, "%25");
	refused(f, "GET /v1/targets?state=dow", "", 400,
	    "dow is no state: there are unknown, up, degraded, down and paused.");
	refused(f, "GET /v1/targets?window=5", "", 400, "with its unit");
	refused(f, "GET /v1/targets?window=0s", "", 400, "from 1s");
	refused(f, "GET /v1/targets/t1?window=367d", "", 400, "to 366d");
	refused(f, "GET /v1/targets/t1/probes?last=0", "", 400, "from 1 to 4096");
	refused(f, "GET /v1/targets/t1/probes?last=4097", "", 400, "from 1 to 4096");
	refused(f, "GET /v1/targets/t1/probes?last=99999999999999999999", "", 400, "1 to 4096");
	refused(f, "GET /v1/targets/t1/probes?last=3x", "", 400, "from 1 to 4096");
	refused(f, "GET /v1/events?since=yesterday", "", 400, "2026-11-23T10:41:07Z");
	refused(f, "GET /v1/events?since=99999999999999999999999", "", 400, "id of an event");
	refused(f, "GET /v1/events?follow=yes", "", 400, "0 or 1");
	refused(f, "GET /v1/events", "Last-Event-ID: x\r\n", 400, "Last-Event-ID");
	refused(f, "GET /v1/events/0", "", 404, "no event 0");
	refused(f, "GET /v1/events/99999", "", 404, "those from 1 to");
	refused(f, "GET /v1/events/x", "", 404, "by its number");
	refused(f,
	    "GET /v1/targets?name="
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    "", 400, "128");
	refused(f, "GET /v1/status", "Transfer-Encoding: chunked\r\n", 411, "Content-Length");
	refused(f, "POST /v1/pause", "Content-Length: 65537\r\n", 413, "65536");
	refused(f, "GET /v1/status", "Expect: more\r\n", 417, "100-continue");
}

TEST(test_methods_have_their_resources)
{
	struct answer a = ask(*state, "POST /v1/status", "");

	assert_int_equal(a.status, 405);
	assert_true(answer_has(&a, "Allow: GET, HEAD"));
	answer_done(&a);
	a = ask(*state, "DELETE /v1/targets/t1", "");
	assert_int_equal(a.status, 405);
	answer_done(&a);
	a = ask(*state, "GET /v1/reload", "");
	assert_int_equal(a.status, 405);
	assert_true(answer_has(&a, "Allow: POST"));
	answer_done(&a);
	a = ask(*state, "BREW /nothing", "");
	assert_int_equal(a.status, 404);
	answer_done(&a);
}

TEST(test_head_is_get_without_the_body)
{
	static const char *const paths[] = {"/", "/healthz", "/readyz", "/metrics", "/v1/status",
	    "/v1/targets", "/v1/targets/t1", "/v1/targets/t1/probes", "/v1/groups", "/v1/events",
	    "/v1/events/1", "/v1/events?follow=1", "/v1/targets/none"};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(paths); i++) {
		char bytes[256];
		nsec_t started = 0;
		struct client *c = client_new(f);

		(void)snprintf(bytes, sizeof(bytes),
		    "HEAD %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", paths[i]);
		client_send(c, bytes);
		while (!client_read(c))
			assert_true(fixture_turn(f, &started));
		assert_non_null(c->bytes);
		if (strncmp(c->bytes, i + 1 == COUNT(paths) ? "HTTP/1.1 404 " : "HTTP/1.1 200 ",
			13) != 0 ||
		    strstr(c->bytes, "\r\n\r\n") + 4 != c->bytes + c->len)
			fail_msg("%s: %s", paths[i], c->bytes);
		client_free(c);
	}
}

TEST(test_without_engine_only_what_needs_none_is_answered)
{
	struct fixture *f = *state;
	struct answer a;

	f->no_engine = true;
	refused(f, "GET /v1/status", "", 503, "no engine yet");
	refused(f, "GET /v1/targets/t1", "", 503, "");
	refused(f, "GET /metrics", "", 503, "");
	refused(f, "GET /v1/events", "", 503, "");
	refused(f, "POST /v1/pause", "Content-Length: 9\r\n\r\ntarget=t1", 503, "");
	a = ask(f, "GET /v1/groups", "");
	assert_true(answer_has(&a, "Retry-After: 1"));
	answer_done(&a);
	a = ask(f, "GET /healthz", "");
	assert_int_equal(a.status, 200);
	answer_done(&a);
}

TEST(test_commands_reach_the_daemon_with_their_fields)
{
	struct fixture *f = *state;
	struct answer a;
	json_t *json;

	f->command_answer = "t1 is paused for 2h";
	a = ask(f, "POST /v1/pause",
	    "Content-Type: application/x-www-form-urlencoded; charset=utf-8\r\n"
	    "Content-Length: 33\r\n\r\ntarget=t1&for=2h&why=new%20fibre!");
	assert_int_equal(a.status, 200);
	assert_int_equal(f->command, HTTP_PAUSE);
	assert_string_equal(f->command_fields, "target=t1;for=2h;why=new fibre!;");
	json = parse(&a);
	assert_string_equal(member(json, "message"), "t1 is paused for 2h");
	json_decref(json);
	answer_done(&a);
	a = ask(f, "POST /v1/resume", "Content-Length: 9\r\n\r\ntarget=t1");
	assert_int_equal(a.status, 200);
	assert_int_equal(f->command, HTTP_RESUME);
	answer_done(&a);
}

TEST(test_commands_that_fail)
{
	struct fixture *f = *state;

	f->command_result = -ENOENT;
	f->command_answer = "there is no target \"x\"";
	refused(f, "POST /v1/pause", "Content-Length: 8\r\n\r\ntarget=x", 404, "no target \"x\"");
	f->command_result = -EINVAL;
	refused(f, "POST /v1/pause", "", 400, "no target");
	f->command_result = -EIO;
	f->command_answer = "";
	refused(f, "POST /v1/reload", "", 500, "could not be done");
	assert_int_equal(f->commands, 3);
	refused(f, "POST /v1/pause", "Content-Length: 7\r\n\r\ntaget=x", 400,
	    "it knows target, for, why.");
	refused(f, "POST /v1/pause", "Content-Length: 8\r\n\r\ntarget=%", 400, "'%'");
	refused(f, "POST /v1/pause?target=x", "", 400, "in its body");
	refused(f, "POST /v1/pause",
	    "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 415,
	    "application/x-www-form-urlencoded");
	refused(f, "POST /v1/pause", "Origin: http://localhost:8080\r\n", 403, "web pages");
	assert_int_equal(f->commands, 3);
}

TEST(test_command_with_nul_in_its_body_is_refused)
{
	static const char bytes[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
				    "Content-Length: 9\r\n\r\ntarget=\0t";
	struct answer a = ask_raw(*state, bytes, sizeof(bytes) - 1);

	assert_int_equal(a.status, 400);
	answer_done(&a);
}

TEST(test_reload_is_answered_when_it_is_done)
{
	struct fixture *f = *state;
	struct client *a = client_new(f), *b = client_new(f);
	struct answer answer;
	json_t *json, *errors;

	client_send(a, "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
	client_send(b, "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_UNTIL(f, f->commands == 2);
	for (int i = 0; i < 10; i++) {
		nsec_t started = 0;

		assert_true(fixture_turn(f, &started));
		assert_false(client_answer(a, 0, false, &answer));
	}
	http_reload_done(f->http, false, "a.conf:3: x: \"y\"\na.conf:9: z\n");
	WAIT_UNTIL(f, client_answer(a, 0, false, &answer));
	assert_int_equal(answer.status, 422);
	json = parse(&answer);
	errors = json_object_get(json, "errors");
	assert_int_equal(json_array_size(errors), 2);
	assert_string_equal(json_string_value(json_array_get(errors, 0)), "a.conf:3: x: \"y\"");
	assert_non_null(strstr(member(json, "detail"), "refused"));
	json_decref(json);
	answer_done(&answer);
	WAIT_UNTIL(f, client_answer(b, 0, false, &answer));
	assert_int_equal(answer.status, 422);
	answer_done(&answer);
	/* the connection is still good */
	client_send(b, "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_UNTIL(f, f->commands == 3);
	http_reload_done(f->http, true, "");
	b->len = 0;
	WAIT_UNTIL(f, client_answer(b, 0, false, &answer));
	assert_int_equal(answer.status, 200);
	json = parse(&answer);
	assert_non_null(member(json, "message"));
	json_decref(json);
	answer_done(&answer);
	client_free(a);
	client_free(b);
}

TEST(test_reload_that_ends_at_once_is_answered)
{
	struct fixture *f = *state;

	f->reload_at_once = true;
	refused(f, "POST /v1/reload", "", 422, "refused");
	http_reload_done(f->http, true, "");
}

TEST(test_reload_outlives_a_client_that_went_away)
{
	struct fixture *f = *state;
	struct client *c = client_new(f);

	client_send(c, "POST /v1/reload HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_UNTIL(f, f->commands == 1);
	client_free(c);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
	http_reload_done(f->http, true, "");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_status_tells_of_daemon_and_measurement),
	    CASE(test_targets_lists_all_with_the_window_asked_for),
	    CASE(test_targets_are_filtered),
	    CASE(test_target_has_three_windows_and_the_one_asked_for),
	    CASE(test_probes_are_the_last_ones),
	    CASE(test_groups_have_quorum_and_state),
	    CASE(test_metrics_in_both_formats),
	    CASE(test_health_and_readiness),
	    CASE(test_index_lists_the_resources),
	    CASE(test_events_since_an_id_or_a_time),
	    CASE(test_events_of_one_target_and_one_event),
	    CASE(test_refusals),
	    CASE(test_methods_have_their_resources),
	    CASE(test_head_is_get_without_the_body),
	    CASE(test_without_engine_only_what_needs_none_is_answered),
	    CASE(test_commands_reach_the_daemon_with_their_fields),
	    CASE(test_commands_that_fail),
	    CASE(test_command_with_nul_in_its_body_is_refused),
	    CASE(test_reload_is_answered_when_it_is_done),
	    CASE(test_reload_that_ends_at_once_is_answered),
	    CASE(test_reload_outlives_a_client_that_went_away),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
