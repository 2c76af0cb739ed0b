/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Figures as people read them: with units, with as many digits as mean something, and never
 * rounded to a claim that is not true. It refuses to know where they come from.
 */
#ifndef ICMPMON_CTL_HUMAN_H
#define ICMPMON_CTL_HUMAN_H

#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

#define HUMAN_BYTES 48 /* hold any of these */

/* "310 ms", "11.8 ms", "2.1 ms", "0.21 ms", "0.042 ms", "1.2 s"; "-" for negative. Returns buf. */
char *human_rtt(nsec_t rtt_ns, char buf[static HUMAN_BYTES]);

/* "12.5 %", "0.0 %", "<0.1 %", "100 %"; "-" for negative. Returns buf. */
char *human_percent(int64_t ppm, char buf[static HUMAN_BYTES]);

/* Loss of counts in ppm: 0 only when nothing, 1,000,000 only when everything was lost; -1 when
 * there is nothing to divide by. */
int64_t human_loss_ppm(int64_t answered, int64_t lost);

/* "172,600". Returns buf. */
char *human_count(int64_t count, char buf[static HUMAN_BYTES]);

/* "5", "0.5", "1201.2". Returns buf. */
char *human_rate(double per_s, char buf[static HUMAN_BYTES]);

/* "3m12s", "2d1h", "0s". Negative (a clock that was set back) is "0s". Returns buf. */
char *human_age(nsec_t age_ns, char buf[static HUMAN_BYTES]);

/* Local time of the day, with the date when it is not within the last 24 hours: "10:41:07",
 * "2026-11-21 10:41". Returns buf. */
char *human_when(nsec_t wall_ns, nsec_t now_wall_ns, char buf[static HUMAN_BYTES]);

/* Local date and time to the second: "2026-11-23 10:41:07"; time of the day to the millisecond. */
char *human_date(nsec_t wall_ns, char buf[static HUMAN_BYTES]);
char *human_clock_ms(nsec_t wall_ns, char buf[static HUMAN_BYTES]);

#endif
