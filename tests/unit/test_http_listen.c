/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The listeners of the stats server: the socket in the file system, given descriptors, TCP with its
 * rules, and who may command.
 */
#include "unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_http_fixture.h"

#define OTHER_UID 65533 /* nobody we know */
#define OTHER_GID 65532
#define ADMIN_GID 65531

static int
setup(void **state)
{
	*state = fixture_new(2);
	return 0;
}

static int
teardown(void **state)
{
	fixture_free(*state);
	return 0;
}

/* http_new as it is set up; expects this result. */
static void
opens_with(struct fixture *f, int expected, pid_t expected_owner)
{
	pid_t owner = -7;
	int r = http_new(&f->http, f->base, &f->options, &owner);

	if (r != expected)
		fail_msg("%s, not %s", strerror(-r), strerror(-expected));
	assert_int_equal(owner, expected_owner);
}

static mode_t
mode_of(const char *path)
{
	struct stat st;

	assert_int_equal(lstat(path, &st), 0);
	return st.st_mode;
}

TEST(test_socket_has_its_mode_whatever_the_mask)
{
	struct fixture *f = *state;
	mode_t mask = umask(0077);

	opens_with(f, 0, 0);
	assert_int_equal(umask(0), 0077);
	assert_int_equal(mode_of(f->path), S_IFSOCK | 0660);
	http_free(f->http);
	assert_int_equal(access(f->path, F_OK), -1);
	f->options.socket_mode = 0600;
	opens_with(f, 0, 0);
	assert_int_equal(umask(mask), 0);
	assert_int_equal(mode_of(f->path), S_IFSOCK | 0600);
}

/* A unix socket of this type at path; *listening: it has an owner. */
static int
make_socket(const char *path, int type, bool listening)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type, 0);

	strcpy(name.sun_path, path);
	assert_int_equal(bind(fd, (struct sockaddr *)&name, sizeof(name)), 0);
	if (listening)
		assert_int_equal(listen(fd, 0), 0);
	return fd;
}

TEST(test_socket_of_a_dead_daemon_is_replaced)
{
	struct fixture *f = *state;

	(void)close(make_socket(f->path, SOCK_STREAM, true));
	assert_true(S_ISSOCK(mode_of(f->path)));
	fixture_start(f);
	client_free(client_new(f));
}

TEST(test_socket_of_a_live_daemon_is_refused_with_its_pid)
{
	struct fixture *f = *state;
	int fd = make_socket(f->path, SOCK_STREAM, true), clients[3];

	opens_with(f, -EADDRINUSE, getpid());
	assert_true(S_ISSOCK(mode_of(f->path)));
	/* even when its backlog is full and nobody is taken in */
	for (size_t i = 0; i < COUNT(clients); i++) {
		struct sockaddr_un name = {.sun_family = AF_UNIX};

		strcpy(name.sun_path, f->path);
		clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)!connect(clients[i], (struct sockaddr *)&name, sizeof(name));
	}
	opens_with(f, -EADDRINUSE, 0);
	for (size_t i = 0; i < COUNT(clients); i++)
		(void)close(clients[i]);
	(void)close(fd);
	(void)unlink(f->path);
	fd = make_socket(f->path, SOCK_DGRAM, false); /* somebody's, if not a daemon's */
	opens_with(f, -EADDRINUSE, 0);
	(void)close(fd);
	f->http = NULL;
}

TEST(test_what_is_no_socket_is_left_alone)
{
	struct fixture *f = *state;
	char other[128];
	int fd = open(f->path, O_CREAT | O_WRONLY, 0600);

	(void)close(fd);
	opens_with(f, -EEXIST, 0);
	assert_true(S_ISREG(mode_of(f->path)));
	(void)unlink(f->path);
	(void)snprintf(other, sizeof(other), "%s/other", f->dir);
	assert_int_equal(symlink(other, f->path), 0); /* to nothing */
	opens_with(f, -EEXIST, 0);
	assert_int_equal(access(other, F_OK), -1);
	(void)close(make_socket(other, SOCK_STREAM, true)); /* to a dead socket */
	opens_with(f, -EEXIST, 0);
	assert_true(S_ISLNK(mode_of(f->path)) && S_ISSOCK(mode_of(other)));
	(void)unlink(other);
	f->http = NULL;
}

TEST(test_paths_that_cannot_be)
{
	struct fixture *f = *state;
	char path[256];

	memset(path, 'x', sizeof(path));
	path[108] = '\0';
	memcpy(path, "/tmp/", 5);
	f->options.socket_path = path;
	opens_with(f, -ENAMETOOLONG, 0);
	f->options.socket_path = "";
	opens_with(f, -ENAMETOOLONG, 0);
	f->options.socket_path = "/tmp/no such directory/stats.sock";
	opens_with(f, -ENOENT, 0);
	f->http = NULL;
}

TEST(test_longest_path_works)
{
	struct fixture *f = *state;
	char path[108];

	(void)snprintf(path, sizeof(path), "%s/", f->dir);
	memset(path + strlen(path), 'x', sizeof(path) - strlen(path));
	path[107] = '\0';
	f->options.socket_path = path;
	opens_with(f, 0, 0);
	assert_true(S_ISSOCK(mode_of(path)));
	http_free(f->http);
	f->http = NULL;
	assert_int_equal(access(path, F_OK), -1);
}

TEST(test_socket_that_is_no_longer_ours_stays)
{
	struct fixture *f = *state;
	int fd;

	fixture_start(f);
	(void)unlink(f->path);
	fd = make_socket(f->path, SOCK_STREAM, true);
	http_free(f->http);
	f->http = NULL;
	assert_true(S_ISSOCK(mode_of(f->path)));
	(void)close(fd);
}

static int
tcp_listener(int family, uint16_t *ret_port)
{
	struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	struct sockaddr *name =
	    family == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
	socklen_t len = family == AF_INET ? sizeof(four) : sizeof(six);
	int fd = socket(family, SOCK_STREAM, 0);

	if (bind(fd, name, len) < 0 || listen(fd, 8) < 0 || getsockname(fd, name, &len) < 0) {
		(void)close(fd);
		return -1;
	}
	*ret_port = ntohs(family == AF_INET ? four.sin_port : six.sin6_port);
	return fd;
}

static struct client *
tcp_client(int family, uint16_t port)
{
	struct sockaddr_in6 six = {
	    .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT, .sin6_port = htons(port)};
	struct sockaddr_in four = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_port = htons(port)};
	int fd = socket(family, SOCK_STREAM, 0);

	assert_int_equal(family == AF_INET ? connect(fd, (struct sockaddr *)&four, sizeof(four))
					   : connect(fd, (struct sockaddr *)&six, sizeof(six)),
	    0);
	return client_new_fd(fd);
}

static void
over_tcp(struct fixture *f, int family, uint16_t port, const char *request, int status,
    const char *words)
{
	struct client *c = tcp_client(family, port);
	struct answer a;

	client_send(c, request);
	WAIT_UNTIL(f, client_answer(c, 0, false, &a));
	if (a.status != status || !a.complete || strstr(a.body, words) == NULL)
		fail_msg("%s: %d %s", request, a.status, a.body);
	answer_done(&a);
	client_free(c);
}

TEST(test_given_descriptors_are_taken_over)
{
	struct fixture *f = *state;
	char other[128];
	uint16_t port = 0;
	int fds[2];

	(void)snprintf(other, sizeof(other), "%s/given", f->dir);
	fds[0] = make_socket(other, SOCK_STREAM, true);
	fds[1] = tcp_listener(AF_INET, &port);
	f->options.listener_fds = fds;
	f->options.n_listener_fds = 2;
	f->options.socket_path = NULL;
	opens_with(f, 0, 0);
	assert_true(fcntl(fds[0], F_GETFL) & O_NONBLOCK);
	over_tcp(f, AF_INET, port, "GET /healthz HTTP/1.0\r\n\r\n", 200, "ok");
	over_tcp(f, AF_INET, port, "POST /v1/reload HTTP/1.0\r\n\r\n", 403, "unix socket only");
	http_free(f->http);
	f->http = NULL;
	assert_int_equal(fcntl(fds[0], F_GETFL), -1); /* closed */
	assert_true(S_ISSOCK(mode_of(other))); /* the file is the service manager's */
	(void)unlink(other);
}

TEST(test_given_descriptors_that_do_not_fit_stay_the_callers)
{
	struct fixture *f = *state;
	char other[128];
	int fds[2];

	(void)snprintf(other, sizeof(other), "%s/given", f->dir);
	fds[0] = make_socket(other, SOCK_STREAM, true);
	fds[1] = socket(AF_UNIX, SOCK_DGRAM, 0);
	f->options.listener_fds = fds;
	f->options.n_listener_fds = 2;
	opens_with(f, -ENOTSOCK, 0);
	assert_true(fcntl(fds[0], F_GETFL) >= 0 && fcntl(fds[1], F_GETFL) >= 0);
	assert_int_equal(access(f->path, F_OK), -1);
	(void)close(fds[1]);
	fds[1] = socket(AF_INET, SOCK_STREAM, 0); /* does not listen */
	opens_with(f, -ENOTSOCK, 0);
	(void)close(fds[1]);
	fds[1] = open("/dev/null", O_RDONLY);
	opens_with(f, -ENOTSOCK, 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(close(fds[i]), 0);
	(void)unlink(other);
	f->http = NULL;
}

TEST(test_tcp_address_has_to_be_numeric_and_whole)
{
	static const char *const wrong[] = {"", ":", "127.0.0.1", "127.0.0.1:", ":9100",
	    "localhost:9100", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:9100x", "::1:9100",
	    "[::1]", "[::1]:", "[]:9100", "[::1:9100", "[127.0.0.1:9100]", "127.0.0.1:00000000080",
	    "*:9100"};
	struct fixture *f = *state;

	for (size_t i = 0; i < COUNT(wrong); i++) {
		f->options.tcp = wrong[i];
		opens_with(f, -EINVAL, 0);
		assert_int_equal(access(f->path, F_OK), -1);
	}
	f->http = NULL;
}

static void
tcp_case(struct fixture *f, int family, const char *local)
{
	char address[64];
	uint16_t port = 0;
	int fd = tcp_listener(family, &port);

	if (fd < 0)
		return; /* a machine without IPv6 */
	(void)snprintf(address, sizeof(address), "%s:%u", local, port);
	f->options.tcp = address;
	opens_with(f, -EADDRINUSE, -1); /* taken */
	(void)close(fd);
	opens_with(f, 0, 0);
	over_tcp(f, family, port, "GET /v1/status HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 200,
	    "\"schema\":1");
	over_tcp(f, family, port, "GET /v1/status HTTP/1.1\r\nHost: 192.0.2.1\r\n\r\n", 200, "");
	over_tcp(f, family, port,
	    "GET http://[::1]:80/v1/status HTTP/1.1\r\nHost: x.example\r\n\r\n", 200, "");
	over_tcp(f, family, port, "GET /v1/status HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421,
	    "has to be an address");
	over_tcp(f, family, port, "GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
	    421, "");
	over_tcp(f, family, port,
	    "POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 8\r\n\r\ntarget=x", 403,
	    "unix socket only");
	assert_int_equal(f->commands, 0);
	http_free(f->http);
	f->http = NULL;
}

TEST(test_tcp_reads_only_and_checks_the_host)
{
	tcp_case(*state, AF_INET, "127.0.0.1");
	tcp_case(*state, AF_INET6, "[::1]");
}

TEST(test_tcp_follower_that_closes_is_gone)
{
	struct fixture *f = *state;
	uint16_t port = 0;
	int fd = tcp_listener(AF_INET, &port);
	struct client *c;

	f->options.listener_fds = &fd;
	f->options.n_listener_fds = 1;
	opens_with(f, 0, 0);
	c = tcp_client(AF_INET, port);
	client_send(c, "GET /v1/events?follow=1 HTTP/1.1\r\nHost: localhost\r\n\r\n");
	WAIT_UNTIL(f, client_read(c) || c->len > 0);
	client_free(c);
	WAIT_UNTIL(f, http_connections(f->http) == 0);
}

/* A client in a process of its own with these rights asks to pause a target. Returns the status. */
static int
command_as(struct fixture *f, uid_t uid, gid_t gid, const gid_t groups[], size_t n_groups)
{
	static const char request[] = "POST /v1/pause HTTP/1.1\r\nHost: x\r\n"
				      "Content-Length: 8\r\n\r\ntarget=x";
	int tube[2], status = 0;
	nsec_t started = 0;
	pid_t child;

	assert_int_equal(pipe2(tube, O_NONBLOCK), 0);
	child = fork();
	if (child == 0) {
		struct sockaddr_un name = {.sun_family = AF_UNIX};
		int fd = socket(AF_UNIX, SOCK_STREAM, 0), answer = 0;
		char bytes[64] = "";

		strcpy(name.sun_path, f->path);
		if (setgroups(n_groups, groups) == 0 && setresgid(gid, gid, gid) == 0 &&
		    setresuid(uid, uid, uid) == 0 &&
		    connect(fd, (struct sockaddr *)&name, sizeof(name)) == 0 &&
		    write(fd, request, sizeof(request) - 1) > 0 &&
		    read(fd, bytes, sizeof(bytes) - 1) > 0)
			(void)sscanf(bytes, "HTTP/1.1 %d", &answer);
		(void)!write(tube[1], &answer, sizeof(answer));
		_exit(0);
	}
	assert_true(child > 0);
	while (read(tube[0], &status, sizeof(status)) < 0)
		assert_true(fixture_turn(f, &started));
	assert_int_equal(waitpid(child, NULL, 0), child);
	(void)close(tube[0]);
	(void)close(tube[1]);
	return status;
}

TEST(test_commands_are_for_root_and_the_admin_group)
{
	struct fixture *f = *state;
	const gid_t admin = ADMIN_GID, other = OTHER_GID;

	if (geteuid() != 0)
		skip();
	f->options.socket_mode = 0666;
	fixture_start(f);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(command_as(f, 0, 0, NULL, 0), 200);
	assert_int_equal(command_as(f, OTHER_UID, OTHER_GID, NULL, 0), 403);
	assert_int_equal(command_as(f, OTHER_UID, ADMIN_GID, &admin, 1), 403);
	assert_int_equal(command_as(f, OTHER_UID, 0, NULL, 0), 403); /* root's group is not root */
	assert_int_equal(f->commands, 1);
	http_set_admin_gid(f->http, ADMIN_GID);
	assert_int_equal(command_as(f, OTHER_UID, ADMIN_GID, NULL, 0), 200);
	assert_int_equal(command_as(f, OTHER_UID, OTHER_GID, &admin, 1), 200);
	assert_int_equal(command_as(f, OTHER_UID, OTHER_GID, (gid_t[]){1, 2, ADMIN_GID}, 3), 200);
	assert_int_equal(command_as(f, OTHER_UID, OTHER_GID, &other, 1), 403);
	assert_int_equal(f->commands, 4);
}

TEST(test_commands_are_for_the_daemons_own_user)
{
	struct fixture *f = *state;

	if (geteuid() != 0)
		skip();
	f->options.socket_mode = 0666;
	fixture_start(f);
	assert_int_equal(chmod(f->dir, 0755), 0);
	assert_int_equal(command_as(f, OTHER_UID, OTHER_GID, NULL, 0), 403);
	assert_int_equal(setresuid(0, OTHER_UID, 0), 0); /* as whom we now run */
	{
		struct client *c = client_new(f);
		struct answer a;

		client_send(c, "POST /v1/resume HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\n\r\n"
			       "target=x");
		WAIT_UNTIL(f, client_answer(c, 0, false, &a));
		assert_int_equal(setresuid(0, 0, 0), 0);
		assert_int_equal(a.status, 200);
		answer_done(&a);
		client_free(c);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* With deadlines that never come: who says nothing is put out for one who waits, who has asked is
 * not. */
TEST(test_silent_clients_make_way_for_one_who_asks)
{
	struct fixture *f = *state;
	struct client *clients[HTTP_CONNECTIONS_MAX], *late[3];
	struct answer a;

	f->options.limits.request_deadline_ns = f->options.limits.idle_ns = NSEC_PER_HOUR;
	f->options.limits.make_way_ns = 50 * NSEC_PER_MSEC;
	fixture_start(f);
	for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		clients[i] = client_new(f);
	WAIT_UNTIL(f, http_connections(f->http) == HTTP_CONNECTIONS_MAX);
	client_send(clients[0], "GET /v1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n");
	WAIT_UNTIL(f, http_counters(f->http).requests == 1);
	for (int i = 0; i < 3; i++) {
		late[i] = client_new(f);
		client_send(late[i], "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
		WAIT_UNTIL(f, client_answer(late[i], 0, false, &a));
		assert_int_equal(a.status, 200);
		answer_done(&a);
	}
	assert_int_equal(http_counters(f->http).made_way, 3);
	assert_int_equal(http_counters(f->http).refused_deadline, 0);
	for (int i = 0; i < 3; i++)
		client_free(late[i]);
	for (int i = 0; i < HTTP_CONNECTIONS_MAX; i++)
		client_free(clients[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_socket_has_its_mode_whatever_the_mask),
	    CASE(test_socket_of_a_dead_daemon_is_replaced),
	    CASE(test_socket_of_a_live_daemon_is_refused_with_its_pid),
	    CASE(test_what_is_no_socket_is_left_alone),
	    CASE(test_paths_that_cannot_be),
	    CASE(test_longest_path_works),
	    CASE(test_socket_that_is_no_longer_ours_stays),
	    CASE(test_given_descriptors_are_taken_over),
	    CASE(test_given_descriptors_that_do_not_fit_stay_the_callers),
	    CASE(test_tcp_address_has_to_be_numeric_and_whole),
	    CASE(test_tcp_reads_only_and_checks_the_host),
	    CASE(test_tcp_follower_that_closes_is_gone),
	    CASE(test_commands_are_for_root_and_the_admin_group),
	    CASE(test_commands_are_for_the_daemons_own_user),
	    CASE(test_silent_clients_make_way_for_one_who_asks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
