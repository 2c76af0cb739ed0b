/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Lines for scripts, lines of events, sentences of refusals.
 */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "core/text.h"
#include "ctl/client_error.h"
#include "ctl/event_print.h"
#include "ctl/jv.h"
#include "ctl/overview.h"
#include "ctl/targets.h"
#include "ctl_samples.h"

#define WINDOW (5 * NSEC_PER_MIN)

TEST(test_lines_plain_lines_have_a_field_for_each_column)
{
	static const char *const documents[] = {ISP_JSON, NAS_JSON, "{}"};
	char header[1024], line[2048];
	size_t columns = 0;
	struct text t;

	text_init(&t, header, sizeof(header));
	targets_plain_header(&t);
	for (const char *c = header; *c != '\0'; c++)
		columns += *c == '\t';
	for (size_t i = 0; i < COUNT(documents); i++) {
		struct json_t *target = jv_parse(documents[i], strlen(documents[i]));
		size_t tabs = 0;

		text_init(&t, line, sizeof(line));
		targets_plain_line(&t, target, WINDOW);
		for (const char *c = line; *c != '\0'; c++) {
			tabs += *c == '\t';
			assert_false(c[0] == '\t' && c[1] == '\t'); /* no field is empty */
		}
		assert_int_equal(tabs, columns);
		jv_free(target);
	}
}

TEST(test_lines_plain_values_are_those_of_the_json)
{
	struct json_t *target = jv_parse(ISP_JSON, strlen(ISP_JSON));
	char line[2048];
	struct text t;

	text_init(&t, line, sizeof(line));
	targets_plain_line(&t, target, WINDOW);
	assert_string_equal(line,
	    "isp-gw\twan\t192.0.2.1\t192.0.2.1\tdegraded\t2026-11-23T10:41:07.120Z\t500\t300\t600\t"
	    "525\t75\t0\t0\t0\t0\t0.125\t10.9\t14.9\t11.8\t31\t48.2\t120.3\t310.4\t12.2\t3.1\t12\t"
	    "answered\t11.812345\t-\t__,__*#*+x,\tloss 12.5% > 5% over 1m");
	jv_free(target);
}

TEST(test_lines_exit_status_is_the_worst_state)
{
	size_t states[STATE_COUNT] = {0};

	assert_int_equal(overview_exit_status(states), 0);
	states[STATE_UP] = states[STATE_PAUSED] = 1;
	assert_int_equal(overview_exit_status(states), 0);
	states[STATE_UNKNOWN] = 1;
	assert_int_equal(overview_exit_status(states), 1);
	states[STATE_UNKNOWN] = 0;
	states[STATE_DEGRADED] = 1;
	assert_int_equal(overview_exit_status(states), 1);
	states[STATE_DOWN] = 1;
	assert_int_equal(overview_exit_status(states), 2);
}

TEST(test_lines_events_and_gaps_are_told_apart)
{
	static const char *const events[] = {
	    "{\"id\":4711,\"at\":\"2026-11-23T10:41:07.120Z\",\"event\":\"state\",\"priority\":4,"
	    "\"target\":\"isp-gw\",\"state\":\"degraded\",\"message\":\"isp-gw DEGRADED: x\"}",
	    "{\"id\":4712,\"at\":\"2026-11-23T10:41:08.000Z\",\"event\":\"gap\",\"priority\":4,"
	    "\"target\":null,\"gap_ms\":5000,\"message\":\"no probe for 5s\"}",
	    "{\"event\":\"gap\",\"from_id\":3,\"to_id\":5,\"lost\":3}",
	    "{\"event\":\"gap\",\"from_id\":3,\"to_id\":3,\"lost\":1}",
	};
	struct out out = {.utf8 = true};
	char *text = NULL;
	size_t bytes;

	out.f = open_memstream(&text, &bytes);
	assert_non_null(out.f);
	for (size_t i = 0; i < COUNT(events); i++) {
		struct json_t *e = jv_parse(events[i], strlen(events[i]));

		event_print(&out, e);
		if (i == 2)
			event_print_plain(&out, e);
		jv_free(e);
	}
	(void)fclose(out.f);
	assert_string_equal(text,
	    "  4711  2026-11-23 10:41:07  isp-gw DEGRADED: x\n"
	    "  4712  2026-11-23 10:41:08  no probe for 5s\n"
	    "3 events (3 to 5) are no longer held\n"
	    "-\t-\tgap\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t-\t3 events (3 to 5) are no "
	    "longer held\n"
	    "event 3 is no longer held\n");
	free(text);
}

TEST(test_lines_refusals_say_what_the_daemon_said)
{
	static const char refused[] = "{\"title\":\"Unprocessable\",\"detail\":\"Refused.\","
				      "\"errors\":[\"a.conf:3: x\",\"a.conf:9: \\u001b[2J\"]}";
	static char error[CLIENT_ERROR_BYTES];

	client_error_of_refusal(error, 422, refused, strlen(refused));
	assert_string_equal(error, "Refused.\na.conf:3: x\na.conf:9: \\x1b[2J");
	client_error_of_refusal(error, 404, "{\"title\":\"Not Found\"}", 21);
	assert_string_equal(error, "Not Found");
	client_error_of_refusal(error, 500, "<html>", 6);
	assert_string_equal(error, "icmpmond answered with HTTP status 500");
	client_error_of_refusal(error, 503, NULL, 0);
	assert_string_equal(error, "icmpmond answered with HTTP status 503");
}

static int
set_up(void **state)
{
	(void)state;
	if (setlocale(LC_CTYPE, "C.UTF-8") == NULL || setenv("TZ", "UTC0", 1) != 0)
		return -1;
	tzset();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_lines_plain_lines_have_a_field_for_each_column),
	    cmocka_unit_test(test_lines_plain_values_are_those_of_the_json),
	    cmocka_unit_test(test_lines_exit_status_is_the_worst_state),
	    cmocka_unit_test(test_lines_events_and_gaps_are_told_apart),
	    cmocka_unit_test(test_lines_refusals_say_what_the_daemon_said),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
