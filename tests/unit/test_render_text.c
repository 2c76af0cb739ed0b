/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Log lines as the contract shows them, for every kind of event, with hostile strings, and at the
 * ends of their buffers.
 */
#include "unit.h"

#include "core/render_text.h"

#define MS NSEC_PER_MSEC

static const struct addr gateway = {.family = 4, .bytes = {192, 0, 2, 1}};

static const char *
line(const struct event *e)
{
	static char buf[RENDER_LINE_MAX];
	int len = render_event_line(e, buf, sizeof(buf));

	assert_int_equal(len, strlen(buf));
	return buf;
}

static struct event
degraded(void)
{
	return (struct event){.id = 4711,
	    .kind = EVENT_STATE,
	    .state = STATE_DEGRADED,
	    .prev = STATE_UP,
	    .prev_ns = 86412 * NSEC_PER_SEC,
	    .loss_ppm = 66667,
	    .p50_ns = 11800000,
	    .p95_ns = 48200000,
	    .sent = 120,
	    .answered = 112,
	    .address = gateway,
	    .target = "isp-gw",
	    .alarm = "loss",
	    .reason = "loss 6.7% > 5% over 1m"};
}

TEST(test_render_text_lines_of_the_contract)
{
	struct event e = degraded();

	assert_string_equal(line(&e),
	    "isp-gw (192.0.2.1) DEGRADED: loss 6.7% > 5% over 1m | event=state target=isp-gw "
	    "addr=192.0.2.1 state=degraded prev=up prev_s=86412 alarm=loss loss_ratio=0.067 "
	    "p50_ms=11.8 p95_ms=48.2 sent=120 answered=112 id=4711");
	e = (struct event){.id = 4712,
	    .kind = EVENT_STATE,
	    .state = STATE_UP,
	    .prev = STATE_DEGRADED,
	    .prev_ns = 572 * NSEC_PER_SEC,
	    .address = gateway,
	    .target = "isp-gw",
	    .alarm = "loss",
	    .reason = "loss 0.4% < 2% over 3m"};
	assert_string_equal(line(&e),
	    "isp-gw (192.0.2.1) UP again after 9m32s: loss 0.4% < 2% over 3m | event=state "
	    "target=isp-gw state=up prev=degraded prev_s=572 id=4712");
	e = (struct event){
	    .id = 1, .kind = EVENT_RELOAD, .ok = 1, .targets = 3, .added = 1, .value = 4200000};
	assert_string_equal(line(&e),
	    "configuration loaded: 3 targets (1 added, 0 removed, 0 changed) | event=reload ok=1 "
	    "took_ms=4");
}

static struct report
report(const char *name, struct sample_window w)
{
	struct report r = {.windows_n = 1, .windows = {w}};

	(void)snprintf(r.name, sizeof(r.name), "%s", name);
	return r;
}

static const char *
summary(const struct report *r)
{
	static char buf[RENDER_LINE_MAX];
	int len = render_summary_line(r, buf, sizeof(buf));

	assert_int_equal(len, strlen(buf));
	return buf;
}

TEST(test_render_text_summary_of_the_contract)
{
	struct report r = report("isp-gw", (struct sample_window){.window_ns = 5 * NSEC_PER_MIN,
					       .sent = 600,
					       .answered = 600,
					       .min_ns = 10900000,
					       .p50_ns = 11800000,
					       .p95_ns = 13100000,
					       .max_ns = 48200000,
					       .jitter_ns = 600000});

	assert_string_equal(summary(&r),
	    "isp-gw 5m: 600 sent, 0.0% loss, rtt 10.9/11.8/13.1/48.2 ms min/p50/p95/max | "
	    "event=summary target=isp-gw window_s=300 sent=600 answered=600 lost=0 late=0 "
	    "unreachable=0 min_ms=10.9 p50_ms=11.8 p95_ms=13.1 max_ms=48.2 jitter_ms=0.6");
}

TEST(test_render_text_summary_without_answers_or_attempts_makes_nothing_up)
{
	struct sample_window w = {.window_ns = 90 * NSEC_PER_SEC,
	    .min_ns = -1,
	    .p50_ns = -1,
	    .p95_ns = -1,
	    .max_ns = -1,
	    .jitter_ns = -1};
	struct report r = report("a b|c\n", w);

	assert_string_equal(summary(&r), "a b\\x7cc\\x0a 90s: 0 sent | event=summary target=\"a "
					 "b\\x7cc\\x0a\" window_s=90 sent=0 "
					 "answered=0 lost=0 late=0 unreachable=0");
	w.sent = w.lost = 5;
	w.late = 1;
	w.unsent = 2;
	r = report("x", w);
	assert_non_null(strstr(summary(&r), " unmeasured=0 unsent=2"));
	w.unmeasured = 1;
	r = report("x", w);
	assert_string_equal(summary(&r),
	    "x 90s: 5 sent, 2 unsent, 1 unmeasured, 100% loss | event=summary target=x window_s=90 "
	    "sent=5 answered=0 lost=5 late=1 unreachable=0 unmeasured=1 unsent=2");
}

TEST(test_render_text_summary_of_a_group_counts_since_the_last)
{
	struct report_group g = {.name = "wan",
	    .members = 3,
	    .states = {[STATE_UP] = 2, [STATE_DEGRADED] = 1},
	    .totals = {.sent = 2800, .answered = 2700, .lost = 75, .unreachable = 25, .late = 3}};
	struct totals before = {.sent = 1000, .answered = 1000, .late = 1};
	char buf[RENDER_LINE_MAX];

	(void)render_group_summary_line(&g, &before, 5 * NSEC_PER_MIN, buf, sizeof(buf));
	assert_string_equal(buf,
	    "group wan 5m: 3 targets (2 up, 1 degraded), 1800 sent, 5.6% loss | event=summary "
	    "group=wan window_s=300 targets=3 unknown=0 up=2 degraded=1 down=0 paused=0 sent=1800 "
	    "answered=1700 lost=75 late=2 unreachable=25");
	g.members = 1;
	g.states[STATE_UP] = 0;
	(void)render_group_summary_line(&g, &before, 5 * NSEC_PER_MIN, buf, sizeof(buf));
	assert_non_null(strstr(buf, "group wan 5m: 1 target (1 degraded), "));
	before = (struct totals){.sent = 5000}; /* members went at a reload */
	g = (struct report_group){.name = "wan", .totals = {.sent = 4000}};
	(void)render_group_summary_line(&g, &before, 5 * NSEC_PER_MIN, buf, sizeof(buf));
	assert_string_equal(buf,
	    "group wan 5m: 0 targets, 0 sent | event=summary group=wan window_s=300 targets=0 "
	    "unknown=0 up=0 degraded=0 down=0 paused=0 sent=0 answered=0 lost=0 late=0 "
	    "unreachable=0");
}

static const struct {
	struct event e;
	const char *line;
} lines_of_kinds[] = {
    {{.kind = EVENT_STATE,
	 .state = STATE_UP,
	 .prev = STATE_UNKNOWN,
	 .prev_ns = 1500 * MS,
	 .target = "192.0.2.1",
	 .address = {.family = 4, .bytes = {192, 0, 2, 1}},
	 .reason = "it answers"},
	"192.0.2.1 UP: it answers | event=state target=192.0.2.1 state=up prev=unknown "
	"prev_s=1 id=0"},
    {{.kind = EVENT_STATE,
	 .state = STATE_DOWN,
	 .prev = STATE_UP,
	 .suppressed = 1,
	 .loss_ppm = 1000000,
	 .p50_ns = -1,
	 .p95_ns = -1,
	 .sent = 5,
	 .target = "far",
	 .alarm = "down",
	 .cause = {.kind = CAUSE_ICMP,
	     .family = 4,
	     .type = 3,
	     .code = 1,
	     .from = {.family = 4, .bytes = {198, 51, 100, 9}}},
	 .reason = "loss 100% over 5 probes"},
	"far DOWN behind its parent, which is down: loss 100% over 5 probes | "
	"event=state target=far state=down prev=up prev_s=0 alarm=down loss_ratio=1 sent=5 "
	"answered=0 cause=host_unreachable icmp_type=3 icmp_code=1 rfc=792 from=198.51.100.9 "
	"suppressed=1 id=0"},
    {{.kind = EVENT_STATE,
	 .state = STATE_PAUSED,
	 .prev = STATE_UP,
	 .target = "far",
	 .reason = "paused: work on the line"},
	"far PAUSED: work on the line | event=state target=far state=paused prev=up "
	"prev_s=0 "
	"id=0"},
    {{.kind = EVENT_STATE, .state = STATE_PAUSED, .target = "far", .reason = "paused"},
	"far PAUSED | event=state target=far state=paused prev=unknown prev_s=0 id=0"},
    {{.kind = EVENT_STATE,
	 .prev = STATE_UP,
	 .prev_ns = -1,
	 .target = "far",
	 .reason = "no route to host for 12s"},
	"far UNKNOWN: no route to host for 12s | event=state target=far state=unknown "
	"prev=up prev_s=0 id=0"},
    {{.kind = EVENT_STATE,
	 .state = STATE_UP,
	 .prev = STATE_DOWN,
	 .prev_ns = 800 * MS,
	 .target = "far"},
	"far UP again after 0.8s | event=state target=far state=up prev=down prev_s=0 "
	"id=0"},
    {{.kind = EVENT_STATE, .state = STATE_PAUSED, .target = "far", .reason = "by hand"},
	"far PAUSED: by hand | event=state target=far state=paused prev=unknown prev_s=0 "
	"id=0"},
    {{.kind = EVENT_STATE, .state = STATE_COUNT, .target = "far"},
	"far ? | event=state target=far state=\"?\" prev=unknown prev_s=0 id=0"},
    {{.kind = EVENT_START, .targets = 1}, "started with 1 target | event=start targets=1 id=0"},
    {{.kind = EVENT_GROUP_STATE,
	 .state = STATE_DOWN,
	 .prev = STATE_UP,
	 .prev_ns = 3 * NSEC_PER_SEC,
	 .target = "wan",
	 .reason = "1 of 3 members answer"},
	"group wan DOWN: 1 of 3 members answer | event=group_state group=wan state=down "
	"prev=up prev_s=3 id=0"},
    {{.kind = EVENT_ALARM_RAISED,
	 .target = "far",
	 .alarm = "slow",
	 .loss_ppm = 400,
	 .p50_ns = 100 * MS,
	 .p95_ns = 128 * MS,
	 .sent = 2500,
	 .answered = 2499,
	 .reason = "p95 128ms > 100ms over 2m"},
	"far alarm slow raised: p95 128ms > 100ms over 2m | event=alarm_raised target=far "
	"alarm=slow loss_ratio=0.0004 p50_ms=100 p95_ms=128 sent=2500 answered=2499 id=0"},
    {{.kind = EVENT_ALARM_CLEARED,
	 .target = "far",
	 .alarm = "slow",
	 .reason = "p95 70ms < 80ms over 5m"},
	"far alarm slow cleared: p95 70ms < 80ms over 5m | event=alarm_cleared target=far "
	"alarm=slow id=0"},
    {{.kind = EVENT_ADDRESS, .target = "far", .reason = "the address is 192.0.2.9"},
	"far: the address is 192.0.2.9 | event=address target=far id=0"},
    {{.kind = EVENT_NAME_FAILED, .target = "far", .reason = "no such name"},
	"far: the name did not resolve: no such name | event=name_failed target=far id=0"},
    {{.kind = EVENT_SEND_FAILED,
	 .target = "far",
	 .cause = {.kind = CAUSE_SEND, .error = 113},
	 .reason = "no route to host"},
	"far: cannot send: no route to host | event=send_failed target=far cause=no_route "
	"errno=113 id=0"},
    {{.kind = EVENT_SEND_RESUMED, .target = "far"},
	"far: sending again | event=send_resumed target=far id=0"},
    {{.kind = EVENT_INTERRUPTION, .value = 5200 * MS, .reason = "we were stalled for 5.2 s"},
	"we were stalled for 5.2 s | event=interruption gap_ms=5200 id=0"},
    {{.kind = EVENT_RX_DROPS, .value = 12, .reason = "the kernel dropped 12 packets"},
	"the kernel dropped 12 packets | event=rx_drops packets=12 id=0"},
    {{.kind = EVENT_CLOCK_STEP, .value = -3600 * NSEC_PER_SEC, .reason = "the clock was set"},
	"the clock was set | event=clock_step step_ms=-3600000 id=0"},
    {{.kind = EVENT_OVERLOAD, .value = 3, .reason = "3 probes were skipped"},
	"3 probes were skipped | event=overload skipped=3 id=0"},
    {{.kind = EVENT_STUCK_FLOW, .target = "far", .reason = "another id is answered"},
	"far: stuck flow: another id is answered | event=stuck_flow target=far id=0"},
    {{.kind = EVENT_PAUSED, .target = "far", .reason = "paused: work"},
	"far paused: work | event=paused target=far id=0"},
    {{.kind = EVENT_RESUMED, .target = "far", .reason = "resumed, no data yet"},
	"far resumed, no data yet | event=resumed target=far id=0"},
    {{.kind = EVENT_RELOAD, .ok = 1, .targets = 1, .removed = 2, .changed = 3},
	"configuration loaded: 1 target (0 added, 2 removed, 3 changed) | event=reload "
	"ok=1"},
    {{.kind = EVENT_RELOAD, .reason = "icmpmond.conf:3: no such key"},
	"configuration refused, the running one stays: icmpmond.conf:3: no such key | "
	"event=reload ok=0"},
    {{.kind = EVENT_START, .targets = 2}, "started with 2 targets | event=start targets=2 id=0"},
    {{.kind = EVENT_KIND_COUNT, .reason = "?"}, "? | event=\"?\" id=0"},
};

TEST(test_render_text_every_kind_of_event_has_its_line)
{
	uint32_t seen = 0;

	for (size_t i = 0; i < COUNT(lines_of_kinds); i++) {
		assert_string_equal(line(&lines_of_kinds[i].e), lines_of_kinds[i].line);
		seen |= UINT32_C(1) << lines_of_kinds[i].e.kind;
	}
	assert_int_equal(seen, (UINT32_C(2) << EVENT_KIND_COUNT) - 1);
}

TEST(test_render_text_strings_from_outside_cannot_forge_a_line_or_a_field)
{
	struct event e = {.kind = EVENT_NAME_FAILED,
	    .target = "a\n<0>b | event=state state=up",
	    .reason = "x | event=state\r\n\x1b[2J\xff"};

	assert_string_equal(line(&e),
	    "a\\x0a<0>b \\x7c event=state state=up: the name did not resolve: x \\x7c "
	    "event=state\\x0d\\x0a\\x1b[2J\\xff | event=name_failed "
	    "target=\"a\\x0a<0>b \\x7c event=state state=up\" id=0");
}

TEST(test_render_text_fields_of_the_journal_are_unescaped_and_complete)
{
	struct event e = degraded();
	struct render_field fields[RENDER_FIELDS_MAX];
	char store_bytes[RENDER_FIELDS_BYTES], key[RENDER_KEY_MAX];
	struct text store;
	uint32_t n, hidden = 0;

	(void)snprintf(e.reason, sizeof(e.reason), "a|b\n");
	text_init(&store, store_bytes, sizeof(store_bytes));
	n = render_event_fields(&e, &store, fields);
	assert_int_equal(n, 14);
	assert_string_equal(fields[1].key, "target");
	assert_string_equal(fields[1].value, "isp-gw");
	assert_string_equal(render_journal_key(fields[1].key, key), "ICMPMON_TARGET");
	for (uint32_t i = 0; i < n; i++) {
		hidden += fields[i].journal_only;
		if (strcmp(fields[i].key, "reason") == 0)
			assert_string_equal(fields[i].value, "a|b\n");
	}
	assert_int_equal(hidden, 1);
	assert_string_equal(render_journal_key("prev_s", key), "ICMPMON_PREV_S");
	assert_string_equal(render_journal_key("a_key_that_is_longer_than_any_key_can_be", key),
	    "ICMPMON_A_KEY_THAT_IS_LONGER_THAN_ANY_K");
}

TEST(test_render_text_fields_beyond_the_store_are_left_out_whole)
{
	struct event e = degraded();

	for (size_t bytes = 1; bytes < 120; bytes++) {
		struct render_field fields[RENDER_FIELDS_MAX];
		char small[120];
		struct text store;
		uint32_t n;

		text_init(&store, small, bytes);
		n = render_event_fields(&e, &store, fields);
		for (uint32_t i = 0; i < n; i++) {
			assert_true(fields[i].value >= small);
			assert_true(fields[i].value + strlen(fields[i].value) < small + bytes);
			if (strcmp(fields[i].key, "state") == 0)
				assert_string_equal(fields[i].value, "degraded");
			if (strcmp(fields[i].key, "target") == 0)
				assert_string_equal(fields[i].value, "isp-gw");
			if (strcmp(fields[i].key, "id") == 0)
				assert_string_equal(fields[i].value, "4711");
		}
	}
}

/* The longest of everything, none of it in need of escapes. */
TEST(test_render_text_longest_line_fits)
{
	struct event e = degraded();

	memset(e.target, 'n', sizeof(e.target) - 1);
	memset(e.alarm, 'a', sizeof(e.alarm) - 1);
	memset(e.reason, 'r', sizeof(e.reason) - 1);
	memset(&e.address, 0xff, sizeof(e.address));
	e.address.family = 6;
	e.id = e.sent = e.answered = UINT64_MAX;
	e.prev_ns = e.p50_ns = e.p95_ns = NSEC_NEVER;
	e.loss_ppm = 999999;
	e.suppressed = 1;
	assert_true(strlen(line(&e)) < RENDER_LINE_MAX - 1);
	assert_non_null(strstr(line(&e), " id=18446744073709551615"));
	e.kind = EVENT_ALARM_RAISED;
	assert_non_null(strstr(line(&e), " id=18446744073709551615"));
}

TEST(test_render_text_lines_are_cut_off_at_the_end_of_the_buffer)
{
	struct event e = degraded();
	char whole[RENDER_LINE_MAX], buf[RENDER_LINE_MAX];
	int len = render_event_line(&e, whole, sizeof(whole));

	for (int bytes = 1; bytes <= len + 1; bytes++) {
		memset(buf, 'x', sizeof(buf));
		assert_int_equal(render_event_line(&e, buf, (size_t)bytes), bytes - 1);
		assert_memory_equal(buf, whole, (size_t)bytes - 1);
		assert_int_equal(buf[bytes - 1], '\0');
		assert_int_equal(buf[bytes], 'x');
	}
}

TEST(test_render_text_message_ids_are_32_digits_and_differ)
{
	for (int a = 0; a < EVENT_KIND_COUNT; a++) {
		const char *id = render_message_id((enum event_kind)a);

		assert_int_equal(strspn(id, "0123456789abcdef"), 32);
		assert_int_equal(strlen(id), 32);
		assert_string_not_equal(id, RENDER_MESSAGE_ID_SUMMARY);
		for (int b = 0; b < a; b++)
			assert_string_not_equal(id, render_message_id((enum event_kind)b));
	}
	assert_non_null(render_message_id((enum event_kind)EVENT_KIND_COUNT));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_render_text_lines_of_the_contract),
	    cmocka_unit_test(test_render_text_summary_of_the_contract),
	    cmocka_unit_test(test_render_text_summary_without_answers_or_attempts_makes_nothing_up),
	    cmocka_unit_test(test_render_text_summary_of_a_group_counts_since_the_last),
	    cmocka_unit_test(test_render_text_every_kind_of_event_has_its_line),
	    cmocka_unit_test(test_render_text_strings_from_outside_cannot_forge_a_line_or_a_field),
	    cmocka_unit_test(test_render_text_fields_of_the_journal_are_unescaped_and_complete),
	    cmocka_unit_test(test_render_text_fields_beyond_the_store_are_left_out_whole),
	    cmocka_unit_test(test_render_text_longest_line_fits),
	    cmocka_unit_test(test_render_text_lines_are_cut_off_at_the_end_of_the_buffer),
	    cmocka_unit_test(test_render_text_message_ids_are_32_digits_and_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
