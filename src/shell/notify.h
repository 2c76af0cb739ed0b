/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The service manager: what it hands over (sockets by name) and what it is told (sd_notify(3)), by
 * a non-blocking sender of our own, so that a sleeping manager never stops us. Without libsystemd
 * at build time notify_none.c stands in for it.
 */
#ifndef ICMPMON_SHELL_NOTIFY_H
#define ICMPMON_SHELL_NOTIFY_H

#include <stdbool.h>
#include <stddef.h>

#include "core/units.h"

#define NOTIFY_LISTENERS_MAX 8 /* kept of what the manager hands over */
#define NOTIFY_STATUS_NS (10 * NSEC_PER_SEC) /* between two lines of notify_status */
#define NOTIFY_STATUS_MAX 512 /* bytes of one, NUL included */

struct notify;

/* Reads and unsets the environment (NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS). Without a manager
 * all calls do nothing. Closes at once what was handed over and is no listening stream socket. 0 or
 * -ENOMEM. */
__attribute__((warn_unused_result)) int notify_new(struct notify **ret);
/* Closes what notify_listeners did not give away. */
void notify_free(struct notify *n);

/* Whether a manager listens. */
bool notify_active(const struct notify *n);

/* The listening stream sockets called name ("stats"); they are the caller's from now on. Returns
 * how many, at most max. */
size_t notify_listeners(struct notify *n, const char *name, int fds[], size_t max);

/* What follows never waits. What a sleeping manager did not take is sent by a later call of any of
 * these; of two changes of the same kind only the newer. */

/* Ready, at start and after a reload. status: one line, or NULL. Closes the sockets that nobody has
 * asked for, since their clients would wait for ever. */
void notify_ready(struct notify *n, const char *status);
/* now_ns: CLOCK_MONOTONIC. */
void notify_reloading(struct notify *n, nsec_t now_ns);
void notify_stopping(struct notify *n);
/* One line; one that says something new goes out at most every NOTIFY_STATUS_NS. */
void notify_status(struct notify *n, nsec_t now_ns, const char *status);
/* Feeds the watchdog when half of its time has passed; healthy false: not fed. Once a turn. */
void notify_watchdog(struct notify *n, nsec_t now_ns, bool healthy);
/* Asks for more time for a long start, reload or stop. */
void notify_extend(struct notify *n, nsec_t by_ns);

#endif
