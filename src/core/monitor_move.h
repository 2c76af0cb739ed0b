/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For monitor_apply.c, monitor_compare.c and monitor_move.c alone: a reload under way.
 */
#ifndef ICMPMON_CORE_MONITOR_MOVE_H
#define ICMPMON_CORE_MONITOR_MOVE_H

#include "core/monitor_internal.h"

struct mover {
	struct monitor *m, *old;
	nsec_t now_ns;
	uint32_t added, removed, changed;
};

/* The series goes on: what it measures is the same thing. */
bool move_goes_on(const struct settings *a, const struct settings_target *x,
    const struct settings *b, const struct settings_target *y);
/* Nothing was changed that a user could have written; where it stands does not count. */
bool move_same_settings(const struct settings *a, const struct settings_target *x,
    const struct settings *b, const struct settings_target *y);
bool move_same_name(const struct settings *a, const struct settings_alarm *x,
    const struct settings *b, const struct settings_alarm *y);
/* Whether two alarms judge the same: by name and conditions. */
bool move_same_alarm(const struct settings *a, const struct settings_alarm *x,
    const struct settings *b, const struct settings_alarm *y);

/* Moves all that series from of the old engine is into series to of the new one, its flights
 * apart. */
void move_series(struct mover *v, uint32_t from, uint32_t to);

/* What can only be told when all is in its new place: pauses and alarms that the configuration
 * brought or took. */
void move_tell(struct mover *v, uint32_t from, uint32_t to);

#endif
