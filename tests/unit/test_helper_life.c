/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The life of the helper process: killed, hanging, signalled, left by its daemon.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include "helper_fixture.h"
#include "unit.h"

TEST(test_helper_that_was_killed_is_told_and_started_again)
{
	struct fixture *f = *state;
	int fd = helper_fd(f->helper);
	struct pollfd readable = {.fd = fd, .events = POLLIN};
	struct helper_answer answer;
	int64_t request = helper_load(f->helper, "hang", false);
	pid_t reader;

	assert_true(request > 0);
	reader = fixture_child_of(f->helper->pid);
	assert_true(reader > 0);
	assert_int_equal(kill(f->helper->pid, SIGKILL), 0);
	fixture_await_end(reader);
	assert_int_equal(poll(&readable, 1, FIXTURE_LIMIT_MS), 1);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_GONE);
	assert_int_equal(answer.request, request);
	assert_string_equal(answer.text, "the helper process ended: signal 9 (Killed)");
	assert_false(helper_next(f->helper, &answer));
	assert_int_equal(poll(&readable, 1, 0), 0);
	fixture_assert_loads(f);
	assert_int_equal(helper_fd(f->helper), fd);
}

TEST(test_helper_load_right_after_its_death_is_done_by_the_next)
{
	struct fixture *f = *state;
	struct helper_answer answer;
	int64_t request;

	assert_int_equal(kill(f->helper->pid, SIGKILL), 0);
	fixture_await_end(f->helper->pid);
	request = helper_load(f->helper, "accept:10", false);
	assert_true(request > 0);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_GONE);
	assert_int_equal(answer.request, 0);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_LOADED);
	assert_int_equal(answer.request, request);
	(void)close(answer.fd);
}

/* Two ends before anybody asks: the load that the second one lost is told. */
TEST(test_helper_that_dies_twice_tells_the_load_that_was_lost)
{
	struct fixture *f = *state;
	struct helper_answer answer;
	int64_t request;

	assert_int_equal(kill(f->helper->pid, SIGKILL), 0);
	fixture_await_end(f->helper->pid);
	request = helper_load(f->helper, "hang", false);
	assert_true(request > 0);
	assert_true(f->helper->gone);
	assert_int_equal(kill(f->helper->pid, SIGKILL), 0);
	fixture_await_end(f->helper->pid);
	assert_int_equal(fixture_run_script(f, "nas", "exit 6"), 0);
	assert_int_equal(helper_load(f->helper, "good", false), -EBUSY);
	do { /* the second end is seen when its reader, just forked, has let go of the socket too */
		assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
		assert_int_equal(answer.kind, HELPER_GONE);
	} while (answer.request == 0);
	assert_int_equal(answer.request, request);
	assert_false(f->helper->gone);
	(void)fixture_await_failure(f);
	fixture_assert_loads(f);
}

TEST(test_helper_that_hangs_is_killed)
{
	struct fixture *f = *state;
	struct helper_limits *short_ones = fixture_restart(f);
	struct pollfd readable = {.events = POLLIN};
	struct helper_answer answer;

	short_ones->parse_ns = short_ones->hung_ns = 20 * NSEC_PER_MSEC;
	fixture_start(f);
	readable.fd = helper_fd(f->helper);
	assert_int_equal(kill(f->helper->pid, SIGSTOP), 0);
	assert_true(helper_load(f->helper, "accept:10", false) > 0);
	assert_int_equal(poll(&readable, 1, FIXTURE_LIMIT_MS), 1); /* without a word of it */
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_GONE);
	assert_string_equal(answer.text, "the helper process ended: it hung and was killed");
}

TEST(test_helper_free_ends_one_that_hangs)
{
	struct fixture *f = *state;
	pid_t pid = f->helper->pid;

	assert_int_equal(kill(pid, SIGSTOP), 0);
	helper_free(f->helper);
	f->helper = NULL;
	assert_int_equal(kill(pid, 0), -1);
	assert_int_equal(errno, ESRCH);
}

TEST(test_helper_start_leaves_signals_as_they_were)
{
	struct fixture *f = *state;
	sigset_t wanted, found;

	(void)fixture_restart(f);
	(void)sigemptyset(&wanted);
	(void)sigaddset(&wanted, SIGUSR1);
	assert_int_equal(sigprocmask(SIG_SETMASK, &wanted, NULL), 0);
	fixture_start(f);
	assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &found), 0);
	for (int s = 1; s < NSIG; s++)
		assert_int_equal(sigismember(&found, s) == 1, s == SIGUSR1);
	(void)sigemptyset(&wanted);
	assert_int_equal(sigprocmask(SIG_SETMASK, &wanted, NULL), 0);
}

TEST(test_helper_is_deaf_to_signals_that_are_the_daemons)
{
	static const int signals[] = {
	    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGPIPE, SIGALRM, SIGTSTP};
	struct fixture *f = *state;
	pid_t pid = f->helper->pid;

	fixture_assert_loads(f); /* it has left the session by now */
	assert_int_equal(getsid(pid), pid);
	for (size_t i = 0; i < COUNT(signals); i++)
		assert_int_equal(kill(pid, signals[i]), 0);
	fixture_assert_loads(f);
	assert_int_equal(f->helper->pid, pid);
}

TEST(test_helper_has_a_name_and_no_privileges)
{
	struct fixture *f = *state;
	char path[64];

	fixture_assert_loads(f);
	snprintf(path, sizeof(path), "/proc/%d/status", (int)f->helper->pid);
	fixture_read(f, path);
	assert_non_null(strstr(f->got, "Name:\ticmpmond-helper\n"));
	assert_non_null(strstr(f->got, "CapEff:\t0000000000000000\n"));
	assert_non_null(strstr(f->got, "NoNewPrivs:\t1\n"));
}

/* A daemon that is killed leaves neither helper nor reader. */
TEST(test_helper_ends_with_its_daemon)
{
	pid_t ours[2] = {0}, daemon;
	int told[2];

	(void)fixture_restart(*state);
	assert_int_equal(pipe2(told, O_CLOEXEC), 0);
	daemon = fork();
	assert_true(daemon >= 0);
	if (daemon == 0) {
		struct helper_answer answer;
		struct helper *h;

		if (helper_start_with(&fixture_limits, &h) < 0 || helper_load(h, "hang", false) < 0)
			_exit(1);
		ours[0] = h->pid;
		ours[1] = fixture_child_of(h->pid);
		(void)!write(told[1], ours, sizeof(ours));
		(void)helper_wait(h, FIXTURE_LIMIT_NS, &answer);
		_exit(2);
	}
	assert_int_equal(read(told[0], ours, sizeof(ours)), sizeof(ours));
	assert_true(ours[0] > 0 && ours[1] > 0);
	assert_int_equal(kill(daemon, SIGKILL), 0);
	fixture_await_end(daemon);
	fixture_await_end(ours[0]);
	fixture_await_end(ours[1]);
	close(told[0]);
	close(told[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_helper_that_was_killed_is_told_and_started_again),
	    CASE(test_helper_load_right_after_its_death_is_done_by_the_next),
	    CASE(test_helper_that_dies_twice_tells_the_load_that_was_lost),
	    CASE(test_helper_that_hangs_is_killed),
	    CASE(test_helper_free_ends_one_that_hangs),
	    CASE(test_helper_start_leaves_signals_as_they_were),
	    CASE(test_helper_is_deaf_to_signals_that_are_the_daemons),
	    CASE(test_helper_has_a_name_and_no_privileges),
	    CASE(test_helper_ends_with_its_daemon),
	};

	fixture_adopt_orphans();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
