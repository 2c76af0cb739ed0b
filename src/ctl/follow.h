/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What all commands that go on for ever do when the daemon is away: say so once, wait, say that it
 * is back.
 */
#ifndef ICMPMON_CTL_FOLLOW_H
#define ICMPMON_CTL_FOLLOW_H

#include <stdbool.h>

#include "core/units.h"
#include "ctl/client.h"

struct ctl;

struct follow {
	const struct ctl *ctl;
	bool away;
};

/* True when a daemon that was there may come back and mend this: it is gone, restarting or busy. */
bool follow_may_mend(const struct ctl *ctl, enum client_result result);

/* Says that the daemon does not answer, unless it did, and waits a second. */
void follow_wait(struct follow *f, enum client_result result);

/* Says that it answers, if it did not. True if it did not. */
bool follow_back(struct follow *f);

void follow_sleep(nsec_t duration_ns);

#endif
