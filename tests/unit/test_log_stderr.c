/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The log on standard error: pipes, terminals and sockets that nobody reads, and what cannot be
 * written to at all. That the calls return is the proof.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "unit.h"

#include "log_fixture.h"

/* Says lines until some are dropped, then reads all that went out and checks that each is whole,
 * in order, and all that are missing are counted. */
static void
fill_and_read(struct fixture *f, int reader, const char *end)
{
	int said = 0, got = 0, number, at;
	size_t len = 0;
	ssize_t n;

	while (log_dropped() < 20 && said < 100000) {
		say_lines(f, said, 10);
		said += 10;
	}
	assert_int_equal(log_dropped() / 20, 1);
	do {
		n = read(reader, f->got + len, sizeof(f->got) - 1 - len);
		log_tick(f->now_ns += NSEC_PER_SEC);
		len += n > 0 ? (size_t)n : 0;
		f->got[len] = '\0';
		for (char *nl; (nl = strstr(f->got, end)) != NULL;) {
			at = 0;
			*nl = '\0';
			if (sscanf(f->got, "<4>line %d%n", &number, &at) == 1 ||
			    sscanf(f->got, "%*3s %*d %*d:%*d:%*d line %d%n", &number, &at) == 1) {
				assert_int_equal(number, got++);
				assert_int_equal(at, strlen(f->got));
			} else {
				assert_non_null(strstr(f->got, "log lines were dropped"));
			}
			len -= (size_t)(nl - f->got) + strlen(end);
			memmove(f->got, nl + strlen(end), len + 1);
		}
	} while (n > 0);
	assert_int_equal(len, 0);
	assert_int_equal((uint64_t)got + log_dropped(), said);
}

TEST(test_log_full_pipe_delays_nothing_and_stays_as_it_was)
{
	struct fixture *f = *state;
	int pipe_fds[2];

	assert_int_equal(pipe(pipe_fds), 0);
	assert_true(fcntl(pipe_fds[1], F_SETPIPE_SZ, 8192) > 0);
	assert_int_equal(fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK), 0);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]);
	assert_string_equal(log_target_text(), "stderr");
	fill_and_read(f, pipe_fds[0], "\n");
	assert_int_equal(fcntl(pipe_fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST(test_log_stopped_terminal_delays_nothing_and_stays_as_it_was)
{
	struct fixture *f = *state;
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), terminal;

	assert_true(master >= 0);
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	assert_true(terminal >= 0);
	open_log(f, LOG_TO_STDERR, false, terminal);
	fill_and_read(f, master, "\r\n");
	assert_int_equal(fcntl(terminal, F_GETFL) & O_NONBLOCK, 0);
	close(terminal);
	close(master);
}

TEST(test_log_full_stream_socket_delays_nothing)
{
	struct fixture *f = *state;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
	open_log(f, LOG_TO_STDERR, false, fds[1]);
	fill_and_read(f, fds[0], "\n");
	assert_int_equal(fcntl(fds[1], F_GETFL) & O_NONBLOCK, 0);
	close(fds[0]);
	close(fds[1]);
}

TEST(test_log_pipe_that_cannot_be_opened_again_delays_nothing)
{
	struct log_reader *r = calloc(1, sizeof(*r));
	char line[LOG_LINE_MAX];
	int pipe_fds[2];

	assert_non_null(r);
	assert_int_equal(pipe(pipe_fds), 0);
	assert_true(fcntl(pipe_fds[1], F_SETPIPE_SZ, 8192) > 0);
	r->kind = LOG_READER_STDERR;
	r->way = LOG_WAY_POLL;
	r->fd = pipe_fds[1];
	memset(line, 'x', sizeof(line) - 1);
	line[sizeof(line) - 1] = '\0';
	for (int i = 0; i < 2 * LOG_QUEUE_MAX; i++)
		log_reader_put(r, line, sizeof(line) - 1);
	assert_true(r->dropped > 0);
	assert_int_equal(r->count, LOG_QUEUE_MAX);
	log_reader_close(r);
	free(r);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST(test_log_stderr_of_no_use_is_counted_and_no_trap)
{
	struct fixture *f = *state;
	int full = open("/dev/full", O_WRONLY), pipe_fds[2];

	assert_true(full >= 0);
	open_log(f, LOG_TO_STDERR, false, full);
	for (int i = 0; i < 5; i++) {
		log_warnx("line %d", i);
		tick(f);
	}
	assert_int_equal(log_dropped(), 5);
	close(full);
	assert_int_equal(pipe(pipe_fds), 0);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]);
	close(pipe_fds[0]);
	for (int i = 0; i < 5; i++) {
		log_warnx("line %d", i);
		tick(f);
	}
	assert_int_equal(log_dropped(), 5);
	close(pipe_fds[1]);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]); /* closed */
	assert_string_equal(log_target_text(), "none");
	log_warnx("to nobody");
}

TEST(test_log_auto_on_a_terminal_writes_to_both)
{
	struct fixture *f = *state;
	int reader = listen_at(f->journal, SOCK_DGRAM);
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK), terminal;

	assert_int_equal(grantpt(master) + unlockpt(master), 0);
	terminal = open(ptsname(master), O_RDWR | O_NOCTTY);
	open_log(f, LOG_TO_AUTO, false, terminal);
	assert_string_equal(log_target_text(), "journal and stderr");
	log_notice("seen twice");
	assert_non_null(strstr(take(f, reader), "MESSAGE=seen twice\n"));
	take(f, master);
	assert_non_null(strstr(f->got, " seen twice\r\n"));
	assert_int_not_equal(f->got[0], '<');
	close(terminal);
	close(master);
	close(reader);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_log_full_pipe_delays_nothing_and_stays_as_it_was),
	    CASE(test_log_stopped_terminal_delays_nothing_and_stays_as_it_was),
	    CASE(test_log_full_stream_socket_delays_nothing),
	    CASE(test_log_pipe_that_cannot_be_opened_again_delays_nothing),
	    CASE(test_log_stderr_of_no_use_is_counted_and_no_trap),
	    CASE(test_log_auto_on_a_terminal_writes_to_both),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
