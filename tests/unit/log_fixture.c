/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements log_fixture.h.
 */
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "log_fixture.h"

int
listen_at(const char *path, int type)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	strcpy(to.sun_path, path);
	assert_int_equal(bind(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	if (type == SOCK_STREAM)
		assert_int_equal(listen(fd, 1), 0);
	return fd;
}

const char *
take(struct fixture *f, int fd)
{
	ssize_t n = read(fd, f->got, sizeof(f->got) - 1);

	f->got[n < 0 ? 0 : n] = '\0';
	return f->got;
}

void
open_log(struct fixture *f, enum log_target target, bool debug, int stderr_fd)
{
	const struct log_setup setup = {
	    .target = target,
	    .debug = debug,
	    .under_systemd = true,
	    .syslog_path = f->syslog,
	    .journal_path = f->journal,
	    .stderr_fd = stderr_fd,
	};

	log_open_with(&setup);
}

void
tick(struct fixture *f)
{
	f->now_ns += SECONDS(1);
	log_tick(f->now_ns);
}

void
say_lines(struct fixture *f, int from, int n)
{
	for (int i = from; i < from + n; i++) {
		if (i % 10 == 0)
			tick(f);
		log_warnx("line %d", i);
	}
}

size_t
open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 256; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	strcpy(f->dir, "/tmp/icmpmon-log-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	snprintf(f->syslog, sizeof(f->syslog), "%s/log", f->dir);
	snprintf(f->journal, sizeof(f->journal), "%s/journal", f->dir);
	f->now_ns = SECONDS(1000);
	*state = f;
	return 0;
}

int
tear_down(void **state)
{
	struct fixture *f = *state;

	log_close();
	(void)unlink(f->syslog);
	(void)unlink(f->journal);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}
