/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Targets as JSON: as the contract shows them, read back by another library, with hostile strings
 * and in buffers of every size.
 */
#include "unit.h"

#include "core/render_json.h"
#include "json_text.h"
#include "fixture.h"

static struct report
gateway(void)
{
	const struct settings *s = fixture_settings();

	return (struct report){
	    .name = "isp-gw",
	    .group = "wan",
	    .host = "192.0.2.1",
	    .address = {.family = 4, .bytes = {192, 0, 2, 1}},
	    .settings = s,
	    .target = &settings_targets(s)[FIXTURE_GATEWAY],
	    .state = STATE_DEGRADED,
	    .since_wall_ns = AT,
	    .reason = "loss 12.5% > 5% over 1m",
	    .interval_ns = 500 * NSEC_PER_MSEC,
	    .totals = {.attempts = 172600,
		.sent = 172600,
		.answered = 172525,
		.lost = 75,
		.causes[LABEL_TIMEOUT] = 75,
		.late = 2,
		.extra = 14},
	    .windows_n = 1,
	    .windows = {{.window_ns = 300 * NSEC_PER_SEC,
		.complete = true,
		.sent = 600,
		.answered = 525,
		.lost = 75,
		.min_ns = 10900000,
		.mean_ns = 14900000,
		.p50_ns = 11800000,
		.p90_ns = 31000000,
		.p95_ns = 48200000,
		.p99_ns = 120300000,
		.max_ns = 310400000,
		.stddev_ns = 12200000,
		.jitter_ns = 3100000,
		.loss_run_max = 12}},
	    .has_last = true,
	    .last_outcome = OUTCOME_ANSWERED,
	    .last_rtt_ns = 11812345,
	    .last_ttl = 57,
	    .last_error = {.present = true,
		.cause = {.kind = CAUSE_ICMP,
		    .family = 4,
		    .type = 3,
		    .code = 1,
		    .from = {.family = 4, .bytes = {198, 51, 100, 9}}},
		.at_wall_ns = AT - 55119000000},
	    .alarms_n = 1,
	    .alarms = {{.name = "loss",
		.raise_text = "loss > 5% over 1m",
		.active = true,
		.has_value = true,
		.value_is_ratio = true,
		.value = 125000,
		.since_wall_ns = AT}},
	    .last_event = 4711,
	};
}

TEST(test_render_json_target_of_the_contract)
{
	struct report r = gateway();

	render_json_target(empty(), &r);
	assert_string_equal(json_buf,
	    "{\"name\":\"isp-gw\",\"group\":\"wan\",\"host\":\"192.0.2.1\",\"address\":\"192.0.2."
	    "1\","
	    "\"family\":4,\"labels\":{\"site\":\"fra1\"},\"state\":\"degraded\","
	    "\"since\":\"2026-11-23T10:41:07.120Z\",\"reason\":\"loss 12.5% > 5% over 1m\","
	    "\"suppressed_by\":null,\"interval_ms\":500,\"totals\":{\"attempts\":172600,"
	    "\"sent\":172600,\"answered\":172525,\"lost\":75,\"late\":2,\"stale\":0,"
	    "\"unreachable\":0,\"unmeasured\":0,\"unsent\":0,\"in_flight\":0,\"duplicates\":0,"
	    "\"reordered\":0,\"corrupt\":0,\"foreign\":0,\"extra\":14},"
	    "\"causes\":{\"timeout\":75},\"windows\":[{"
	    "\"window_s\":300,\"sent\":600,\"answered\":525,\"lost\":75,\"late\":0,"
	    "\"unreachable\":0,\"unmeasured\":0,\"unsent\":0,\"loss_ratio\":0.125,\"rtt_ms\":{"
	    "\"min\":10.9,\"mean\":14.9,\"p50\":11.8,\"p90\":31,\"p95\":48.2,\"p99\":120.3,"
	    "\"max\":310.4,\"stddev\":12.2},\"jitter_ms\":3.1,\"loss_run_max\":12}],\"last\":{"
	    "\"outcome\":\"answered\",\"rtt_ms\":11.812345,\"reply_ttl\":57,\"cause\":null},"
	    "\"last_error\":{\"kind\":\"icmp\",\"type\":3,\"code\":1,\"text\":\"host unreachable\","
	    "\"rfc\":\"RFC "
	    "792\",\"from\":\"198.51.100.9\",\"errno\":null,\"at\":\"2026-11-23T10:40:12.001Z\"},"
	    "\"alarms\":[{\"name\":\"loss\",\"active\":true,\"since\":\"2026-11-23T10:41:07.120Z\","
	    "\"value\":0.125,\"unit\":\"ratio\",\"raise\":\"loss > 5% over 1m\"}],"
	    "\"last_event\":4711}");
	json_decref(parsed());
}

TEST(test_render_json_target_without_data_has_null_and_nothing_made_up)
{
	struct report r = gateway();
	json_t *root, *window;

	memset(&r.address, 0, sizeof(r.address));
	r.windows_n = 3;
	r.windows[0] = (struct sample_window){.window_ns = 60 * NSEC_PER_SEC,
	    .complete = true,
	    .sent = 1,
	    .unmeasured = 1,
	    .min_ns = -1,
	    .mean_ns = -1,
	    .p50_ns = -1,
	    .p90_ns = -1,
	    .p95_ns = -1,
	    .p99_ns = -1,
	    .max_ns = -1,
	    .stddev_ns = -1,
	    .jitter_ns = -1};
	r.windows[1] = r.windows[2] = r.windows[0];
	r.windows[1].complete = false; /* not covered: absent */
	r.has_last = false;
	r.last_error.present = false;
	r.alarms[0].has_value = false;
	r.alarms[0].since_wall_ns = 0;
	render_json_target(empty(), &r);
	root = parsed();
	assert_true(json_is_null(json_object_get(root, "address")));
	assert_true(json_is_null(json_object_get(root, "family")));
	assert_true(json_is_null(json_object_get(root, "last")));
	assert_true(json_is_null(json_object_get(root, "last_error")));
	assert_null(json_object_get(root, "strip"));
	assert_int_equal(json_array_size(json_object_get(root, "windows")), 2);
	window = json_array_get(json_object_get(root, "windows"), 0);
	assert_null(json_object_get(window, "loss_ratio"));
	assert_true(json_is_null(json_object_get(window, "jitter_ms")));
	assert_true(json_is_null(json_object_get(json_object_get(window, "rtt_ms"), "p50")));
	window = json_array_get(json_object_get(root, "alarms"), 0);
	assert_true(json_is_null(json_object_get(window, "value")));
	assert_true(json_is_null(json_object_get(window, "since")));
	json_decref(root);
}

TEST(test_render_json_target_that_many_answer_lists_them)
{
	const struct responders responders = {.n = 1,
	    .displaced = 2,
	    .list = {{.address = {.family = 4, .bytes = {192, 0, 2, 9}},
		.replies = 7,
		.last_ns = 0,
		.last_rtt_ns = 1500000,
		.last_ttl = -1}}};
	struct report r = gateway();

	r.responders = &responders;
	r.wall_offset_ns = AT;
	render_json_target(empty(), &r);
	assert_non_null(strstr(json_buf,
	    ",\"responders\":[{\"address\":\"192.0.2.9\",\"replies\":7,\"rtt_ms\":1.5,"
	    "\"reply_ttl\":null,\"at\":\"2026-11-23T10:41:07.120Z\"}],"
	    "\"responders_displaced\":2,"));
	json_decref(parsed());
}

TEST(test_render_json_target_with_several_alarms_and_an_unanswered_probe)
{
	struct report r = gateway();
	json_t *root, *second, *last;

	r.alarms_n = 2;
	r.alarms[1] = (struct report_alarm){.name = "slow",
	    .raise_text = "p95 > 100ms over 2m",
	    .has_value = true,
	    .value = 48200000};
	r.last_outcome = OUTCOME_LOST;
	r.last_rtt_ns = r.last_ttl = -1;
	r.last_cause = (struct cause){.kind = CAUSE_TIMEOUT};
	render_json_target(empty(), &r);
	root = parsed();
	second = json_array_get(json_object_get(root, "alarms"), 1);
	assert_true(json_is_false(json_object_get(second, "active")));
	assert_true(json_real_value(json_object_get(second, "value")) == 48.2);
	assert_string_equal(json_string_value(json_object_get(second, "unit")), "ms");
	last = json_object_get(root, "last");
	assert_true(json_is_null(json_object_get(last, "rtt_ms")));
	assert_true(json_is_null(json_object_get(last, "reply_ttl")));
	assert_string_equal(
	    json_string_value(json_object_get(json_object_get(last, "cause"), "text")), "timeout");
	json_decref(root);
}

/* A report of which more is said than it has room for. */
TEST(test_render_json_target_never_reads_beyond_its_report)
{
	struct report r = gateway();
	json_t *root;

	r.windows_n = REPORT_WINDOWS_MAX + 1;
	r.alarms_n = SETTINGS_TARGET_ALARMS_MAX + 1;
	for (int i = 1; i < REPORT_WINDOWS_MAX; i++)
		r.windows[i] = r.windows[0];
	for (int i = 1; i < SETTINGS_TARGET_ALARMS_MAX; i++)
		r.alarms[i] = r.alarms[0];
	render_json_target(empty(), &r);
	root = parsed();
	assert_int_equal(json_array_size(json_object_get(root, "windows")), REPORT_WINDOWS_MAX);
	assert_int_equal(
	    json_array_size(json_object_get(root, "alarms")), SETTINGS_TARGET_ALARMS_MAX);
	json_decref(root);
}

TEST(test_render_json_target_with_hostile_strings_is_read_back)
{
	const struct settings *s = fixture_settings();
	struct report r = gateway();
	json_t *root, *labels;

	r.target = &settings_targets(s)[FIXTURE_HOSTILE];
	r.host = settings_text(s, r.target->host);
	r.suppressed_by = "a\"b";
	(void)snprintf(r.reason, sizeof(r.reason), "no such name \"x\"\n\x01\xff</script>");
	render_json_target(empty(), &r);
	assert_null(strchr(json_buf, '\n'));
	assert_null(strstr(json_buf, "</"));
	root = parsed();
	assert_string_equal(
	    json_string_value(json_object_get(root, "host")), "a\"b\\c\n|\x1b\xef\xbf\xbd");
	assert_string_equal(json_string_value(json_object_get(root, "suppressed_by")), "a\"b");
	assert_string_equal(json_string_value(json_object_get(root, "reason")),
	    "no such name \"x\"\n\x01\xef\xbf\xbd</script>");
	labels = json_object_get(root, "labels");
	assert_int_equal(json_object_size(labels), 5);
	assert_string_equal(
	    json_string_value(json_object_get(labels, "group")), "a\"b\\c\nd\xef\xbf\xbd");
	json_decref(root);
}

TEST(test_render_json_target_in_a_short_buffer_says_so)
{
	struct report r = gateway();
	static char whole[sizeof(json_buf)];
	struct text t;
	size_t len;

	render_json_target(empty(), &r);
	memcpy(whole, json_buf, sizeof(json_buf));
	len = strlen(whole);
	for (size_t cap = 1; cap <= len + 1; cap++) {
		memset(json_buf, 'x', sizeof(json_buf));
		text_init(&t, json_buf, cap);
		render_json_target(&t, &r);
		assert_int_equal(t.overflow, cap <= len);
		assert_int_equal(json_buf[cap], 'x');
		assert_int_equal(strlen(json_buf), t.len);
	}
	assert_string_equal(json_buf, whole);
}

TEST(test_render_json_strip_has_a_member_for_each_column)
{
	struct report r = gateway();
	json_t *root, *strip;

	for (int i = 0; i < REPORT_COLUMNS; i++)
		r.strip[i] = (struct sample_column){
		    .answered = (uint32_t)i, .lost = 1, .p50_ns = i == 0 ? -1 : i * NSEC_PER_MSEC};
	render_json_target(empty(), &r);
	root = parsed();
	strip = json_object_get(root, "strip");
	assert_int_equal(json_integer_value(json_object_get(strip, "span_s")), 600);
	assert_int_equal(json_array_size(json_object_get(strip, "answered")), REPORT_COLUMNS);
	assert_int_equal(json_array_size(json_object_get(strip, "lost")), REPORT_COLUMNS);
	assert_true(json_is_null(json_array_get(json_object_get(strip, "p50_ms"), 0)));
	assert_int_equal(
	    json_integer_value(json_array_get(json_object_get(strip, "p50_ms"), 10)), 10);
	json_decref(root);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_render_json_target_of_the_contract),
	    cmocka_unit_test(test_render_json_target_without_data_has_null_and_nothing_made_up),
	    cmocka_unit_test(test_render_json_target_that_many_answer_lists_them),
	    cmocka_unit_test(test_render_json_target_with_several_alarms_and_an_unanswered_probe),
	    cmocka_unit_test(test_render_json_target_never_reads_beyond_its_report),
	    cmocka_unit_test(test_render_json_target_with_hostile_strings_is_read_back),
	    cmocka_unit_test(test_render_json_target_in_a_short_buffer_says_so),
	    cmocka_unit_test(test_render_json_strip_has_a_member_for_each_column),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
