/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the tests of the helper share: one helper, started with limits of the test's own, and looks
 * at processes. Afterwards no process and no descriptor may be left.
 */
#ifndef ICMPMON_TESTS_HELPER_FIXTURE_H
#define ICMPMON_TESTS_HELPER_FIXTURE_H

#include <sys/types.h>

#include "shell/helper_internal.h"

#define FIXTURE_LIMIT_MS 20000 /* no condition is waited for longer */
#define FIXTURE_LIMIT_NS (FIXTURE_LIMIT_MS * NSEC_PER_MSEC)
#define FIXTURE_MEMORY_BYTES (UINT64_C(64) << 20) /* for a reader */

struct fixture {
	struct helper *helper; /* NULL: none now */
	struct helper_limits limits;
	char dir[64]; /* for what actions write */
	char got[16384]; /* what was read last, NUL-terminated */
	size_t descriptors; /* open before */
};

extern const struct helper_limits fixture_limits;

int fixture_set_up(void **state);
int fixture_tear_down(void **state);

/* Ends the helper; the limits may be changed before fixture_start. */
struct helper_limits *fixture_restart(struct fixture *f);
void fixture_start(struct fixture *f);

/* Asks for a file; the answer, which has come. */
struct helper_answer fixture_load(struct fixture *f, const char *file, bool print);
/* The helper reads a good file. */
void fixture_assert_loads(struct fixture *f);

/* Runs words, or a shell's script with the fixture's directory as $1; the shell is the test's, not
 * ours. As helper_run. */
int fixture_run(struct fixture *f, const char *target, const char *const words[], size_t n);
int fixture_run_script(struct fixture *f, const char *target, const char *script);
/* The next answer, which must say that an action failed. */
struct helper_answer fixture_await_failure(struct fixture *f);
/* Lets all that was asked for before come to its end: one more of the same target, which fails. */
void fixture_await_all(struct fixture *f, const char *target);
/* What an action wrote into this file of the fixture's directory. */
const char *fixture_read_written(struct fixture *f, const char *name);
/* The n pids that an action wrote into a file, one a line, are no processes any more. */
void fixture_assert_all_ended(struct fixture *f, const char *name, int n);

/* Reads a file into got; "" when it is not there. */
const char *fixture_read(struct fixture *f, const char *path);

/* How many a directory holds. */
size_t fixture_count_entries(const char *path);

/* Orphans become ours, so that their end can be seen. To be called first in main. */
void fixture_adopt_orphans(void);
/* A child of pid, waited for; 0: none came. */
pid_t fixture_child_of(pid_t pid);
/* Waits until there is no such process any more, or a zombie of ours. */
void fixture_await_end(pid_t pid);
/* Waits until pid has no child. */
void fixture_await_no_child_of(pid_t pid);

#endif
