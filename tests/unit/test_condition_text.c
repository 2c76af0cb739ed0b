/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The grammar of conditions: every form is read and written again, every mistake gets a sentence
 * that says what to write.
 */
#include "unit.h"

#include "core/condition.h"

#define WHY 200

static const char *
why_not(const char *text)
{
	static char why[WHY];
	struct condition c, before;

	memset(&c, 0xa5, sizeof(c));
	before = c;
	why[0] = '\0';
	if (condition_parse(text, &c, why, sizeof(why)))
		fail_msg("\"%s\" parses", text);
	assert_memory_equal(&c, &before, sizeof(c));
	return why;
}

TEST(test_condition_text_reads_every_metric_comparison_and_span)
{
	static const struct {
		const char *text;
		struct condition c;
	} cases[] = {
	    {"loss == 100% over 5 probes",
		{CONDITION_LOSS, CONDITION_EQ, .span_probes = 5, .value = 1000000}},
	    {"loss == 0% over 1 probe", {CONDITION_LOSS, CONDITION_EQ, .span_probes = 1}},
	    {"loss > 5% over 1m", {CONDITION_LOSS, CONDITION_GT, 0, 0, NSEC_PER_MIN, 50000}},
	    {"late >= 0.0001% over 10s",
		{CONDITION_LATE, CONDITION_GE, 0, 0, 10 * NSEC_PER_SEC, 1}},
	    {"unreachable < 99.9999% over 1h",
		{CONDITION_UNREACHABLE, CONDITION_LT, 0, 0, NSEC_PER_HOUR, 999999}},
	    {"unsent <= 100% over 36000 probes",
		{CONDITION_UNSENT, CONDITION_LE, .span_probes = 36000, .value = 1000000}},
	    {"unmeasured > 2.5% over 1d",
		{CONDITION_UNMEASURED, CONDITION_GT, 0, 0, NSEC_PER_DAY, 25000}},
	    {"min > 1us over 1s", {CONDITION_MIN, CONDITION_GT, 0, 0, NSEC_PER_SEC, 1000}},
	    {"mean > 1ms over 1s", {CONDITION_MEAN, CONDITION_GT, 0, 0, NSEC_PER_SEC, 1000000}},
	    {"p50 > 0s over 1s", {CONDITION_P50, CONDITION_GT, 0, 0, NSEC_PER_SEC, 0}},
	    {"p90 > 1s over 1s", {CONDITION_P90, CONDITION_GT, 0, 0, NSEC_PER_SEC, NSEC_PER_SEC}},
	    {"p95 > 100ms over 2m",
		{CONDITION_P95, CONDITION_GT, 0, 0, 2 * NSEC_PER_MIN, 100 * NSEC_PER_MSEC}},
	    {"p99 > 1m over 1s", {CONDITION_P99, CONDITION_GT, 0, 0, NSEC_PER_SEC, NSEC_PER_MIN}},
	    {"max > 1.5us over 1s", {CONDITION_MAX, CONDITION_GT, 0, 0, NSEC_PER_SEC, 1500}},
	    {"jitter < 30ms over 90s",
		{CONDITION_JITTER, CONDITION_LT, 0, 0, 90 * NSEC_PER_SEC, 30 * NSEC_PER_MSEC}},
	};
	char why[WHY], text[64];

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct condition c;

		if (!condition_parse(cases[i].text, &c, why, sizeof(why)))
			fail_msg("%s: %s", cases[i].text, why);
		assert_memory_equal(&c, &cases[i].c, sizeof(c));
		assert_string_equal(condition_format(&c, text, sizeof(text)), cases[i].text);
	}
}

TEST(test_condition_text_needs_no_particular_spaces)
{
	static const char *const cases[] = {"loss>5%over 1m", "  loss\t>  5%   over\t1m ",
	    "loss >5% over 1m", "loss> 5% over 60s", "loss > 5.0% over 1m"};
	struct condition c;
	char why[WHY], text[64];

	assert_string_equal(why_not(cases[0]),
	    "a condition is METRIC OP VALUE over SPAN: write for example \"loss > 5% over 1m\"");
	for (size_t i = 1; i < COUNT(cases); i++) {
		assert_true(condition_parse(cases[i], &c, why, sizeof(why)));
		assert_string_equal(condition_format(&c, text, sizeof(text)), "loss > 5% over 1m");
	}
}

TEST(test_condition_text_says_what_is_wrong_and_what_to_write)
{
	static const char form[] =
	    "a condition is METRIC OP VALUE over SPAN: write for example \"loss > 5% over 1m\"";
	static const char *const cases[][2] = {
	    {"", form},
	    {"loss", form},
	    {"loss > 5%", form},
	    {"loss > 5% over", form},
	    {"loss > 5% for 1m", form},
	    {"loss > 5% over 5 probes now", form},
	    {"loss > 5% over 1m 1m 1m 1m 1m 1m", form},
	    {"loss > 5% over 1234567890123456789012345678901234567890s", form},
	    {"Loss > 5% over 1m",
		"unknown metric \"Loss\": write loss, late, unreachable, unsent, unmeasured, min, "
		"mean, p50, p90, p95, p99, max or jitter"},
	    {"loss => 5% over 1m", "unknown comparison \"=>\": write >, >=, <, <= or =="},
	    {"loss != 5% over 1m", "unknown comparison \"!=\": write >, >=, <, <= or =="},
	    {"loss > 5 over 1m", "loss is a share: \"5\" must be a percentage like 5%"},
	    {"loss > 101% over 1m", "loss is a share: \"101%\" must be a percentage like 5%"},
	    {"loss > 0x10% over 1m", "loss is a share: \"0x10%\" must be a percentage like 5%"},
	    {"loss > 0.00001% over 1m",
		"loss is a share: \"0.00001%\" must be a percentage like 5%"},
	    {"loss > 5ms over 1m", "loss is a share: \"5ms\" must be a percentage like 5%"},
	    {"p95 > 100 over 1m", "p95 is a time: \"100\" must be a duration like 100ms"},
	    {"p95 > 5% over 1m", "p95 is a time: \"5%\" must be a duration like 100ms"},
	    {"loss == 5% over 1m", "== goes only with 0% and 100%: write > or < instead"},
	    {"max == 5ms over 1m", "== goes only with 0% and 100%: write > or < instead"},
	    {"loss > 5% over 0s",
		"the span \"0s\" is neither a duration like 1m nor a number of probes like \"5 "
		"probes\""},
	    {"loss > 5% over 60",
		"the span \"60\" is neither a duration like 1m nor a number of probes like \"5 "
		"probes\""},
	    {"loss > 5% over 5 pings",
		"the span \"5 pings\" is neither a duration like 1m nor a number of probes like "
		"\"5 probes\""},
	    {"loss > 5% over 0 probes", "\"0 probes\" is no span: write 1 to 36000 probes"},
	    {"loss > 5% over -5 probes", "\"-5 probes\" is no span: write 1 to 36000 probes"},
	    {"loss > 5% over 36001 probes", "\"36001 probes\" is no span: write 1 to 36000 probes"},
	    {"loss > 5% over 18446744073709551621 probes",
		"\"18446744073709551621 probes\" is no span: write 1 to 36000 probes"},
	    {"loss > 5% over 1.5 probes", "\"1.5 probes\" is no span: write 1 to 36000 probes"},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(why_not(cases[i][0]), cases[i][1]);
}

TEST(test_condition_text_short_buffers_are_never_overrun)
{
	char why[24], text[12];
	struct condition c;

	memset(why, 'x', sizeof(why));
	assert_false(condition_parse("nonsense > 1ms over 1m", &c, why, 20));
	assert_int_equal(why[19], '\0');
	assert_int_equal(why[20], 'x');
	memset(text, 'x', sizeof(text));
	assert_true(condition_parse("unreachable > 5% over 36000 probes", &c, why, sizeof(why)));
	(void)condition_format(&c, text, 8);
	assert_string_equal(text, "unreach");
	assert_int_equal(text[8], 'x');
}

TEST(test_condition_span_in_samples_is_rounded_up)
{
	struct condition c = {.span_ns = NSEC_PER_MIN};

	assert_int_equal(condition_span_samples(&c, NSEC_PER_SEC), 60);
	assert_int_equal(condition_span_samples(&c, 7 * NSEC_PER_SEC), 9);
	assert_int_equal(condition_span_samples(&c, NSEC_PER_MIN), 1);
	assert_int_equal(condition_span_samples(&c, NSEC_PER_MIN + 1), 1);
	c.span_ns = 36525 * NSEC_PER_DAY;
	assert_int_equal(condition_span_samples(&c, 10 * NSEC_PER_MSEC), UINT32_MAX);
	c.span_probes = 5;
	assert_int_equal(condition_span_samples(&c, NSEC_PER_SEC), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_condition_text_reads_every_metric_comparison_and_span),
	    cmocka_unit_test(test_condition_text_needs_no_particular_spaces),
	    cmocka_unit_test(test_condition_text_says_what_is_wrong_and_what_to_write),
	    cmocka_unit_test(test_condition_text_short_buffers_are_never_overrun),
	    cmocka_unit_test(test_condition_span_in_samples_is_rounded_up),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
