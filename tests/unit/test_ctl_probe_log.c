/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Following a ring: each probe once, when it is decided.
 */
#include "unit.h"

#include "ctl/probe_log.h"

/* Probes first..last of a ring, one a second; those in undecided are in flight. Returns how many
 * are to be shown, and the last one of them. */
static int
answer(struct probe_log *log, uint32_t first, uint32_t last, uint32_t undecided, uint32_t *ret_last)
{
	int shown = 0;

	probe_log_begin(log);
	for (uint32_t i = first; i <= last; i++) {
		const struct probe_key key = {
		    .sent_wall_ns = i * NSEC_PER_SEC, .seq = i & 0xffff, .flow = 0, .kind = 0};

		if (!probe_log_take(log, &key, i != undecided))
			continue;
		shown++;
		*ret_last = i;
	}
	return shown;
}

TEST(test_probe_log_shows_each_probe_once)
{
	struct probe_log log;
	uint32_t last;

	probe_log_init(&log);
	assert_int_equal(answer(&log, 1, 20, 0, &last), 20);
	assert_int_equal(answer(&log, 1, 20, 0, &last), 0);
	assert_int_equal(answer(&log, 5, 23, 0, &last), 3);
	assert_int_equal(last, 23);
	assert_false(probe_log_missed(&log));
	probe_log_done(&log);
}

TEST(test_probe_log_shows_a_slow_one_when_it_is_decided)
{
	struct probe_log log;
	uint32_t last;

	probe_log_init(&log);
	assert_int_equal(answer(&log, 1, 10, 8, &last), 9);
	assert_int_equal(answer(&log, 3, 12, 8, &last), 2);
	assert_true(probe_log_wanted(&log) >= 5 + 2 * 2); /* 8 to 12, and new ones */
	assert_int_equal(answer(&log, 6, 13, 0, &last), 2); /* 8, then 13 */
	assert_int_equal(answer(&log, 6, 13, 0, &last), 0);
	probe_log_done(&log);
}

TEST(test_probe_log_sequences_that_wrap_are_new)
{
	struct probe_log log;
	uint32_t last;

	probe_log_init(&log);
	assert_int_equal(answer(&log, 65530, 65540, 0, &last), 11);
	assert_int_equal(answer(&log, 65530, 65541, 0, &last), 1);
	assert_int_equal(answer(&log, 65530 + 65536, 65541 + 65536, 0, &last), 12);
	probe_log_done(&log);
}

TEST(test_probe_log_flow_and_kind_tell_probes_apart)
{
	struct probe_key key = {.sent_wall_ns = 5, .seq = 7};
	struct probe_log log;

	probe_log_init(&log);
	probe_log_begin(&log);
	assert_true(probe_log_take(&log, &key, true));
	probe_log_begin(&log);
	assert_false(probe_log_take(&log, &key, true));
	key.flow = 1;
	assert_true(probe_log_take(&log, &key, true));
	key.kind = 1;
	assert_true(probe_log_take(&log, &key, true));
	probe_log_done(&log);
}

TEST(test_probe_log_tells_when_there_may_be_a_hole)
{
	struct probe_log log;
	uint32_t last;

	probe_log_init(&log);
	(void)answer(&log, 1, 20, 0, &last);
	assert_false(probe_log_missed(&log)); /* nothing before */
	(void)answer(&log, 20, 40, 0, &last);
	assert_false(probe_log_missed(&log));
	(void)answer(&log, 50, 60, 0, &last);
	assert_true(probe_log_missed(&log));
	probe_log_done(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_probe_log_shows_each_probe_once),
	    cmocka_unit_test(test_probe_log_shows_a_slow_one_when_it_is_decided),
	    cmocka_unit_test(test_probe_log_sequences_that_wrap_are_new),
	    cmocka_unit_test(test_probe_log_flow_and_kind_tell_probes_apart),
	    cmocka_unit_test(test_probe_log_tells_when_there_may_be_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
