/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements helper_fixture.h with the files of proc(5).
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "helper_fixture.h"
#include "shell/clock.h"
#include "unit.h"

#define STEP_MS 2

const struct helper_limits fixture_limits = {
    .parse_ns = FIXTURE_LIMIT_NS,
    .parse_memory_bytes = FIXTURE_MEMORY_BYTES,
    .action_ns = FIXTURE_LIMIT_NS,
    .kill_after_ns = FIXTURE_LIMIT_NS,
    .hung_ns = FIXTURE_LIMIT_NS,
    .restart_ns = 20 * NSEC_PER_MSEC,
};

static size_t
open_descriptors(void)
{
	size_t n = 0;

	for (int fd = 0; fd < 1024; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

void
fixture_start(struct fixture *f)
{
	assert_int_equal(helper_start_with(&f->limits, &f->helper), 0);
}

struct helper_limits *
fixture_restart(struct fixture *f)
{
	helper_free(f->helper);
	f->helper = NULL;
	return &f->limits;
}

int
fixture_set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->limits = fixture_limits;
	f->descriptors = open_descriptors();
	strcpy(f->dir, "/tmp/icmpmon-helper-XXXXXX");
	assert_non_null(mkdtemp(f->dir));
	fixture_start(f);
	*state = f;
	return 0;
}

int
fixture_tear_down(void **state)
{
	struct fixture *f = *state;
	char path[512];
	DIR *dir;

	helper_free(f->helper);
	assert_int_equal(open_descriptors(), f->descriptors);
	fixture_await_no_child_of(getpid());
	dir = opendir(f->dir);
	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
		snprintf(path, sizeof(path), "%s/%s", f->dir, entry->d_name);
		(void)unlink(path);
	}
	(void)closedir(dir);
	(void)rmdir(f->dir);
	free(f);
	return 0;
}

const char *
fixture_read(struct fixture *f, const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, f->got, sizeof(f->got) - 1);

	f->got[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		(void)close(fd);
	return f->got;
}

size_t
fixture_count_entries(const char *path)
{
	DIR *dir = opendir(path);
	size_t n = 0;

	assert_non_null(dir);
	for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
		n += entry->d_name[0] != '.';
	(void)closedir(dir);
	return n;
}

void
fixture_adopt_orphans(void)
{
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
}

/* A process whose parent is pid, zombies included; 0: none. */
static pid_t
find_child_of(pid_t pid)
{
	DIR *dir = opendir("/proc");
	pid_t found = 0;

	assert_non_null(dir);
	for (struct dirent *entry; found == 0 && (entry = readdir(dir)) != NULL;) {
		char path[300], text[512];
		ssize_t n;
		int fd, parent;

		if (entry->d_name[0] < '1' || entry->d_name[0] > '9')
			continue;
		snprintf(path, sizeof(path), "/proc/%s/stat", entry->d_name);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, text, sizeof(text) - 1);
		(void)close(fd);
		if (n <= 0)
			continue;
		text[n] = '\0';
		if (strrchr(text, ')') != NULL &&
		    sscanf(strrchr(text, ')'), ") %*c %d", &parent) == 1 && parent == pid)
			found = (pid_t)atoi(entry->d_name);
	}
	(void)closedir(dir);
	return found;
}

pid_t
fixture_child_of(pid_t pid)
{
	nsec_t end_ns = clock_now_ns() + FIXTURE_LIMIT_NS;
	pid_t child;

	while ((child = find_child_of(pid)) == 0 && clock_now_ns() < end_ns)
		(void)poll(NULL, 0, STEP_MS);
	return child;
}

void
fixture_await_no_child_of(pid_t pid)
{
	nsec_t end_ns = clock_now_ns() + FIXTURE_LIMIT_NS;
	pid_t child;

	while ((child = find_child_of(pid)) != 0) {
		if (clock_now_ns() >= end_ns)
			fail_msg("%d is still a child of %d", (int)child, (int)pid);
		if (pid == getpid())
			(void)waitpid(-1, NULL, WNOHANG); /* an orphan that we adopted */
		(void)poll(NULL, 0, STEP_MS);
	}
}

void
fixture_await_end(pid_t pid)
{
	nsec_t end_ns = clock_now_ns() + FIXTURE_LIMIT_NS;
	siginfo_t child = {0};

	/* Ours stays a zombie for who has to reap it. */
	while (kill(pid, 0) == 0) {
		if (waitid(P_PID, (id_t)pid, &child, WEXITED | WNOHANG | WNOWAIT) == 0 &&
		    child.si_pid == pid)
			return;
		if (clock_now_ns() >= end_ns)
			fail_msg("process %d has not ended", (int)pid);
		(void)poll(NULL, 0, STEP_MS);
	}
	assert_int_equal(errno, ESRCH);
}

struct helper_answer
fixture_load(struct fixture *f, const char *file, bool print)
{
	struct helper_answer answer;
	int64_t request = helper_load(f->helper, file, print);

	assert_true(request > 0);
	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.request, request);
	return answer;
}

void
fixture_assert_loads(struct fixture *f)
{
	struct helper_answer answer = fixture_load(f, "accept:100", false);

	assert_int_equal(answer.kind, HELPER_LOADED);
	assert_int_equal(answer.bytes, 100);
	(void)close(answer.fd);
}

int
fixture_run(struct fixture *f, const char *target, const char *const words[], size_t n)
{
	static const char *const env[] = {"ICMPMON_TARGET=nas", "ICMPMON_REASON=loss 7% > 5%"};
	const struct helper_action action = {
	    .target = target, .argv = words, .argc = n, .env = env, .envc = COUNT(env)};

	return helper_run(f->helper, &action);
}

int
fixture_run_script(struct fixture *f, const char *target, const char *script)
{
	const char *const words[] = {"/bin/sh", "-c", script, "sh", f->dir};

	return fixture_run(f, target, words, COUNT(words));
}

struct helper_answer
fixture_await_failure(struct fixture *f)
{
	struct helper_answer answer;

	assert_true(helper_wait(f->helper, FIXTURE_LIMIT_NS, &answer));
	assert_int_equal(answer.kind, HELPER_ACTION_ENDED);
	assert_int_equal(answer.fd, -1);
	return answer;
}

void
fixture_await_all(struct fixture *f, const char *target)
{
	assert_int_equal(fixture_run_script(f, target, "exit 99"), 0);
	assert_int_equal(WEXITSTATUS(fixture_await_failure(f).status), 99);
}

const char *
fixture_read_written(struct fixture *f, const char *name)
{
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", f->dir, name);
	return fixture_read(f, path);
}

void
fixture_assert_all_ended(struct fixture *f, const char *name, int n)
{
	const char *p = fixture_read_written(f, name);
	int found = 0, pid, used;

	for (; sscanf(p, "%d%n", &pid, &used) == 1; p += used, found++)
		fixture_await_end(pid);
	assert_int_equal(found, n);
}
