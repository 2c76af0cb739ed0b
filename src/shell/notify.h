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

#define NOTIFY_LISTENERS_MAX 8

struct notify;

/* Reads and unsets the environment (NOTIFY_SOCKET, WATCHDOG_USEC, LISTEN_FDS). Never fails: without
 * a manager all calls do nothing. */
__attribute__((warn_unused_result)) int notify_new(struct notify **ret);
void notify_free(struct notify *n);

/* Whether a manager listens. */
bool notify_active(const struct notify *n);

/* The descriptors called name ("stats"), listening stream sockets; unknown ones were closed.
 * Returns how many. */
size_t notify_listeners(const struct notify *n, const char *name, int fds[], size_t max);

void notify_ready(struct notify *n, const char *status);
void notify_reloading(struct notify *n, nsec_t now_ns);
void notify_stopping(struct notify *n);
/* One line; at most every 10 s goes out. */
void notify_status(struct notify *n, nsec_t now_ns, const char *status);
/* Feeds the watchdog when half of its time has passed; healthy false: not fed. */
void notify_watchdog(struct notify *n, nsec_t now_ns, bool healthy);
/* Asks for more time for a long start, reload or stop. */
void notify_extend(struct notify *n, nsec_t by_ns);

#endif
