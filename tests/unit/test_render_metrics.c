/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Metrics of a small engine in both formats, held against the rules of the formats: one TYPE for
 * each family, families in one piece, no series twice, labels and numbers well-formed, histograms
 * that add up, # EOF.
 */
#include <stdlib.h>

#include "unit.h"

#include "core/icmp.h"
#include "core/monitor.h"
#include "core/render_metrics.h"
#include "fixture.h"
#include "metrics_check.h"

#define S NSEC_PER_SEC
#define START (1000 * S)
#define TEXT_MAX 262144

static struct monitor *monitor;
static void *arena;
static char all[TEXT_MAX]; /* a whole scrape */

static const struct render_daemon about = {.version = "0.1.0",
    .instance = "a\"b\\\n",
    .started_wall_ns = 1795430467120000000,
    .stamps = "",
    .rx_mode = {"raw", "raw"},
    .config_file = "",
    .last_reload_ok = true,
    .last_reload_error = "",
    .resolve_failures = 3,
    .log_dropped = UINT64_MAX,
    .cpu_ns = 1250 * NSEC_PER_MSEC,
    .resident_bytes = 4096,
    .virtual_bytes = -1, /* not known: no series */
    .open_fds = 0,
    .max_fds = 1024};
static const struct metrics_filter everything = {NULL, NULL};

static void
reply(const struct probe_out *out, nsec_t rx_ns)
{
	struct rx_meta meta = {.path = RX_DGRAM,
	    .from = out->to,
	    .rx_ns = rx_ns,
	    .kernel_stamp = true,
	    .full_bytes = out->len_bytes,
	    .hop_limit = 57,
	    .dscp = -1};
	uint8_t packet[128];

	memcpy(packet, out->head, out->head_bytes);
	memcpy(packet + out->head_bytes, probe_pattern() + out->head_bytes - ICMP_HEADER_BYTES,
	    out->len_bytes - out->head_bytes);
	packet[0] = out->to.family == 4 ? 0 : 129;
	monitor_on_datagram(monitor, &meta, packet, out->len_bytes);
}

/* An engine that has just started. */
static int
setup_empty(void **state)
{
	const struct monitor_identity identity = {.key = {1, 2}, .epoch = 3, .seed = 4};
	const struct settings *s = fixture_settings();
	size_t bytes = (monitor_arena_bytes(s) + 63) / 64 * 64;

	(void)state;
	arena = aligned_alloc(64, bytes);
	assert_non_null(arena);
	memset(arena, 0, bytes);
	monitor = monitor_init(arena, s, &identity, START, START);
	return 0;
}

/* Lets it probe; all answer after a millisecond, but for one address. */
static void
run(nsec_t from, nsec_t until, const struct addr *silent)
{
	for (nsec_t now = from; now < until; now += 10 * NSEC_PER_MSEC) {
		struct probe_out out[PROBE_BATCH_MAX];
		size_t n;

		monitor_advance(monitor, now, now);
		while ((n = monitor_next_send(monitor, now, out, COUNT(out))) > 0) {
			struct probe_sent sent[PROBE_BATCH_MAX];

			for (size_t i = 0; i < n; i++)
				sent[i] = (struct probe_sent){
				    .number = out[i].number, .tx_ns = now, .tx_early_ns = now};
			monitor_on_sent(monitor, sent, n);
			for (size_t i = 0; i < n; i++) {
				if (!addr_equal(&out[i].to, silent))
					reply(&out[i], now + NSEC_PER_MSEC);
			}
		}
	}
}

/* Ten seconds: "isp-gw" and "nas" answer, "far" does not. */
static int
setup(void **state)
{
	const struct addr addresses[FIXTURE_TARGETS] = {{.family = 4, .bytes = {192, 0, 2, 1}},
	    {.family = 4, .bytes = {198, 51, 100, 7}},
	    {.family = 6, .bytes = {0x20, 1, 0x0d, 0xb8, [15] = 0x40}}};

	(void)setup_empty(state);
	for (uint32_t i = 0; i < FIXTURE_TARGETS; i++)
		monitor_on_address(monitor, START, i, &addresses[i], 1, 0, "");
	run(START, START + 10 * S, &addresses[FIXTURE_HOSTILE]);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	free(arena);
	return 0;
}

/* A whole scrape into all, in slices of a buffer of so many bytes. */
static void
scrape(bool openmetrics, size_t slice_bytes, const struct metrics_filter *filter)
{
	struct render_metrics_cursor cursor = {.openmetrics = openmetrics};
	char *slice = malloc(slice_bytes);
	size_t len = 0;
	bool more = true;

	assert_non_null(slice);
	for (int slices = 0; more; slices++) {
		struct text t;

		text_init(&t, slice, slice_bytes);
		more = render_metrics_slice(&cursor, monitor, START + 10 * S, &about, filter, &t);
		assert_false(t.overflow);
		assert_true(len + t.len < sizeof(all));
		memcpy(all + len, slice, t.len + 1);
		len += t.len;
		assert_true(slices < 10000);
	}
	free(slice);
}

/* Checks the scrape, which it takes apart. Returns how many series there were. */
static size_t
check(bool openmetrics)
{
	return metrics_check(all, openmetrics);
}

TEST(test_render_metrics_prometheus_text_is_valid)
{
	scrape(false, TEXT_MAX, &everything);
	assert_in_range(check(false), 200, 400);
}

TEST(test_render_metrics_openmetrics_text_is_valid)
{
	scrape(true, TEXT_MAX, &everything);
	assert_in_range(check(true), 200, 400);
}

TEST(test_render_metrics_lines_of_the_contract)
{
	static const char *const lines[] = {
	    "# TYPE icmpmon_probes_total counter\n",
	    "icmpmon_probes_total{target=\"isp-gw\",outcome=\"answered\"} 20\n",
	    "icmpmon_probes_total{target=\"far\",outcome=\"lost\"} 16\n",
	    "icmpmon_probe_causes_total{target=\"far\",cause=\"timeout\"} 16\n",
	    "icmpmon_extra_probes_total{kind=\"flowtest\",outcome=\"answered\"} 0\n",
	    "icmpmon_late_replies_total{target=\"isp-gw\"} 0\n",
	    "# TYPE icmpmon_rtt_seconds histogram\n",
	    "icmpmon_rtt_seconds_bucket{target=\"isp-gw\",le=\"0.0009765625\"} 0\n",
	    "icmpmon_rtt_seconds_bucket{target=\"isp-gw\",le=\"0.001953125\"} 20\n",
	    "icmpmon_rtt_seconds_bucket{target=\"isp-gw\",le=\"+Inf\"} 20\n",
	    "icmpmon_rtt_seconds_sum{target=\"isp-gw\"} 0.02\n",
	    "icmpmon_reply_ttl{target=\"isp-gw\"} 57\n",
	    "icmpmon_target_state{target=\"isp-gw\",state=\"up\"} 1\n",
	    "icmpmon_target_state{target=\"isp-gw\",state=\"down\"} 0\n",
	    "icmpmon_target_state{target=\"far\",state=\"down\"} 1\n",
	    "icmpmon_group_state{group=\"wan\",state=\"degraded\"} 1\n",
	    "icmpmon_alarm_active{target=\"far\",alarm=\"down\"} 1\n",
	    "icmpmon_target_info{target=\"isp-gw\",group=\"wan\",host=\"192.0.2.1\","
	    "address=\"192.0.2.1\",family=\"4\",site=\"fra1\"} 1\n",
	    "icmpmon_target_info{target=\"far\",group=\"wan\",host=\"a\\\"b\\\\c\\n|"
	    "\x1b\xef\xbf\xbd\","
	    "address=\"198.51.100.7\",family=\"4\",label_group=\"a\\\"b\\\\c\\nd\xef\xbf\xbd\","
	    "label_1_st=\"x\",label___name__=\"y\",a_b=\"first\"} 1\n",
	    "icmpmon_target_info{target=\"nas\",group=\"\",host=\"2001:db8::40\","
	    "address=\"2001:db8::40\",family=\"6\",Zone_Z_=\"1\",_a=\"2\",label_=\"3\"} 1\n",
	    "icmpmon_rx_dropped_total{family=\"4\"} 0\n",
	    "icmpmon_foreign_total 0\n",
	    "icmpmon_resolve_failures_total 3\n",
	    "icmpmon_log_dropped_total 18446744073709551615\n",
	    "icmpmon_config_last_reload_successful 1\n",
	    "icmpmon_build_info{version=\"0.1.0\",instance=\"a\\\"b\\\\\\n\"} 1\n",
	    "process_cpu_seconds_total 1.25\n",
	    "process_resident_memory_bytes 4096\n",
	    "process_open_fds 0\n",
	    "process_start_time_seconds 1795430467.12\n",
	};

	scrape(false, TEXT_MAX, &everything);
	for (size_t i = 0; i < COUNT(lines); i++) {
		if (strstr(all, lines[i]) == NULL)
			fail_msg("not there: %s%s", lines[i], all);
	}
	assert_null(strstr(all, "\nprocess_virtual_memory_bytes"));
	assert_null(strstr(all, "icmpmon_reply_ttl{target=\"far\"}")); /* it never answered */
}

TEST(test_render_metrics_do_not_depend_on_the_slices)
{
	static char whole[TEXT_MAX];

	for (int openmetrics = 0; openmetrics < 2; openmetrics++) {
		scrape(openmetrics, TEXT_MAX, &everything);
		memcpy(whole, all, sizeof(whole));
		for (size_t bytes = 4096; bytes < 20000; bytes += 1111) {
			scrape(openmetrics, bytes, &everything);
			assert_string_equal(all, whole);
		}
	}
}

/* The last line too may have to wait for a slice of its own. */
TEST(test_render_metrics_end_in_any_buffer)
{
	static char whole[TEXT_MAX];

	scrape(true, TEXT_MAX, &everything);
	memcpy(whole, all, sizeof(whole));
	for (size_t bytes = 2500; bytes < 4000; bytes += 11) {
		scrape(true, bytes, &everything);
		assert_string_equal(all, whole);
	}
	scrape(true, 100, &everything); /* less than a series: it is left out, whole */
	assert_non_null(strstr(all, "# EOF\n"));
	for (const char *line = all; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(*line == '#' || strchr(line, '\n')[-1] != '"');
}

/* Where not even "# EOF" fits it comes with the next slice, and nothing comes after it. */
TEST(test_render_metrics_last_line_may_need_a_slice_of_its_own)
{
	struct render_metrics_cursor cursor = {.openmetrics = true}, before;
	static char slice[TEXT_MAX];
	struct text t;
	size_t len;

	do {
		before = cursor;
		text_init(&t, slice, sizeof(slice));
	} while (render_metrics_slice(&cursor, monitor, START + 10 * S, &about, &everything, &t));
	len = t.len;
	text_init(&t, slice, len - 2);
	assert_true(
	    render_metrics_slice(&before, monitor, START + 10 * S, &about, &everything, &t));
	assert_int_equal(t.len, len - strlen("# EOF\n"));
	for (int again = 0; again < 2; again++) {
		text_init(&t, slice, sizeof(slice));
		assert_false(render_metrics_slice(
		    &before, monitor, START + 10 * S, &about, &everything, &t));
		assert_string_equal(slice, again ? "" : "# EOF\n");
	}
}

TEST(test_render_metrics_say_nothing_of_what_is_not_known)
{
	struct render_daemon unknown = about;
	struct render_metrics_cursor cursor = {0};
	static char slice[TEXT_MAX];
	struct text t;

	unknown.cpu_ns = unknown.resident_bytes = unknown.open_fds = unknown.max_fds = -1;
	text_init(&t, slice, sizeof(slice));
	while (render_metrics_slice(&cursor, monitor, START + 10 * S, &unknown, &everything, &t))
		;
	assert_false(t.overflow);
	for (const char *line = slice; *line != '\0'; line = strchr(line, '\n') + 1)
		assert_true(metrics_behind(line, "process_") == NULL ||
			    metrics_behind(line, "process_start_time_seconds ") != NULL);
}

/* Its attempts are unsent for want of an address, and counted. */
TEST(test_render_metrics_of_a_target_without_an_address)
{
	monitor_on_address(monitor, START, FIXTURE_ALONE, NULL, 0, 1, "no such name");
	run(START, START + 3 * S, NULL);
	scrape(false, TEXT_MAX, &everything);
	assert_non_null(strstr(all, "{target=\"nas\",group=\"\",host=\"2001:db8::40\",address=\"\","
				    "family=\"\""));
	assert_non_null(strstr(all, "icmpmon_probe_causes_total{target=\"nas\",cause=\"name\"} "));
	(void)check(false);
}

TEST(test_render_metrics_filter_concerns_targets_and_groups)
{
	static const struct metrics_filter far = {NULL, "f*"}, wan = {"wan", NULL},
					   none = {"x", "y"};

	scrape(true, TEXT_MAX, &far);
	assert_non_null(strstr(all, "{target=\"far\""));
	assert_null(strstr(all, "{target=\"isp-gw\""));
	assert_non_null(strstr(all, "process_open_fds"));
	scrape(true, TEXT_MAX, &wan);
	assert_non_null(strstr(all, "{target=\"isp-gw\""));
	assert_non_null(strstr(all, "{group=\"wan\""));
	assert_null(strstr(all, "{target=\"nas\""));
	scrape(true, TEXT_MAX, &none);
	assert_null(strstr(all, "{target="));
	assert_null(strstr(all, "{group="));
	(void)check(true);
}

TEST(test_render_metrics_series_of_a_target_begin_with_its_first_probe)
{
	scrape(false, TEXT_MAX, &everything);
	assert_null(strstr(all, "{target="));
	(void)check(false);
}

TEST(test_render_metrics_content_types)
{
	assert_string_equal(
	    render_metrics_content_type(false), "text/plain; version=0.0.4; charset=utf-8");
	assert_string_equal(render_metrics_content_type(true),
	    "application/openmetrics-text; version=1.0.0; charset=utf-8");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_prometheus_text_is_valid, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_openmetrics_text_is_valid, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_lines_of_the_contract, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_do_not_depend_on_the_slices, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_render_metrics_end_in_any_buffer, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_filter_concerns_targets_and_groups, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_series_of_a_target_begin_with_its_first_probe, setup_empty,
		teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_last_line_may_need_a_slice_of_its_own, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_say_nothing_of_what_is_not_known, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_render_metrics_of_a_target_without_an_address, setup_empty, teardown),
	    cmocka_unit_test(test_render_metrics_content_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
