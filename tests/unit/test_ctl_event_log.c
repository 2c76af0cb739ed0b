/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Following a journal over breaks and restarts of the daemon.
 */
#include "unit.h"

#include "ctl/event_log.h"

TEST(test_event_log_takes_each_event_once)
{
	struct event_log log;
	uint64_t since;

	event_log_init(&log);
	assert_false(event_log_resume(&log, &since));
	assert_int_equal(event_log_take(&log, 1, 100), EVENT_NEW);
	assert_int_equal(event_log_take(&log, 2, 200), EVENT_NEW);
	assert_int_equal(event_log_take(&log, 2, 200), EVENT_SEEN);
	assert_int_equal(event_log_take(&log, 1, 100), EVENT_SEEN);
	assert_int_equal(event_log_take(&log, 5, 500), EVENT_NEW); /* some were of other targets */
}

TEST(test_event_log_goes_on_when_the_journal_is_the_same)
{
	struct event_log log;
	uint64_t since;

	event_log_init(&log);
	(void)event_log_take(&log, 4711, 100);
	assert_true(event_log_resume(&log, &since));
	assert_int_equal(since, 4710);
	assert_int_equal(event_log_take(&log, 4711, 100), EVENT_SEEN);
	assert_int_equal(event_log_take(&log, 4712, 200), EVENT_NEW);
}

TEST(test_event_log_notices_another_journal)
{
	struct event_log log;
	uint64_t since;

	event_log_init(&log);
	(void)event_log_take(&log, 4711, 100);
	(void)event_log_resume(&log, &since);
	assert_int_equal(event_log_take(&log, 1, 900), EVENT_OTHER_JOURNAL);
	assert_int_equal(event_log_take(&log, 4711, 900), EVENT_OTHER_JOURNAL);
	assert_int_equal(event_log_take(&log, 4712, 901), EVENT_OTHER_JOURNAL);
	event_log_init(&log);
	assert_int_equal(event_log_take(&log, 1, 900), EVENT_NEW);
}

TEST(test_event_log_counts_in_a_gap_what_was_never_seen)
{
	struct event_log log;
	uint64_t from = 4710, since;

	event_log_init(&log);
	(void)event_log_take(&log, 4711, 100);
	(void)event_log_resume(&log, &since);
	assert_int_equal(event_log_gap(&log, &from, 4720), 9); /* 4712 to 4720 */
	assert_int_equal(from, 4712);
	assert_int_equal(event_log_take(&log, 4721, 200), EVENT_NEW);
	from = 4700;
	assert_int_equal(event_log_gap(&log, &from, 4720), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_event_log_takes_each_event_once),
	    cmocka_unit_test(test_event_log_goes_on_when_the_journal_is_the_same),
	    cmocka_unit_test(test_event_log_notices_another_journal),
	    cmocka_unit_test(test_event_log_counts_in_a_gap_what_was_never_seen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
