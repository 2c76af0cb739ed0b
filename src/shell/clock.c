/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Clock readings and the eras of the wall clock: see clock.h. Source: clock_gettime(2), socket(7).
 *
 * Slewing (adjtime, NTP) moves CLOCK_REALTIME and CLOCK_MONOTONIC together, so their difference
 * changes by steps only; what is left below the threshold is the error of our own readings and is
 * followed silently.
 */
#include "shell/clock.h"

#include <string.h>
#include <time.h>

/* Tunables.
 * STEP_NS            a change of offset from which on stamps before and after cannot share one
 * offset TOLERANCE_NS       error of a reading, and of the kernel's own stamp, when a stamp is
 * compared with a bound READINGS           bracketed readings of which the tightest counts
 * READINGS_MAX       the same when all so far were interrupted
 * TIGHT_NS           a bracket below which a reading counts as not interrupted
 * SUSPEND_NS         a jump of CLOCK_BOOTTIME from which on it was a suspend */
#define STEP_NS NSEC_PER_MSEC
#define TOLERANCE_NS (50 * NSEC_PER_USEC)
#define READINGS 3
#define READINGS_MAX 10
#define TIGHT_NS (20 * NSEC_PER_USEC)
#define SUSPEND_NS (10 * NSEC_PER_MSEC)

static nsec_t
read_ns(clockid_t id)
{
	struct timespec ts;

	/* These three clocks exist on every Linux that has SO_TIMESTAMPNS; the call has no other
	 * failure. */
	(void)clock_gettime(id, &ts);
	return (nsec_t)ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

nsec_t
clock_now_ns(void)
{
	return read_ns(CLOCK_MONOTONIC);
}

nsec_t
clock_boottime_ns(void)
{
	return read_ns(CLOCK_BOOTTIME);
}

nsec_t
clock_wall_ns(void)
{
	return read_ns(CLOCK_REALTIME);
}

static nsec_t
distance(nsec_t a, nsec_t b)
{
	return a > b ? nsec_sub(a, b) : nsec_sub(b, a);
}

static void
era_begin(struct clock *c, nsec_t offset_ns, nsec_t mono_ns)
{
	memmove(&c->eras[1], &c->eras[0], (CLOCK_ERAS - 1) * sizeof(c->eras[0]));
	if (c->n_eras < CLOCK_ERAS)
		c->n_eras++;
	c->eras[1].until_ns = mono_ns;
	c->eras[0] = (struct clock_era){
	    .offset_ns = offset_ns, .from_ns = c->updated_ns, .until_ns = NSEC_NEVER};
}

void
clock_feed(struct clock *c, nsec_t mono_ns, nsec_t real_ns, nsec_t boot_ns)
{
	nsec_t offset_ns = nsec_sub(real_ns, mono_ns);
	nsec_t boot_offset_ns = nsec_sub(boot_ns, mono_ns);
	nsec_t slept_ns;
	nsec_t step_ns;

	if (c->n_eras == 0) {
		c->n_eras = 1;
		c->eras[0] = (struct clock_era){
		    .offset_ns = offset_ns, .from_ns = INT64_MIN, .until_ns = NSEC_NEVER};
		c->boot_offset_ns = boot_offset_ns;
		c->updated_ns = mono_ns;
		return;
	}

	slept_ns = nsec_sub(boot_offset_ns, c->boot_offset_ns);
	if (slept_ns < SUSPEND_NS)
		slept_ns = 0;
	else
		c->boot_offset_ns = boot_offset_ns;
	c->suspended_ns = nsec_add(c->suspended_ns, slept_ns);

	/* A suspend stops CLOCK_MONOTONIC alone: the offset then grows without anybody having set
	 * the wall clock. */
	step_ns = nsec_sub(nsec_sub(offset_ns, c->eras[0].offset_ns), slept_ns);
	if (distance(step_ns, 0) > STEP_NS)
		c->step_ns = nsec_add(c->step_ns, step_ns);
	if (distance(offset_ns, c->eras[0].offset_ns) > STEP_NS)
		era_begin(c, offset_ns, mono_ns);
	else
		c->eras[0].offset_ns = offset_ns;
	c->updated_ns = mono_ns;
}

void
clock_update(struct clock *c)
{
	nsec_t best_width_ns = NSEC_NEVER;
	nsec_t mono_ns = 0;
	nsec_t real_ns = 0;
	nsec_t boot_ns = 0;

	for (int i = 0; i < READINGS || (i < READINGS_MAX && best_width_ns > TIGHT_NS); i++) {
		nsec_t before_ns = read_ns(CLOCK_MONOTONIC);
		nsec_t real = read_ns(CLOCK_REALTIME);
		nsec_t boot = read_ns(CLOCK_BOOTTIME);
		nsec_t after_ns = read_ns(CLOCK_MONOTONIC);

		if (after_ns - before_ns >= best_width_ns)
			continue;
		best_width_ns = after_ns - before_ns;
		mono_ns = before_ns + best_width_ns / 2;
		real_ns = real;
		boot_ns = boot;
	}

	/* A reading too wide to tell a step from its own error says nothing new. */
	if (c->n_eras > 0 &&
	    distance(nsec_sub(real_ns, mono_ns), c->eras[0].offset_ns) <= best_width_ns / 2)
		real_ns = nsec_add(c->eras[0].offset_ns, mono_ns);
	clock_feed(c, mono_ns, real_ns, boot_ns);
}

void
clock_init(struct clock *c)
{
	*c = (struct clock){0};
	clock_update(c);
}

nsec_t
clock_step_ns(struct clock *c)
{
	nsec_t step_ns = c->step_ns;

	c->step_ns = 0;
	return step_ns;
}

nsec_t
clock_suspended_ns(struct clock *c)
{
	nsec_t suspended_ns = c->suspended_ns;

	c->suspended_ns = 0;
	return suspended_ns;
}

nsec_t
clock_map_realtime(const struct clock *c, nsec_t realtime_ns, nsec_t not_before_ns,
    nsec_t not_after_ns, bool *ret_ambiguous)
{
	bool found = false;
	bool ambiguous = false;
	nsec_t chosen_ns = nsec_sub(realtime_ns, c->eras[0].offset_ns);

	for (size_t i = 0; i < c->n_eras; i++) {
		const struct clock_era *era = &c->eras[i];
		nsec_t mapped_ns = nsec_sub(realtime_ns, era->offset_ns);

		if (mapped_ns < nsec_sub(nsec_max(era->from_ns, not_before_ns), TOLERANCE_NS) ||
		    mapped_ns > nsec_add(nsec_min(era->until_ns, not_after_ns), TOLERANCE_NS))
			continue;
		if (!found)
			chosen_ns = mapped_ns;
		else if (distance(chosen_ns, mapped_ns) > STEP_NS)
			ambiguous = true;
		found = true;
	}
	if (ret_ambiguous != NULL)
		*ret_ambiguous = ambiguous || !found;
	return chosen_ns;
}
