/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon's clocks, and the way from a kernel stamp (CLOCK_REALTIME, see socket(7)
 * SO_TIMESTAMPNS) to CLOCK_MONOTONIC, on which every round-trip time is measured. It keeps the
 * offsets that were in force before the last steps of the wall clock, because a packet may have
 * been stamped under an older one than it is read under. It refuses to know packets and to correct
 * anything.
 */
#ifndef ICMPMON_SHELL_CLOCK_H
#define ICMPMON_SHELL_CLOCK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/units.h"

#define CLOCK_ERAS 4 /* offsets remembered: the one in force and three before it */

/* A span in which the wall clock ran beside the monotonic one at a fixed offset. Both ends are when
 * we read the clocks, so neighbours overlap by the time between two readings: the step happened
 * somewhere in there. */
struct clock_era {
	nsec_t offset_ns; /* CLOCK_REALTIME - CLOCK_MONOTONIC */
	nsec_t from_ns; /* monotonic; no stamp of this era is older */
	nsec_t until_ns; /* monotonic; no stamp of this era is younger; NSEC_NEVER: in force */
};

/* Caller's memory; the fields are clock.c's. */
struct clock {
	struct clock_era eras[CLOCK_ERAS]; /* newest first */
	size_t n_eras;
	nsec_t updated_ns; /* monotonic time of the last reading */
	nsec_t boot_offset_ns; /* CLOCK_BOOTTIME - CLOCK_MONOTONIC */
	nsec_t step_ns; /* not yet asked for */
	nsec_t suspended_ns; /* not yet asked for */
};

/* CLOCK_MONOTONIC, CLOCK_BOOTTIME (runs on while the machine sleeps), CLOCK_REALTIME (since 1970;
 * for texts and stamps only). */
nsec_t clock_now_ns(void);
nsec_t clock_boottime_ns(void);
nsec_t clock_wall_ns(void);

/* Starts c with a first reading of the clocks. */
void clock_init(struct clock *c);

/* Reads the clocks again: once a turn. The reading is the tightest of three, each bracketed by two
 * of CLOCK_MONOTONIC; one that was itself interrupted is not taken for a step. A change of the
 * offset by more than 1 ms, less what a suspend explains, is a step. */
void clock_update(struct clock *c);

/* The same from three readings of one moment, for tests and simulations. The first feed into a
 * zeroed c starts it. */
void clock_feed(struct clock *c, nsec_t mono_ns, nsec_t real_ns, nsec_t boot_ns);

/* By how much the wall clock was stepped since the last call, signed: the sum when there were
 * several, 0 when there was none. */
nsec_t clock_step_ns(struct clock *c);

/* How long the machine slept since the last call of this function, 0 when it did not. */
nsec_t clock_suspended_ns(struct clock *c);

/* A kernel stamp on the monotonic clock. not_before_ns and not_after_ns (monotonic) bound when it
 * can have been made; of the offsets known, the one counts that puts it there and into its own era.
 * *ret_ambiguous (may be NULL) is set to true when offsets more than 1 ms apart both do, or none
 * does: the newest that fits, or the one in force, is then used all the same. */
nsec_t clock_map_realtime(const struct clock *c, nsec_t realtime_ns, nsec_t not_before_ns,
    nsec_t not_after_ns, bool *ret_ambiguous);

#endif
