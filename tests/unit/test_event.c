/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The journal: ids that count from 1, a ring that forgets the oldest, priorities.
 */
#include <stdlib.h>

#include "unit.h"

#include "core/event.h"

static struct event_journal *
journal_new(uint32_t capacity)
{
	struct event_journal *journal = malloc(event_journal_bytes(capacity));

	assert_int_equal(
	    event_journal_bytes(capacity), sizeof(*journal) + capacity * sizeof(struct event));
	assert_non_null(journal);
	memset(journal, 0xa5, event_journal_bytes(capacity));
	event_journal_init(journal, capacity);
	return journal;
}

TEST(test_event_journal_forgets_the_oldest)
{
	struct event_journal *journal = journal_new(3);
	struct event e = {.kind = EVENT_INTERRUPTION, .id = 99};

	assert_true(event_journal_oldest(journal) == 1);
	assert_null(event_journal_get(journal, 0));
	assert_null(event_journal_get(journal, 1));
	for (uint64_t id = 1; id <= 10; id++) {
		e.value = (int64_t)id;
		assert_true(event_journal_add(journal, &e) == id);
		assert_true(event_journal_oldest(journal) == (id <= 3 ? 1 : id - 2));
		for (uint64_t k = 0; k <= id + 1; k++) {
			const struct event *got = event_journal_get(journal, k);
			bool held = k >= event_journal_oldest(journal) && k <= id;

			assert_int_equal(got != NULL, held);
			if (held) {
				assert_true(got->id == k);
				assert_int_equal(got->value, k);
			}
		}
	}
	assert_null(event_journal_get(journal, UINT64_MAX));
	free(journal);
}

TEST(test_event_journal_takes_a_copy_of_its_own_event)
{
	struct event_journal *journal = journal_new(2);
	struct event e = {.kind = EVENT_STATE, .target = "a"};

	(void)event_journal_add(journal, &e);
	assert_true(event_journal_add(journal, event_journal_get(journal, 1)) == 2);
	assert_true(event_journal_add(journal, event_journal_get(journal, 1)) == 3);
	assert_string_equal(event_journal_get(journal, 3)->target, "a");
	free(journal);
}

TEST(test_event_journal_without_room_only_counts)
{
	struct event_journal *journal = journal_new(0);
	struct event e = {0};

	assert_true(event_journal_add(journal, &e) == 1);
	assert_true(event_journal_add(journal, &e) == 2);
	assert_true(event_journal_oldest(journal) == 3);
	assert_null(event_journal_get(journal, 2));
	free(journal);
}

TEST(test_event_kinds_have_a_word_each)
{
	for (int a = 0; a < EVENT_KIND_COUNT; a++) {
		assert_true(event_kind_text((enum event_kind)a)[0] >= 'a');
		for (int b = 0; b < a; b++)
			assert_string_not_equal(event_kind_text((enum event_kind)a),
			    event_kind_text((enum event_kind)b));
	}
	assert_string_equal(event_kind_text((enum event_kind)EVENT_KIND_COUNT), "?");
}

TEST(test_event_priority_of_a_return_is_a_notice_and_of_trouble_a_warning)
{
	static const struct {
		struct event e;
		int priority;
	} cases[] = {
	    {{.kind = EVENT_STATE, .state = STATE_DOWN, .prev = STATE_UP}, 4},
	    {{.kind = EVENT_STATE, .state = STATE_DEGRADED, .prev = STATE_DOWN}, 4},
	    {{.kind = EVENT_STATE, .state = STATE_UNKNOWN, .prev = STATE_UP}, 4},
	    {{.kind = EVENT_STATE, .state = STATE_UP, .prev = STATE_DEGRADED}, 5},
	    {{.kind = EVENT_STATE, .state = STATE_UP, .prev = STATE_UNKNOWN}, 5},
	    {{.kind = EVENT_STATE, .state = STATE_PAUSED, .prev = STATE_UP}, 5},
	    {{.kind = EVENT_STATE, .state = STATE_UNKNOWN, .prev = STATE_PAUSED}, 5},
	    {{.kind = EVENT_STATE, .state = STATE_DOWN, .suppressed = 1}, 6},
	    {{.kind = EVENT_GROUP_STATE, .state = STATE_DOWN}, 4},
	    {{.kind = EVENT_GROUP_STATE, .state = STATE_UP}, 5},
	    {{.kind = EVENT_RELOAD, .ok = 1}, 6},
	    {{.kind = EVENT_RELOAD}, 4},
	    {{.kind = EVENT_RX_DROPS}, 4},
	    {{.kind = EVENT_ALARM_CLEARED}, 5},
	    {{.kind = EVENT_START}, 6},
	    {{.kind = EVENT_KIND_COUNT}, 5},
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(event_priority(&cases[i].e), cases[i].priority);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_event_journal_forgets_the_oldest),
	    cmocka_unit_test(test_event_journal_takes_a_copy_of_its_own_event),
	    cmocka_unit_test(test_event_journal_without_room_only_counts),
	    cmocka_unit_test(test_event_kinds_have_a_word_each),
	    cmocka_unit_test(test_event_priority_of_a_return_is_a_notice_and_of_trouble_a_warning),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
