/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Time of the core: signed 64-bit nanoseconds, with arithmetic that saturates instead of wrapping.
 * It refuses to know what time it is.
 */
#ifndef ICMPMON_CORE_UNITS_H
#define ICMPMON_CORE_UNITS_H

#include <stdint.h>

typedef int64_t nsec_t; /* a point on the caller's monotonic clock, or a duration */

#define NSEC_NEVER INT64_MAX
#define NSEC_PER_USEC INT64_C(1000)
#define NSEC_PER_MSEC INT64_C(1000000)
#define NSEC_PER_SEC INT64_C(1000000000)
#define NSEC_PER_MIN (60 * NSEC_PER_SEC)
#define NSEC_PER_HOUR (60 * NSEC_PER_MIN)
#define NSEC_PER_DAY (24 * NSEC_PER_HOUR)

/* The sum a + b; NSEC_NEVER or INT64_MIN where it does not fit. NSEC_NEVER plus anything is
 * NSEC_NEVER. */
static inline nsec_t
nsec_add(nsec_t a, nsec_t b)
{
	nsec_t sum;

	if (a == NSEC_NEVER || b == NSEC_NEVER)
		return NSEC_NEVER;
	if (__builtin_add_overflow(a, b, &sum))
		return a < 0 ? INT64_MIN : NSEC_NEVER;
	return sum;
}

/* The difference a - b, saturating at both ends. NSEC_NEVER minus anything is NSEC_NEVER. */
static inline nsec_t
nsec_sub(nsec_t a, nsec_t b)
{
	nsec_t difference;

	if (a == NSEC_NEVER)
		return NSEC_NEVER;
	if (__builtin_sub_overflow(a, b, &difference))
		return a < 0 ? INT64_MIN : NSEC_NEVER;
	return difference;
}

static inline nsec_t
nsec_min(nsec_t a, nsec_t b)
{
	return a < b ? a : b;
}

static inline nsec_t
nsec_max(nsec_t a, nsec_t b)
{
	return a > b ? a : b;
}

#endif
