/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What people see, out of JSON as the daemon renders it.
 */
#include "unit.h"

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include "ctl/jv.h"
#include "ctl/overview.h"
#include "ctl/targets.h"
#include "ctl/view.h"
#include "ctl_samples.h"

#define NOW (INT64_C(1795430659) * NSEC_PER_SEC) /* 2026-11-23T10:44:19Z */
#define WINDOW (5 * NSEC_PER_MIN)

struct page {
	struct out out;
	char *text;
	size_t bytes;
};

static struct page
page_begin(int width)
{
	struct page p = {.out = {.width = width, .utf8 = true}};

	return p;
}

static FILE *
page_open(struct page *p)
{
	p->out.f = open_memstream(&p->text, &p->bytes);
	assert_non_null(p->out.f);
	return p->out.f;
}

static void
page_is(struct page *p, const char *expected)
{
	(void)fclose(p->out.f);
	assert_string_equal(p->text, expected);
	free(p->text);
	p->text = NULL;
}

static void
add(struct targets *t, const char *json)
{
	struct json_t *v = jv_parse(json, strlen(json));

	assert_non_null(v);
	targets_add(t, v, WINDOW);
	jv_free(v);
}

static void
add_in_state(struct targets *t, const char *name, const char *state, const char *parent)
{
	char json[512];

	(void)snprintf(json, sizeof(json),
	    "{\"name\":\"%s\",\"address\":\"203.0.113.5\",\"state\":\"%s\",\"reason\":\"because\","
	    "\"suppressed_by\":%s,\"since\":\"2026-11-23T10:44:00.000Z\",\"windows\":[]}",
	    name, state, parent);
	add(t, json);
}

TEST(test_view_is_the_sample_of_the_manual)
{
	struct json_t *status = jv_parse(STATUS_JSON, strlen(STATUS_JSON));
	struct page p = page_begin(0);
	struct targets t;

	(void)page_open(&p);
	targets_init(&t, false, true);
	add(&t, NAS_JSON);
	add(&t, ISP_JSON);
	targets_sort(&t);
	view_daemon(&p.out, status, NOW);
	view_table(&p.out, &t, 0, "5m", NOW);
	view_reasons(&p.out, &t, 0, 9, NOW);
	page_is(&p,
	    "icmpmond 0.1.0  up 12d4h   3 targets: 2 up, 1 degraded   5 probes/s   send lag p99 "
	    "0.21 "
	    "ms   rx drops 0\n"
	    "TARGET   ADDRESS      STATE      FOR     LOSS 5m       P50       P95      MAX   LAST "
	    "10 "
	    "MIN\n"
	    "isp-gw   192.0.2.1    DEGRADED   3m11s    12.5 %   11.8 ms   48.2 ms   310 ms   "
	    "▁▁▂▁▁▇█▇▆×▂\n"
	    "nas      192.0.2.40   up         2d1h      0.0 %   0.21 ms   0.35 ms   2.1 ms   "
	    "·▁▂▁\n"
	    "isp-gw: loss 12.5% > 5% over 1m (since 10:41:07). Try: icmpctl show isp-gw\n");
	targets_done(&t);
	jv_free(status);
}

TEST(test_view_worst_first_and_as_they_came)
{
	struct page p = page_begin(0);
	struct targets t;

	(void)page_open(&p);
	targets_init(&t, false, true);
	add_in_state(&t, "paused", "paused", "null");
	add_in_state(&t, "up-1", "up", "null");
	add_in_state(&t, "down-1", "down", "\"up-1\"");
	add_in_state(&t, "unknown", "unknown", "null");
	add_in_state(&t, "down-2", "down", "null");
	add_in_state(&t, "down-3", "down", "null");
	add_in_state(&t, "degraded", "degraded", "null");
	add_in_state(&t, "odd", "frobnicated", "null");
	targets_sort(&t);
	for (size_t i = 0; i < t.n; i++)
		(void)fprintf(p.out.f, "%s ", t.rows[i].name);
	page_is(&p, "down-2 down-3 down-1 degraded unknown odd up-1 paused ");
	targets_done(&t);
}

TEST(test_view_reasons_name_a_cure_and_are_bounded)
{
	struct page p = page_begin(0);
	struct targets t;

	(void)page_open(&p);
	targets_init(&t, false, true);
	add_in_state(&t, "gw", "down", "null");
	add_in_state(&t, "far", "down", "\"gw\"");
	add_in_state(&t, "nas", "paused", "null");
	add_in_state(&t, "ok", "up", "null");
	targets_sort(&t);
	view_reasons(&p.out, &t, 0, 3, NOW);
	(void)fputs("--\n", p.out.f);
	view_reasons(&p.out, &t, 0, 2, NOW);
	page_is(&p, "gw: because (since 10:44:00). Try: icmpctl show gw\n"
		    "far: behind gw, which is down (since 10:44:00). Try: icmpctl show gw\n"
		    "nas: because (since 10:44:00). Try: icmpctl resume nas\n"
		    "--\n"
		    "gw: because (since 10:44:00). Try: icmpctl show gw\n"
		    "and 2 more in the table that are not up\n");
	targets_done(&t);
}

TEST(test_view_a_narrow_terminal_keeps_what_matters)
{
	struct page p = page_begin(36);
	struct targets t;

	(void)page_open(&p);
	targets_init(&t, false, true);
	add(&t, ISP_JSON);
	view_table(&p.out, &t, 0, "5m", NOW);
	view_reasons(&p.out, &t, 0, 9, NOW);
	page_is(&p, "TARGET  STATE     LOSS 5m      P50\n"
		    "isp-gw  DEGRADED   12.5 %  11.8 ms\n"
		    "isp-gw: loss 12.5% > 5% over 1m. Try: icmpctl show isp-gw\n");
	targets_done(&t);
}

TEST(test_view_a_name_cannot_move_the_cursor)
{
	struct page p = page_begin(0);
	struct targets t;

	(void)page_open(&p);
	targets_init(&t, false, true);
	add(&t, "{\"name\":\"a\\u001b[2J\",\"address\":\"\\u009b1m\",\"state\":\"down\","
		"\"reason\":\"x\\ny\"}");
	view_table(&p.out, &t, 0, "5m", NOW);
	view_reasons(&p.out, &t, 0, 9, NOW);
	(void)fflush(p.out.f);
	assert_null(strchr(p.text, '\033'));
	assert_null(strstr(p.text, "\xc2\x9b"));
	assert_non_null(strstr(p.text, "a\\x1b[2J: x\\x0ay. Try"));
	(void)fclose(p.out.f);
	free(p.text);
	targets_done(&t);
}

TEST(test_view_a_refused_reload_is_told)
{
	static const char json[] =
	    "{\"version\":\"0.1.0\",\"instance\":\"b\",\"uptime_s\":60,\"rx_dropped\":1234,"
	    "\"targets\":{\"total\":1,\"up\":1},\"config\":{\"loaded_at\":"
	    "\"2026-11-23T09:00:00.000Z\",\"last_reload_error\":\"f:3: bad\\nf:4: worse\"}}";
	struct json_t *status = jv_parse(json, strlen(json));
	struct page p = page_begin(40);

	(void)page_open(&p);
	view_daemon(&p.out, status, NOW);
	page_is(&p, "icmpmond 0.1.0 (b)  up 1m\n"
		    "1 target: 1 up   0 probes/s\n"
		    "send lag p99 -   rx drops 1,234\n"
		    "the last reload was refused, the configuration of 09:00:00 stays: f:3: bad\n");
	jv_free(status);
}

TEST(test_view_target_tells_all_and_why)
{
	struct json_t *target = jv_parse(ISP_JSON, strlen(ISP_JSON));
	struct page p = page_begin(0);

	(void)page_open(&p);
	view_target(&p.out, target, NOW);
	page_is(&p,
	    "isp-gw  192.0.2.1  DEGRADED for 3m11s (since 10:41:07)\n"
	    "why          loss 12.5% > 5% over 1m\n"
	    "host         192.0.2.1   group wan   every 500ms\n"
	    "labels       site=fra1\n"
	    "last probe   answered in 11.8 ms, reply TTL 57\n"
	    "last error   host unreachable (ICMP type 3 code 1, RFC 792) from 198.51.100.9, "
	    "10:40:12 (4m6s ago)\n"
	    "totals       172,600 sent, 172,525 answered, 75 lost, 2 late replies, 14 "
	    "extra probes; "
	    "loss <0.1 %\n"
	    "last 10 min  ▁▁▂▁▁▇█▇▆×▂\n"
	    "\n"
	    "ALARM   IS           NOW   RAISED BY             SINCE\n"
	    "loss    RAISED    12.5 %   loss > 5% over 1m     10:41:07\n"
	    "slow    clear    48.2 ms   p95 > 100ms over 2m   -\n"
	    "\n"
	    "over the last           5m\n"
	    "sent                   600\n"
	    "answered               525\n"
	    "lost                    75\n"
	    "loss                12.5 %\n"
	    "longest loss run        12\n"
	    "RTT min            10.9 ms\n"
	    "RTT mean           14.9 ms\n"
	    "RTT p50            11.8 ms\n"
	    "RTT p90            31.0 ms\n"
	    "RTT p95            48.2 ms\n"
	    "RTT p99             120 ms\n"
	    "RTT max             310 ms\n"
	    "RTT std. dev.      12.2 ms\n"
	    "jitter (IPDV)       3.1 ms\n");
	jv_free(target);
}

TEST(test_view_target_without_anything_does_not_fail)
{
	struct json_t *target = jv_parse("{}", 2);
	struct page p = page_begin(0);

	(void)page_open(&p);
	view_target(&p.out, target, NOW);
	page_is(&p, "?  unknown\n"
		    "why          no data yet\n"
		    "host         -\n"
		    "last probe   no probe has ended yet\n"
		    "totals       0 sent, 0 answered, 0 lost\n");
	jv_free(target);
}

TEST(test_view_target_tells_causes_and_who_answers)
{
	static const char json[] =
	    "{\"causes\":{\"timeout\":1200,\"host_unreachable\":3},\"responders\":["
	    "{\"address\":\"192.0.2.9\",\"replies\":70,\"rtt_ms\":1.5,"
	    "\"at\":\"2026-11-23T10:41:07.120Z\"}]}";
	struct json_t *target = jv_parse(json, sizeof(json) - 1);
	struct page p = page_begin(0);

	(void)page_open(&p);
	view_target(&p.out, target, NOW);
	page_is(&p, "?  unknown\n"
		    "why          no data yet\n"
		    "host         -\n"
		    "last probe   no probe has ended yet\n"
		    "totals       0 sent, 0 answered, 0 lost\n"
		    "causes       1,200 timeout, 3 host_unreachable\n"
		    "\n"
		    "RESPONDER   REPLIES   LAST RTT   LAST REPLY\n"
		    "192.0.2.9        70     1.5 ms   10:41:07\n");
	jv_free(target);
}

TEST(test_view_more_targets_than_rows_are_counted)
{
	const struct targets_filter filter = {.window = "5m"};
	const struct overview_limits limits = {2, 1};
	struct overview o = {.status = jv_parse(STATUS_JSON, strlen(STATUS_JSON))};
	struct page p = page_begin(0);

	(void)page_open(&p);
	targets_init(&o.targets, false, true);
	add_in_state(&o.targets, "a", "down", "null");
	add_in_state(&o.targets, "b", "down", "null");
	add_in_state(&o.targets, "c", "down", "null");
	add_in_state(&o.targets, "d", "paused", "null");
	overview_count(&o.targets, o.states);
	o.states[STATE_UP] = 4000; /* not asked for */
	overview_print(&p.out, &o, &filter, &limits, NOW);
	page_is(&p, "TARGET   ADDRESS       STATE   FOR   LOSS 5m   P50   P95   MAX   LAST 10 MIN\n"
		    "a        203.0.113.5   DOWN    19s         -     -     -     -   -\n"
		    "b        203.0.113.5   DOWN    19s         -     -     -     -   -\n"
		    "and 4,002 more: 1 down, 4,000 up, 1 paused. All: icmpctl list\n"
		    "and 2 more in the table that are not up\n");
	assert_int_equal(overview_exit_status(o.states), 2);
	overview_done(&o);
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
	    cmocka_unit_test(test_view_is_the_sample_of_the_manual),
	    cmocka_unit_test(test_view_worst_first_and_as_they_came),
	    cmocka_unit_test(test_view_reasons_name_a_cure_and_are_bounded),
	    cmocka_unit_test(test_view_a_narrow_terminal_keeps_what_matters),
	    cmocka_unit_test(test_view_a_name_cannot_move_the_cursor),
	    cmocka_unit_test(test_view_a_refused_reload_is_told),
	    cmocka_unit_test(test_view_target_tells_all_and_why),
	    cmocka_unit_test(test_view_target_without_anything_does_not_fail),
	    cmocka_unit_test(test_view_target_tells_causes_and_who_answers),
	    cmocka_unit_test(test_view_more_targets_than_rows_are_counted),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
