/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Following a ring: each probe once, when it is decided.
 */
#include "unit.h"

#include "ctl/probe_log.h"

#define RING_MAX 64

/* Probes first..last of a ring, one a second; one of them is in flight. Returns how many are to be
 * shown, and the last one of them. */
static size_t
answer(struct probe_log *log, uint32_t first, uint32_t last, uint32_t in_flight, uint32_t *ret_last)
{
	struct probe_entry entries[RING_MAX];
	size_t n = 0, shown = 0;

	assert_true(last - first < RING_MAX);
	for (uint32_t i = first; i <= last; i++)
		entries[n++] = (struct probe_entry){
		    .sent_wall_ns = i * NSEC_PER_SEC, .seq = i & 0xffff, .decided = i != in_flight};
	(void)probe_log_update(log, entries, n);
	for (size_t i = 0; i < n; i++) {
		if (!entries[i].show)
			continue;
		shown++;
		*ret_last = first + (uint32_t)i;
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
	probe_log_done(&log);
}

TEST(test_probe_log_does_not_go_back)
{
	struct probe_log log;
	uint32_t last;

	probe_log_init(&log);
	assert_int_equal(answer(&log, 40, 41, 0, &last), 2); /* two were asked for */
	assert_int_equal(answer(&log, 1, 42, 0, &last), 1); /* the ring has more */
	assert_int_equal(last, 42);
	assert_int_equal(answer(&log, 1, 42, 0, &last), 0);
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
	struct probe_entry entries[] = {
	    {.sent_wall_ns = 5, .seq = 7, .decided = true},
	    {.sent_wall_ns = 5, .seq = 7, .flow = 1, .decided = true},
	    {.sent_wall_ns = 5, .seq = 7, .kind = 1, .decided = true},
	};
	struct probe_log log;

	probe_log_init(&log);
	assert_true(probe_log_update(&log, entries, 1));
	assert_true(probe_log_update(&log, entries, 3));
	assert_false(entries[0].show);
	assert_true(entries[1].show);
	assert_true(entries[2].show);
	probe_log_done(&log);
}

TEST(test_probe_log_tells_when_there_may_be_a_hole)
{
	struct probe_entry entries[] = {
	    {.seq = 1, .decided = true}, {.seq = 2, .decided = true}, {.seq = 9, .decided = true}};
	struct probe_log log;

	probe_log_init(&log);
	assert_true(probe_log_update(&log, entries, 0)); /* nothing */
	assert_true(probe_log_update(&log, entries, 1)); /* nothing before */
	assert_true(probe_log_update(&log, entries, 2));
	assert_false(probe_log_update(&log, entries + 2, 1));
	assert_true(entries[2].show);
	assert_true(probe_log_update(&log, entries, 0));
	probe_log_done(&log);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_probe_log_shows_each_probe_once),
	    cmocka_unit_test(test_probe_log_does_not_go_back),
	    cmocka_unit_test(test_probe_log_shows_a_slow_one_when_it_is_decided),
	    cmocka_unit_test(test_probe_log_sequences_that_wrap_are_new),
	    cmocka_unit_test(test_probe_log_flow_and_kind_tell_probes_apart),
	    cmocka_unit_test(test_probe_log_tells_when_there_may_be_a_hole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
