/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The service manager played by a socket of our own: what it hears, that it cannot stop us asleep,
 * and what becomes of the sockets that it hands over.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "shell/notify.h"
#include "unit.h"

#define SECONDS(n) ((n)*NSEC_PER_SEC)
#define FDS_FIRST 3 /* where a manager begins (sd_listen_fds(3)) */

struct fixture {
	char dir[64], path[96];
	int manager; /* -1: not listening */
	struct notify *notify;
	char got[1024];
};

static int
manage(const char *name)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(to.sun_path, name);
	if (name[0] == '@')
		to.sun_path[0] = '\0';
	assert_int_equal(bind(fd, (const struct sockaddr *)&to,
			     (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name))),
	    0);
	return fd;
}

/* The next message; "" when there is none. */
static const char *
take(struct fixture *f)
{
	ssize_t n = recv(f->manager, f->got, sizeof(f->got) - 1, 0);

	f->got[n < 0 ? 0 : n] = '\0';
	return f->got;
}

static void
start(struct fixture *f)
{
	f->manager = manage(f->path);
	assert_int_equal(setenv("NOTIFY_SOCKET", f->path, 1), 0);
	assert_int_equal(notify_new(&f->notify), 0);
}

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->manager = -1;
	strcpy(f->dir, "/tmp/icmpmon-notify-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->path, sizeof(f->path), "%s/notify", f->dir);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	notify_free(f->notify);
	if (f->manager >= 0)
		(void)close(f->manager);
	(void)unlink(f->path);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

TEST(test_notify_without_a_manager_does_nothing)
{
	struct fixture *f = *state;
	int fds[NOTIFY_LISTENERS_MAX];

	assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
	assert_int_equal(notify_new(&f->notify), 0);
	assert_false(notify_active(f->notify));
	notify_ready(f->notify, "ready");
	notify_reloading(f->notify, 1);
	notify_status(f->notify, 1, "status");
	notify_watchdog(f->notify, 1, true);
	notify_extend(f->notify, 1);
	notify_stopping(f->notify);
	assert_int_equal(notify_listeners(f->notify, "stats", fds, NOTIFY_LISTENERS_MAX), 0);
}

TEST(test_notify_life_is_told_in_order)
{
	struct fixture *f = *state;

	start(f);
	assert_true(notify_active(f->notify));
	assert_null(getenv("NOTIFY_SOCKET"));
	notify_extend(f->notify, SECONDS(30));
	notify_ready(f->notify, "probing 3 targets");
	notify_reloading(f->notify, 123456789);
	notify_ready(f->notify, NULL);
	notify_stopping(f->notify);
	assert_string_equal(take(f), "EXTEND_TIMEOUT_USEC=30000000");
	assert_string_equal(take(f), "READY=1");
	assert_string_equal(take(f), "STATUS=probing 3 targets");
	assert_string_equal(take(f), "RELOADING=1\nMONOTONIC_USEC=123456");
	assert_string_equal(take(f), "READY=1");
	assert_string_equal(take(f), "STOPPING=1");
	assert_string_equal(take(f), "");
}

TEST(test_notify_abstract_socket_is_reached)
{
	struct fixture *f = *state;
	char name[64];

	snprintf(name, sizeof(name), "@icmpmon-test-%d", (int)getpid());
	f->manager = manage(name);
	assert_int_equal(setenv("NOTIFY_SOCKET", name, 1), 0);
	assert_int_equal(notify_new(&f->notify), 0);
	notify_ready(f->notify, NULL);
	assert_string_equal(take(f), "READY=1");
}

TEST(test_notify_unusable_socket_name_is_no_manager)
{
	struct fixture *f = *state;
	char name[200];

	memset(name, 'x', sizeof(name) - 1);
	name[0] = '/';
	name[sizeof(name) - 1] = '\0';
	for (int i = 0; i < 4; i++) {
		const char *const names[] = {name, "vsock:2:1234", "", "@"};

		assert_int_equal(setenv("NOTIFY_SOCKET", names[i], 1), 0);
		assert_int_equal(notify_new(&f->notify), 0);
		assert_false(notify_active(f->notify));
		notify_free(f->notify);
		f->notify = NULL;
	}
}

TEST(test_notify_status_goes_out_every_ten_seconds_at_most)
{
	struct fixture *f = *state;

	start(f);
	notify_status(f->notify, SECONDS(100), "one\nREADY=1");
	assert_string_equal(take(f), "STATUS=one READY=1");
	notify_status(f->notify, SECONDS(110) - 1, "two");
	assert_string_equal(take(f), "");
	notify_status(f->notify, SECONDS(110), "three");
	assert_string_equal(take(f), "STATUS=three");
	notify_status(f->notify, SECONDS(130), "three"); /* nothing new */
	assert_string_equal(take(f), "");
	notify_status(f->notify, SECONDS(131), "four");
	assert_string_equal(take(f), "STATUS=four");
}

TEST(test_notify_watchdog_is_fed_at_half_time_while_healthy)
{
	struct fixture *f = *state;

	assert_int_equal(setenv("WATCHDOG_USEC", "20000000", 1), 0);
	start(f);
	assert_null(getenv("WATCHDOG_USEC"));
	notify_watchdog(f->notify, SECONDS(100), true);
	assert_string_equal(take(f), "WATCHDOG=1");
	notify_watchdog(f->notify, SECONDS(110) - 1, true);
	assert_string_equal(take(f), "");
	notify_watchdog(f->notify, SECONDS(110), false);
	assert_string_equal(take(f), "");
	notify_watchdog(f->notify, SECONDS(111), true);
	assert_string_equal(take(f), "WATCHDOG=1");
}

TEST(test_notify_watchdog_of_another_process_is_not_fed)
{
	struct fixture *f = *state;

	assert_int_equal(setenv("WATCHDOG_USEC", "20000000", 1), 0);
	assert_int_equal(setenv("WATCHDOG_PID", "1", 1), 0);
	start(f);
	notify_watchdog(f->notify, SECONDS(100), true);
	assert_string_equal(take(f), "");
}

/* A manager that sleeps lets no call wait; awake again it hears the last state of things, once and
 * in order. */
TEST(test_notify_sleeping_manager_stops_nothing_and_hears_it_later)
{
	struct fixture *f = *state;
	int n = 0;

	start(f);
	for (int i = 0; i < 1000; i++) {
		char status[32];

		snprintf(status, sizeof(status), "status %d", i);
		notify_status(f->notify, SECONDS(10) * i, status);
		notify_reloading(f->notify, SECONDS(10) * i);
		notify_ready(f->notify, NULL);
	}
	while (take(f)[0] != '\0')
		n++;
	assert_true(n > 0 && n < 1000); /* it did sleep */
	notify_watchdog(f->notify, SECONDS(10000), true);
	assert_string_equal(take(f), "RELOADING=1\nMONOTONIC_USEC=9990000000");
	assert_string_equal(take(f), "READY=1");
	assert_string_equal(take(f), "STATUS=status 999");
	assert_string_equal(take(f), "");
}

TEST(test_notify_manager_that_comes_back_is_told)
{
	struct fixture *f = *state;

	start(f);
	close(f->manager);
	unlink(f->path);
	notify_ready(f->notify, "up");
	f->manager = manage(f->path);
	notify_watchdog(f->notify, 0, true);
	assert_string_equal(take(f), "READY=1");
	assert_string_equal(take(f), "STATUS=up");
}

/* Descriptors from 3 on, as a manager hands them over; what a test runner has left there goes. */
static void
hand_over(const int fds[], int n, const char *names)
{
	char text[32];

	for (int i = 0; i < n; i++)
		assert_int_equal(dup2(fds[i], FDS_FIRST + i), FDS_FIRST + i);
	snprintf(text, sizeof(text), "%d", (int)getpid());
	assert_int_equal(setenv("LISTEN_PID", text, 1), 0);
	snprintf(text, sizeof(text), "%d", n);
	assert_int_equal(setenv("LISTEN_FDS", text, 1), 0);
	assert_int_equal(setenv("LISTEN_FDNAMES", names, 1), 0);
}

/* High numbers, so that they are not in the way. */
static int
high_socket(int type, bool listening)
{
	struct sockaddr_un any = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0), high = fcntl(fd, F_DUPFD_CLOEXEC, 100);

	close(fd);
	assert_int_equal(bind(high, (const struct sockaddr *)&any, sizeof(any.sun_family)), 0);
	if (listening)
		assert_int_equal(listen(high, 1), 0);
	return high;
}

static bool
is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

TEST(test_notify_listeners_are_found_by_name_and_the_rest_is_closed)
{
	struct fixture *f = *state;
	const int given[] = {high_socket(SOCK_STREAM, true), high_socket(SOCK_DGRAM, false),
	    high_socket(SOCK_STREAM, true), high_socket(SOCK_STREAM, false),
	    high_socket(SOCK_STREAM, true)};
	int fds[NOTIFY_LISTENERS_MAX];

	hand_over(given, COUNT(given), "stats:stats:other:stats:stats");
	assert_int_equal(notify_new(&f->notify), 0);
	assert_null(getenv("LISTEN_FDS"));
	assert_false(is_open(FDS_FIRST + 1)); /* a datagram socket */
	assert_false(is_open(FDS_FIRST + 3)); /* does not listen */
	assert_int_equal(fcntl(FDS_FIRST, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(notify_listeners(f->notify, "stats", fds, 1), 1);
	assert_int_equal(fds[0], FDS_FIRST);
	assert_int_equal(notify_listeners(f->notify, "stats", fds, NOTIFY_LISTENERS_MAX), 1);
	assert_int_equal(fds[0], FDS_FIRST + 4);
	assert_int_equal(notify_listeners(f->notify, "stats", fds, NOTIFY_LISTENERS_MAX), 0);
	assert_true(is_open(FDS_FIRST + 2));
	notify_ready(f->notify, NULL);
	assert_false(is_open(FDS_FIRST + 2)); /* nobody asked for it */
	notify_free(f->notify);
	f->notify = NULL;
	assert_true(is_open(FDS_FIRST) && is_open(FDS_FIRST + 4)); /* the caller's */
	close(FDS_FIRST);
	close(FDS_FIRST + 4);
	for (size_t i = 0; i < COUNT(given); i++)
		close(given[i]);
}

TEST(test_notify_too_many_listeners_are_closed_and_free_closes_the_rest)
{
	struct fixture *f = *state;
	int given[NOTIFY_LISTENERS_MAX + 1];
	char names[NOTIFY_LISTENERS_MAX * 2 + 2] = "";

	for (size_t i = 0; i < COUNT(given); i++) {
		given[i] = high_socket(SOCK_STREAM, true);
		strcat(names, i == 0 ? "a" : ":a");
	}
	hand_over(given, COUNT(given), names);
	assert_int_equal(notify_new(&f->notify), 0);
	assert_true(is_open(FDS_FIRST + NOTIFY_LISTENERS_MAX - 1));
	assert_false(is_open(FDS_FIRST + NOTIFY_LISTENERS_MAX));
	notify_free(f->notify);
	f->notify = NULL;
	for (int i = 0; i < NOTIFY_LISTENERS_MAX; i++)
		assert_false(is_open(FDS_FIRST + i));
	for (size_t i = 0; i < COUNT(given); i++)
		close(given[i]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_notify_without_a_manager_does_nothing),
	    CASE(test_notify_life_is_told_in_order),
	    CASE(test_notify_abstract_socket_is_reached),
	    CASE(test_notify_unusable_socket_name_is_no_manager),
	    CASE(test_notify_status_goes_out_every_ten_seconds_at_most),
	    CASE(test_notify_watchdog_is_fed_at_half_time_while_healthy),
	    CASE(test_notify_watchdog_of_another_process_is_not_fed),
	    CASE(test_notify_sleeping_manager_stops_nothing_and_hears_it_later),
	    CASE(test_notify_manager_that_comes_back_is_told),
	    CASE(test_notify_listeners_are_found_by_name_and_the_rest_is_closed),
	    CASE(test_notify_too_many_listeners_are_closed_and_free_closes_the_rest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
