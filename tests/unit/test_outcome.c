/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The vocabulary: every value has its word, every cause its words, errno by this system's numbers.
 */
#include <errno.h>

#include "unit.h"

#include "core/outcome.h"
#include "core/probe.h"

TEST(test_outcome_words_are_those_of_the_contract)
{
	static const char *const outcomes[] = {
	    "in_flight", "answered", "lost", "unreachable", "unmeasured", "unsent"};
	static const char *const causes[] = {
	    "none", "timeout", "icmp", "send", "skipped", "queue", "suspend", "restart", "name"};
	static const char *const states[] = {"unknown", "up", "degraded", "down", "paused"};
	static const char *const kinds[] = {
	    "regular", "confirm", "parent", "flowtest", "trace", "oneoff", "mtu"};

	assert_int_equal(COUNT(outcomes), OUTCOME_COUNT);
	assert_int_equal(COUNT(causes), CAUSE_COUNT);
	assert_int_equal(COUNT(states), STATE_COUNT);
	assert_int_equal(COUNT(kinds), PROBE_KIND_COUNT);
	for (size_t i = 0; i < COUNT(outcomes); i++)
		assert_string_equal(outcome_text((enum outcome)i), outcomes[i]);
	for (size_t i = 0; i < COUNT(causes); i++)
		assert_string_equal(cause_kind_text((enum cause_kind)i), causes[i]);
	for (size_t i = 0; i < COUNT(states); i++)
		assert_string_equal(state_text((enum state)i), states[i]);
	for (size_t i = 0; i < COUNT(kinds); i++)
		assert_string_equal(probe_kind_text((enum probe_kind)i), kinds[i]);
}

TEST(test_outcome_of_no_such_value_is_a_question_mark)
{
	struct cause cause = {.kind = CAUSE_COUNT};
	char buf[96];

	assert_string_equal(outcome_text((enum outcome)OUTCOME_COUNT), "?");
	assert_string_equal(cause_kind_text((enum cause_kind)255), "?");
	assert_string_equal(state_text((enum state)STATE_COUNT), "?");
	assert_string_equal(probe_kind_text((enum probe_kind)255), "?");
	assert_string_equal(cause_text(&cause, buf, sizeof(buf)), "?");
	assert_int_equal(cause_label(&cause), LABEL_NONE);
	assert_string_equal(cause_label_text(LABEL_COUNT), "?");
}

TEST(test_outcome_errno_words_are_of_this_system_numbers)
{
	static const struct {
		int error;
		const char *text;
	} cases[] = {
	    {EPERM, "operation not permitted"},
	    {EAGAIN, "the send queue is full"},
	    {EACCES, "permission denied"},
	    {ENODEV, "no such device"},
	    {EINVAL, "invalid argument"},
	    {EMFILE, "too many open files"},
	    {EMSGSIZE, "message too long"},
	    {EADDRNOTAVAIL, "cannot assign requested address"},
	    {ENETDOWN, "network is down"},
	    {ENETUNREACH, "network unreachable"},
	    {ENOBUFS, "no buffer space"},
	    {EHOSTDOWN, "host is down"},
	    {EHOSTUNREACH, "no route to host"},
	    {0, "error 0"},
	    {-1, "error -1"},
	    {4095, "error 4095"},
	};
	char buf[96];

	for (size_t i = 0; i < COUNT(cases); i++)
		assert_string_equal(errno_text(cases[i].error, buf, sizeof(buf)), cases[i].text);
}

TEST(test_outcome_causes_in_words_and_labels)
{
	static const struct {
		struct cause cause;
		const char *text, *label;
	} cases[] = {
	    {{.kind = CAUSE_NONE}, "none", "none"},
	    {{.kind = CAUSE_TIMEOUT}, "timeout", "timeout"},
	    {{.kind = CAUSE_ICMP, .family = 4, .type = 3, .code = 1}, "host unreachable",
		"host_unreachable"},
	    {{.kind = CAUSE_ICMP, .family = 6, .type = 1, .code = 3}, "address unreachable",
		"host_unreachable"},
	    {{.kind = CAUSE_ICMP, .family = 6, .type = 3}, "hop limit exceeded in transit",
		"ttl_exceeded"},
	    {{.kind = CAUSE_ICMP, .family = 4, .type = 99}, "unknown ICMP error", "other_icmp"},
	    {{.kind = CAUSE_SEND, .error = EHOSTUNREACH}, "no route to host", "no_route"},
	    {{.kind = CAUSE_SEND, .error = ENETUNREACH}, "network unreachable", "no_route"},
	    {{.kind = CAUSE_SEND, .error = ENETDOWN}, "network is down", "link_down"},
	    {{.kind = CAUSE_SEND, .error = EPERM}, "operation not permitted", "not_permitted"},
	    {{.kind = CAUSE_SEND, .error = EMSGSIZE}, "message too long", "message_too_long"},
	    {{.kind = CAUSE_SEND, .error = ENOBUFS}, "no buffer space", "no_buffer"},
	    {{.kind = CAUSE_SEND, .error = EADDRNOTAVAIL}, "cannot assign requested address",
		"no_source"},
	    {{.kind = CAUSE_SEND, .error = EIO}, "input/output error", "other_send"},
	    {{.kind = CAUSE_SEND, .error = 4095}, "error 4095", "other_send"},
	    {{.kind = CAUSE_SKIPPED}, "skipped: we were late", "skipped"},
	    {{.kind = CAUSE_QUEUE}, "packets were dropped from our receive queue", "queue"},
	    {{.kind = CAUSE_SUSPEND}, "the machine slept", "suspend"},
	    {{.kind = CAUSE_RESTART}, "we were restarted", "restart"},
	    {{.kind = CAUSE_NAME}, "the name has no address", "name"},
	};
	char buf[96], small[8];

	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(cause_text(&cases[i].cause, buf, sizeof(buf)), cases[i].text);
		assert_string_equal(cause_label_text(cause_label(&cases[i].cause)), cases[i].label);
	}
	assert_string_equal(cause_text(&cases[2].cause, small, sizeof(small)), "host un");
}

TEST(test_probe_pattern_is_its_own_offset)
{
	const uint8_t *pattern = probe_pattern();

	for (uint32_t i = 0; i < PROBE_PAYLOAD_MAX; i++)
		assert_int_equal(pattern[i], i & 0xff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outcome_words_are_those_of_the_contract),
	    cmocka_unit_test(test_outcome_of_no_such_value_is_a_question_mark),
	    cmocka_unit_test(test_outcome_errno_words_are_of_this_system_numbers),
	    cmocka_unit_test(test_outcome_causes_in_words_and_labels),
	    cmocka_unit_test(test_probe_pattern_is_its_own_offset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
