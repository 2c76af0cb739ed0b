/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The order of actions, how many run and wait, and their end: by themselves, at their limit, with
 * the helper.
 */
#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper_fixture.h"
#include "unit.h"

/* An action that found another of its target running would say so. */
TEST(test_helper_actions_of_one_target_run_one_by_one_in_order)
{
	struct fixture *f = *state;
	char script[160], want[256] = "";

	for (int i = 0; i < 30; i++) {
		snprintf(script, sizeof(script),
		    "mkdir $1/lock || echo overlap >> $1/order; echo %d >> $1/order; "
		    "rmdir $1/lock",
		    i);
		assert_int_equal(fixture_run_script(f, "nas", script), 0);
		snprintf(want + strlen(want), sizeof(want) - strlen(want), "%d\n", i);
	}
	fixture_await_all(f, "nas");
	assert_string_equal(fixture_read_written(f, "order"), want);
}

/* Each waits for all others to have begun. */
TEST(test_helper_actions_of_many_targets_run_at_once)
{
	struct fixture *f = *state;
	char target[16];

	for (int i = 0; i < HELPER_ACTIONS_MAX; i++) {
		snprintf(target, sizeof(target), "t%d", i);
		assert_int_equal(
		    fixture_run_script(f, target,
			"touch $1/$$; "
			"until [ $(ls $1 | wc -l) = 16 ]; do sleep 0.01; done; exit 7"),
		    0);
	}
	for (int i = 0; i < HELPER_ACTIONS_MAX; i++)
		assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 7);
}

TEST(test_helper_actions_beyond_sixteen_wait_for_room)
{
	struct fixture *f = *state;
	char target[16];

	for (int i = 0; i <= 2 * HELPER_ACTIONS_MAX; i++) {
		snprintf(target, sizeof(target), "t%d", i);
		assert_int_equal(fixture_run_script(f, target, "exit 5"), 0);
		assert_true(f->helper->queue.running <= HELPER_ACTIONS_MAX);
	}
	for (int i = 0; i <= 2 * HELPER_ACTIONS_MAX; i++)
		assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 5);
	assert_int_equal(f->helper->queue.running, 0);
	assert_int_equal(f->helper->queue.waiting, 0);
}

TEST(test_helper_queue_is_bounded_and_ends_with_the_helper)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run_script(f, "nas", "sleep 1000"), 0);
	for (int i = 0; i < HELPER_ACTIONS_QUEUED_MAX; i++)
		assert_int_equal(fixture_run_script(f, "nas", "touch $1/never"), 0);
	assert_int_equal(fixture_run_script(f, "nas", "touch $1/never"), -EAGAIN);
	assert_int_equal(fixture_run_script(f, "other", "touch $1/never"), -EAGAIN);
	(void)fixture_restart(f);
	assert_int_equal(access(f->dir, F_OK), 0);
	assert_string_equal(fixture_read_written(f, "never"), "");
}

TEST(test_helper_action_is_ended_at_its_limit_with_its_group)
{
	struct fixture *f = *state;
	struct helper_limits *short_ones = fixture_restart(f);
	struct helper_answer answer;

	short_ones->action_ns = 200 * NSEC_PER_MSEC;
	short_ones->kill_after_ns = 100 * NSEC_PER_MSEC;
	fixture_start(f);
	assert_int_equal(fixture_run_script(f, "nas", "echo busy; exec sleep 1000"), 0);
	answer = fixture_await_failure(f);
	assert_int_equal(WTERMSIG(answer.status), SIGTERM);
	assert_string_equal(
	    answer.text, "the action /bin/sh of nas took longer than 0.2 s and was ended: busy");
	assert_int_equal(fixture_run_script(f, "nas",
			     "trap '' TERM; sleep 1000 & echo $! > $1/pids; echo $$ >> $1/pids; "
			     "while :; do sleep 1000; done"),
	    0);
	answer = fixture_await_failure(f);
	assert_int_equal(WTERMSIG(answer.status), SIGKILL);
	fixture_assert_all_ended(f, "pids", 2);
	fixture_await_no_child_of(f->helper->pid);
}

TEST(test_helper_action_leaves_nothing_running_in_its_group)
{
	struct fixture *f = *state;

	assert_int_equal(
	    fixture_run_script(f, "nas", "(sleep 1000; :) & echo $! > $1/pids; exit 4"), 0);
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 4);
	fixture_assert_all_ended(f, "pids", 1);
	fixture_await_no_child_of(f->helper->pid); /* no zombie either */
}

TEST(test_helper_free_ends_actions_that_do_not_want_to)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run_script(f, "nas",
			     "trap '' TERM; sleep 1000 & echo $! > $1/pids; echo $$ >> $1/pids; "
			     "touch $1/ready; while :; do sleep 1000; done"),
	    0);
	assert_int_equal(
	    fixture_run_script(f, "other", "until [ -e $1/ready ]; do sleep 0.01; done; exit 9"),
	    0);
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 9);
	(void)fixture_restart(f);
	fixture_assert_all_ended(f, "pids", 2);
}

TEST(test_helper_actions_that_wait_outlive_a_killed_helper)
{
	struct fixture *f = *state;
	struct helper_answer answer;

	assert_int_equal(fixture_run_script(f, "nas",
			     "sleep 1000 & echo $! > $1/pids; echo $$ >> $1/pids; touch $1/ready; "
			     "while :; do sleep 1000; done"),
	    0);
	assert_int_equal(fixture_run_script(f, "nas", "exit 8"), 0);
	assert_int_equal(
	    fixture_run_script(f, "other", "until [ -e $1/ready ]; do sleep 0.01; done; exit 9"),
	    0);
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 9);
	assert_int_equal(kill(f->helper->pid, SIGKILL), 0);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_GONE);
	assert_int_equal(answer.request, 0);
	assert_string_equal(
	    answer.text, "the helper process ended: signal 9 (Killed); 1 action that ran is lost");
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 8);
	fixture_assert_all_ended(f, "pids", 2);
}

/* A program that wants to go on by itself leaves the group. It may hold on to our pipe. */
TEST(test_helper_action_that_daemonizes_holds_nothing_up)
{
	struct fixture *f = *state;
	size_t entries[2] = {0};
	char path[64];
	int pid;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)f->helper->pid);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    fixture_run_script(f, "nas",
			"setsid sh -c 'echo $$ > \"$0/away\"; exec sleep 1000' $1 & "
			"until [ -s $1/away ]; do sleep 0.01; done; echo gone; exit 4"),
		    0);
		assert_string_equal(fixture_await_failure(f).text,
		    "the action /bin/sh of nas ended with status 4: gone");
		if (access(path, R_OK) == 0) /* only root may look */
			entries[i] = fixture_count_entries(path);
		assert_int_equal(sscanf(fixture_read_written(f, "away"), "%d", &pid), 1);
		assert_int_equal(fixture_child_of(f->helper->pid), pid); /* to be reaped */
		assert_int_equal(kill(pid, SIGKILL), 0);
		fixture_await_end(pid);
		snprintf(f->got, sizeof(f->got), "%s/away", f->dir);
		assert_int_equal(unlink(f->got), 0);
	}
	assert_int_equal(entries[0], entries[1]);
}

TEST(test_helper_many_actions_leave_no_descriptor_in_the_helper)
{
	struct fixture *f = *state;
	size_t after_one;
	char path[64];

	fixture_await_all(f, "nas");
	snprintf(path, sizeof(path), "/proc/%d/fd", (int)f->helper->pid);
	if (access(path, R_OK) < 0)
		skip(); /* only root may look */
	after_one = fixture_count_entries(path);
	for (int i = 0; i < 100; i++)
		assert_int_equal(fixture_run_script(f, "nas", "echo x"), 0);
	fixture_await_all(f, "nas");
	assert_int_equal(fixture_count_entries(path), after_one);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_helper_actions_of_one_target_run_one_by_one_in_order),
	    CASE(test_helper_actions_of_many_targets_run_at_once),
	    CASE(test_helper_actions_beyond_sixteen_wait_for_room),
	    CASE(test_helper_queue_is_bounded_and_ends_with_the_helper),
	    CASE(test_helper_action_is_ended_at_its_limit_with_its_group),
	    CASE(test_helper_action_leaves_nothing_running_in_its_group),
	    CASE(test_helper_free_ends_actions_that_do_not_want_to),
	    CASE(test_helper_actions_that_wait_outlive_a_killed_helper),
	    CASE(test_helper_action_that_daemonizes_holds_nothing_up),
	    CASE(test_helper_many_actions_leave_no_descriptor_in_the_helper),
	};

	fixture_adopt_orphans();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
