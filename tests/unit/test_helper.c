/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Configurations that the helper reads, good ones and those that end their reader. The helper's
 * own life is in test_helper_life.c, actions are in test_helper_action.c.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "helper_fixture.h"
#include "unit.h"

/* The text of an answer that has a descriptor. */
static const char *
text_of(struct fixture *f, struct helper_answer *answer)
{
	size_t bytes = answer->bytes;
	const char *map = helper_map(answer);

	assert_non_null(map);
	assert_true(bytes < sizeof(f->got));
	memcpy(f->got, map, bytes);
	f->got[bytes] = '\0';
	(void)munmap((void *)(uintptr_t)map, bytes);
	return f->got;
}

/* The file is refused in one line with these words, and the same helper reads the next one. */
static void
assert_refused(struct fixture *f, const char *file, const char *words)
{
	pid_t pid = f->helper->pid;
	struct helper_answer answer = fixture_load(f, file, false);

	assert_int_equal(answer.kind, HELPER_REFUSED);
	assert_int_equal(answer.fd, -1);
	assert_ptr_equal(strstr(answer.text, file), answer.text);
	if (strstr(answer.text, words) == NULL)
		fail_msg("\"%s\" is not in \"%s\"", words, answer.text);
	assert_null(strchr(answer.text, '\n'));
	fixture_assert_loads(f);
	assert_int_equal(f->helper->pid, pid);
}

TEST(test_helper_hands_over_a_sealed_configuration)
{
	struct fixture *f = *state;
	struct helper_answer answer = fixture_load(f, "accept:3000000", false);
	const unsigned char *block;

	assert_int_equal(answer.kind, HELPER_LOADED);
	assert_int_equal(answer.bytes, 3000000);
	assert_int_equal(fcntl(answer.fd, F_GET_SEALS) & 0xf,
	    F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	assert_int_equal(fcntl(answer.fd, F_GETFD), FD_CLOEXEC);
	assert_true(write(answer.fd, "x", 1) < 0);
	block = helper_map(&answer);
	assert_non_null(block);
	assert_int_equal(answer.fd, -1);
	for (size_t i = 0; i < 3000000; i++) {
		if (block[i] != (unsigned char)(i * 7))
			fail_msg("byte %zu differs", i);
	}
	(void)munmap((void *)(uintptr_t)block, 3000000);
}

TEST(test_helper_hands_over_errors_and_prints)
{
	struct fixture *f = *state;
	struct helper_answer answer = fixture_load(f, "a.conf", false);

	assert_int_equal(answer.kind, HELPER_REFUSED);
	assert_string_equal(text_of(f, &answer), "a.conf:1: wrong\na.conf:2: wrong too\n");
	answer = fixture_load(f, "good", true);
	assert_int_equal(answer.kind, HELPER_PRINTED);
	assert_string_equal(text_of(f, &answer), "version = 1; # default\n");
	answer = fixture_load(f, "bad", true);
	assert_int_equal(answer.kind, HELPER_REFUSED);
	assert_string_equal(text_of(f, &answer), "bad:1: wrong\n");
}

TEST(test_helper_survives_a_reader_that_crashes_or_exits)
{
	struct fixture *f = *state;

	assert_refused(f, "crash", "crashed (signal 11, Segmentation fault)");
	assert_refused(f, "killed", "was killed");
	assert_refused(f, "exit 2", "gave up by itself (exit status 2)");
	assert_refused(f, "exit 0", "gave up by itself (exit status 0)");
	assert_refused(f, "silent", "refused, and no memory to say why");
	assert_refused(f, "accept:0", "nothing to say");
}

TEST(test_helper_ends_a_reader_that_hangs)
{
	struct fixture *f = *state;

	fixture_restart(f)->parse_ns = 100 * NSEC_PER_MSEC;
	fixture_start(f);
	assert_refused(f, "hang", "not read within 0.1 s");
}

TEST(test_helper_reader_has_its_own_memory_limit)
{
	struct fixture *f = *state;
	struct helper_answer answer = fixture_load(f, "memory", false);

	assert_string_equal(text_of(f, &answer), "a quarter 1, more than all 0");
}

TEST(test_helper_reader_holds_nothing_but_its_memfd)
{
	struct fixture *f = *state;
	int pipe_fds[2]; /* not close-on-exec */
	struct helper_answer answer;

	(void)fixture_restart(f);
	assert_int_equal(pipe(pipe_fds), 0);
	fixture_start(f);
	answer = fixture_load(f, "self", false);
	assert_string_equal(text_of(f, &answer), "0 1 2 3 core 1 memory 1 cpu 1 size 1 blocked 0");
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST(test_helper_reads_one_configuration_at_a_time)
{
	struct fixture *f = *state;
	struct helper_answer answer;
	char *long_name = calloc(1, HELPER_MESSAGE_MAX_BYTES + 1);

	assert_true(helper_load(f->helper, "accept:10", false) > 0);
	assert_int_equal(helper_load(f->helper, "accept:10", false), -EBUSY);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	(void)close(answer.fd);
	assert_non_null(long_name);
	memset(long_name, 'x', HELPER_MESSAGE_MAX_BYTES);
	assert_int_equal(helper_load(f->helper, long_name, false), -ENAMETOOLONG);
	free(long_name);
	assert_false(helper_next(f->helper, &answer));
	fixture_assert_loads(f);
}

TEST(test_helper_map_refuses_what_could_change)
{
	struct helper_answer answer = {.fd = memfd_create("test", MFD_ALLOW_SEALING), .bytes = 5};

	assert_int_equal(write(answer.fd, "12345", 5), 5);
	assert_null(helper_map(&answer));
	assert_int_equal(errno, EPERM);
	answer.fd = memfd_create("test", MFD_ALLOW_SEALING);
	assert_int_equal(write(answer.fd, "1234", 4), 4);
	assert_int_equal(
	    fcntl(answer.fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE), 0);
	assert_null(helper_map(&answer)); /* not the five bytes that were told */
	assert_int_equal(errno, ENODATA);
	assert_int_equal(answer.fd, -1);
	assert_null(helper_map(&answer));
	assert_int_equal(errno, EBADF);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, fixture_set_up, fixture_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_helper_hands_over_a_sealed_configuration),
	    CASE(test_helper_hands_over_errors_and_prints),
	    CASE(test_helper_survives_a_reader_that_crashes_or_exits),
	    CASE(test_helper_ends_a_reader_that_hangs),
	    CASE(test_helper_reader_has_its_own_memory_limit),
	    CASE(test_helper_reader_holds_nothing_but_its_memfd),
	    CASE(test_helper_reads_one_configuration_at_a_time),
	    CASE(test_helper_map_refuses_what_could_change),
	};

	fixture_adopt_orphans();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
