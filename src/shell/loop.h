/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The event loop: libevent's base, the one wake timer of the engine, descriptors and signals, and
 * libevent's own log and fatal messages. The wake timer goes before all else. It refuses to know
 * what is done on a wake.
 */
#ifndef ICMPMON_SHELL_LOOP_H
#define ICMPMON_SHELL_LOOP_H

#include "core/units.h"

#define LOOP_WATCHES_MAX 16
#define LOOP_SIGNALS_MAX 8
#define LOOP_PRIORITY_WAKE 0 /* of 3: the engine's turn */
#define LOOP_PRIORITY_NORMAL 1
#define LOOP_PRIORITY_HTTP 2

struct loop;

/* 0, -ENOMEM, or -ENOTSUP: this libevent ends the process for some names of clients (the unix-path
 * defect of plain 2.1.12) and may not be used. */
__attribute__((warn_unused_result)) int loop_new(struct loop **ret);
void loop_free(struct loop *l);

/* The struct event_base *, for modules that are built on libevent themselves (http, resolve). */
void *loop_base(struct loop *l);

/* What a wake calls. */
void loop_on_wake(struct loop *l, void (*turn)(void *arg), void *arg);
/* The next wake, CLOCK_MONOTONIC; replaces the former one; NSEC_NEVER: none. */
void loop_wake_at(struct loop *l, nsec_t at_ns);

/* Calls ready whenever fd can be read. 0, -ENOSPC above LOOP_WATCHES_MAX, -ENOMEM. */
__attribute__((warn_unused_result)) int loop_watch(
    struct loop *l, int fd, void (*ready)(void *arg), void *arg);
void loop_unwatch(struct loop *l, int fd);

/* Calls caught in the loop, never in the signal's context. 0, -ENOSPC, -ENOMEM. */
__attribute__((warn_unused_result)) int loop_on_signal(
    struct loop *l, int signal_number, void (*caught)(void *arg), void *arg);

/* Runs until loop_stop. 0, or -EIO when libevent gave up. */
__attribute__((warn_unused_result)) int loop_run(struct loop *l);
void loop_stop(struct loop *l);

#endif
