/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the tests of the log: readers in a directory of their own, and a log that speaks to them.
 */
#ifndef ICMPMON_TESTS_LOG_FIXTURE_H
#define ICMPMON_TESTS_LOG_FIXTURE_H

#include "shell/log_internal.h"

#define SECONDS(n) ((n)*NSEC_PER_SEC)
#define FLUSH_LIMIT_NS (10 * NSEC_PER_SEC) /* only a failing case takes so long */

struct fixture {
	char dir[64], syslog[96], journal[96];
	char got[64 * 1024]; /* what was read last, NUL-terminated */
	nsec_t now_ns; /* of the next tick */
};

int listen_at(const char *path, int type);
/* The next bytes of a reader; "" when there are none. */
const char *take(struct fixture *f, int fd);
void open_log(struct fixture *f, enum log_target target, bool debug, int stderr_fd);
void tick(struct fixture *f);
/* n numbered lines, in as many seconds as the budget asks for. */
void say_lines(struct fixture *f, int from, int n);
size_t open_descriptors(void);
int set_up(void **state);
int tear_down(void **state);

#endif
