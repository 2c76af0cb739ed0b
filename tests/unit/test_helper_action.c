/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the helper gives to an action, and what it says of one that fails. Their order and their end
 * are in test_helper_queue.c.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "helper_fixture.h"
#include "unit.h"

/* Runs cp of a file of proc(5), which is the action itself there, and returns what it says. */
static const char *
copy_of_self(struct fixture *f, const char *file)
{
	char to[128];
	const char *const words[] = {"/bin/cp", file, to};

	snprintf(to, sizeof(to), "%s/self", f->dir);
	assert_int_equal(fixture_run(f, "nas", words, COUNT(words)), 0);
	fixture_await_all(f, "nas");
	return fixture_read_written(f, "self");
}

TEST(test_helper_action_gets_a_small_environment)
{
	static const char want[] =
	    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\0LANG=C.UTF-8\0"
	    "ICMPMON_TARGET=nas\0ICMPMON_REASON=loss 7% > 5%";
	struct fixture *f = *state;

	copy_of_self(f, "/proc/self/environ");
	assert_memory_equal(f->got, want, sizeof(want));
	assert_string_equal(f->got + sizeof(want), "");
}

TEST(test_helper_action_gets_signals_as_a_program_expects_them)
{
	struct fixture *f = *state;
	const char *ignored;

	copy_of_self(f, "/proc/self/status");
	assert_non_null(strstr(f->got, "SigBlk:\t0000000000000000\n"));
	ignored = strstr(f->got, "SigIgn:\t");
	assert_non_null(ignored);
	/* 32 and 33 are the C library's own: posix_spawn has them ignored, nobody can change it */
	assert_int_equal(strtoull(ignored + 8, NULL, 16) & ~(UINT64_C(3) << 31), 0);
	assert_non_null(strstr(f->got, "CapEff:\t0000000000000000\n"));
}

TEST(test_helper_action_gets_no_descriptors_and_no_input)
{
	struct fixture *f = *state;

	assert_int_equal(
	    fixture_run_script(f, "nas",
		"for d in 0 1 2 3 4 5 6 7 8 9; do [ -e /proc/$$/fd/$d ] && echo $d; done > $1/fds; "
		"readlink /proc/$$/fd/0 /proc/$$/cwd >> $1/fds; wc -c >> $1/fds"),
	    0);
	fixture_await_all(f, "nas");
	assert_string_equal(fixture_read_written(f, "fds"), "0\n1\n2\n/dev/null\n/\n0\n");
}

TEST(test_helper_action_words_are_not_looked_at_by_a_shell)
{
	static const char *const words[] = {
	    "/bin/sh", "-c", "echo \"$1|$2\"; exit 1", "$(id)", "a b; echo *", "$HOME 'x"};
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "nas", words, COUNT(words)), 0);
	assert_string_equal(fixture_await_failure(f).text,
	    "the action /bin/sh of nas ended with status 1: a b; echo *|$HOME 'x");
}

TEST(test_helper_action_that_fails_is_told_with_its_last_line)
{
	struct fixture *f = *state;
	struct helper_answer answer;

	assert_int_equal(fixture_run_script(f, "nas", "echo fine"), 0); /* not told */
	assert_int_equal(
	    fixture_run_script(f, "nas", "echo first; echo 'no mailer' >&2; echo; exit 3"), 0);
	answer = fixture_await_failure(f);
	assert_int_equal(WEXITSTATUS(answer.status), 3);
	assert_string_equal(
	    answer.text, "the action /bin/sh of nas ended with status 3: no mailer");
	assert_int_equal(fixture_run_script(f, "nas", "kill -KILL $$"), 0);
	answer = fixture_await_failure(f);
	assert_int_equal(WTERMSIG(answer.status), SIGKILL);
	assert_string_equal(answer.text, "the action /bin/sh of nas ended by signal 9 (Killed)");
	assert_false(helper_next(f->helper, &answer));
}

TEST(test_helper_action_that_prints_much_is_not_stopped)
{
	struct fixture *f = *state;

	assert_int_equal(fixture_run_script(f, "nas",
			     "head -c 1000000 /dev/zero | tr '\\0' 'x'; echo; echo end; exit 1"),
	    0);
	assert_string_equal(
	    fixture_await_failure(f).text, "the action /bin/sh of nas ended with status 1: end");
	assert_int_equal(
	    fixture_run_script(f, "nas", "head -c 100000 /dev/zero | tr '\\0' 'x'; exit 1"), 0);
	assert_int_equal(strlen(fixture_await_failure(f).text),
	    strlen("the action /bin/sh of nas ended with status 1: ") + 160);
}

TEST(test_helper_action_that_cannot_be_run_says_why)
{
	static const char *const missing[] = {"/no/such/program"}, *const directory[] = {"/tmp"};
	struct fixture *f = *state;

	assert_int_equal(fixture_run(f, "nas", missing, 1), 0);
	assert_string_equal(fixture_await_failure(f).text,
	    "the action /no/such/program of nas cannot be run (status 127): No such file or "
	    "directory");
	assert_int_equal(fixture_run(f, "nas", directory, 1), 0);
	assert_string_equal(fixture_await_failure(f).text,
	    "the action /tmp of nas cannot be run (status 127): Permission denied");
}

TEST(test_helper_action_of_too_many_words_is_refused)
{
	struct fixture *f = *state;
	const char *words[HELPER_ARGS_MAX + 1];
	char *big = calloc(1, HELPER_MESSAGE_MAX_BYTES);
	struct helper_action action = {.target = "nas", .argv = words};

	assert_non_null(big);
	memset(big, 'x', HELPER_MESSAGE_MAX_BYTES - 1);
	for (size_t i = 0; i < COUNT(words); i++)
		words[i] = "/bin/true";
	assert_int_equal(helper_run(f->helper, &action), -E2BIG);
	action.argc = HELPER_ARGS_MAX + 1;
	assert_int_equal(helper_run(f->helper, &action), -E2BIG);
	action.argc = 2;
	words[1] = big;
	assert_int_equal(helper_run(f->helper, &action), -E2BIG);
	/* the largest that fits does run */
	big[HELPER_STRINGS_MAX_BYTES - strlen("nas") - strlen("/bin/false") - 3] = '\0';
	words[0] = "/bin/false";
	assert_int_equal(helper_run(f->helper, &action), 0);
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 1);
	free(big);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_helper_action_gets_a_small_environment),
	    CASE(test_helper_action_gets_signals_as_a_program_expects_them),
	    CASE(test_helper_action_gets_no_descriptors_and_no_input),
	    CASE(test_helper_action_words_are_not_looked_at_by_a_shell),
	    CASE(test_helper_action_that_fails_is_told_with_its_last_line),
	    CASE(test_helper_action_that_prints_much_is_not_stopped),
	    CASE(test_helper_action_that_cannot_be_run_says_why),
	    CASE(test_helper_action_of_too_many_words_is_refused),
	};

	fixture_adopt_orphans();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
