/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * All targets that the options ask for, as a table, as lines for scripts, or as JSON.
 */
#ifndef ICMPMON_CTL_LISTING_H
#define ICMPMON_CTL_LISTING_H

struct ctl;

/* Returns the exit status. */
int listing_run(struct ctl *ctl);

#endif
