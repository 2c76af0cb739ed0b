/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements loop_defect.h; configure compiles this very file for its own check. Both addresses are
 * abstract (unix(7)), so that no file is made: libevent takes their length for that of a path.
 */
#include "shell/loop_defect.h"

#include <errno.h>
#include <event2/dns.h>
#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Tunables.
 * CLIENT_PATH_BYTES   length of the client's name: anything above 26 shows the defect
 * UNIQUE_BYTES        of it make it unique; those behind them are all 'A', so that the pointer that
 *                     a libevent without assertions overwrites cannot happen to be a valid one
 * LIMIT_S             after which an answer is no longer awaited */
#define CLIENT_PATH_BYTES 89
#define UNIQUE_BYTES 28
#define LIMIT_S 2

enum verdict { VERDICT_SERVED = 0, VERDICT_DEFECTIVE = 1, VERDICT_UNKNOWN = 2 };

static void
on_fatal(int code)
{
	_exit(VERDICT_DEFECTIVE);
}

static void
on_log(int severity, const char *text)
{
}

/* Reads the answer; its end, when libevent has closed the connection, ends the loop. */
static void
on_answer(evutil_socket_t fd, short what, void *base)
{
	char bytes[1024];

	if (read(fd, bytes, sizeof(bytes)) <= 0)
		(void)event_base_loopbreak(base); /* else LIMIT_S ends it */
}

/* A listening socket whose name the kernel chose. -1: none to be had. */
static int
open_listener(struct sockaddr_un *ret_name, socklen_t *ret_len)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	socklen_t len = sizeof(name);

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, sizeof(sa_family_t)) < 0 ||
	    listen(fd, 1) < 0 || getsockname(fd, (struct sockaddr *)&name, &len) < 0)
		return -1; /* the descriptor ends with the process, here and below */
	*ret_name = name;
	*ret_len = len;
	return fd;
}

/* A client with the long name, connected, its request sent. -1: none to be had. */
static int
open_client(const struct sockaddr_un *server, socklen_t server_len)
{
	static const char request[] = "GET / HTTP/1.0\r\n\r\n";
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now); /* exists everywhere */
	memset(name.sun_path + 1, 'A', CLIENT_PATH_BYTES - 1);
	(void)snprintf(name.sun_path + 1, UNIQUE_BYTES, "icmpmon-%d-%09ld", (int)getpid(),
	    now.tv_nsec); /* cut short, it is still unique enough */
	if (fd < 0 ||
	    bind(fd, (struct sockaddr *)&name,
		offsetof(struct sockaddr_un, sun_path) + CLIENT_PATH_BYTES) < 0 ||
	    connect(fd, (const struct sockaddr *)server, server_len) < 0 ||
	    send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0)
		return -1;
	return fd;
}

/* The child: does not come back on a defective libevent. evdns is loaded for the sake of one
 * without assertions: it then follows the overwritten pointer when the connection is freed. */
static enum verdict
serve(void)
{
	struct event_base *base = event_base_new();
	struct evhttp *http = base != NULL ? evhttp_new(base) : NULL;
	struct evdns_base *dns = base != NULL ? evdns_base_new(base, 0) : NULL;
	struct event *answer = NULL;
	struct sockaddr_un name;
	socklen_t name_len = 0;
	int listener = open_listener(&name, &name_len);
	int client = listener >= 0 ? open_client(&name, name_len) : -1;
	enum verdict verdict = VERDICT_UNKNOWN;

	if (http == NULL || dns == NULL || client < 0 || evhttp_accept_socket(http, listener) < 0)
		goto cleanup;
	answer = event_new(base, client, EV_READ | EV_PERSIST, on_answer, base);
	if (answer == NULL || event_add(answer, NULL) < 0 ||
	    event_base_loopexit(base, &(struct timeval){.tv_sec = LIMIT_S}) < 0)
		goto cleanup;
	if (event_base_dispatch(base) == 0 && event_base_got_break(base))
		verdict = VERDICT_SERVED;
cleanup:
	if (answer != NULL)
		event_free(answer);
	if (dns != NULL)
		evdns_base_free(dns, 0);
	if (http != NULL)
		evhttp_free(http);
	if (base != NULL)
		event_base_free(base);
	if (client >= 0)
		(void)close(client); /* was only read from */
	return verdict;
}

bool
loop_libevent_is_defective(void)
{
	pid_t child = fork();
	int status = 0;

	if (child == 0) {
		(void)prctl(PR_SET_DUMPABLE, 0); /* no core file; refused, there is one */
		event_set_fatal_callback(on_fatal);
		event_set_log_callback(on_log);
		_exit(serve());
	}
	while (child > 0 && waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return false;
	}
	if (child < 0)
		return false;
	if (WIFEXITED(status))
		return WEXITSTATUS(status) == VERDICT_DEFECTIVE;
	return WTERMSIG(status) == SIGABRT || WTERMSIG(status) == SIGSEGV ||
	       WTERMSIG(status) == SIGBUS;
}
