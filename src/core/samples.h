/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ring of the last samples of one target, 4 bytes each, in the order of the attempts
 * (sequence), and the windows computed from it. Position k of a ring is attempt k of the target;
 * its time is arithmetic: the newest position was due at head_due_ns, each older one an interval
 * earlier. A gap (skipped, paused, not running) is one sample that carries its length in intervals;
 * a change of the interval is one sample that carries the older interval. A probe is decided at due
 * + RTT (answered), due + timeout (lost, unreachable, unmeasured) or due (unsent), and belongs to a
 * window by that moment. It refuses to know why something happened. Sources: RFC 7680 (loss), RFC
 * 2681 (round trip), RFC 5481 section 4.1 (IPDV), nearest-rank quantiles.
 */
#ifndef ICMPMON_CORE_SAMPLES_H
#define ICMPMON_CORE_SAMPLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

/* The upper 4 bits of a sample. */
enum sample_code {
	SAMPLE_NONE, /* never written */
	SAMPLE_IN_FLIGHT, /* sent, not yet decided */
	SAMPLE_ANSWERED, /* payload: RTT */
	SAMPLE_ANSWERED_NO_RTT, /* in time, but a clock step made the RTT unknown */
	SAMPLE_LOST, /* payload: 0, or the RTT of the late reply */
	SAMPLE_UNREACHABLE, /* payload: 0, or the RTT of the late reply */
	SAMPLE_UNMEASURED,
	SAMPLE_UNSENT, /* refused by the kernel or without address: one attempt */
	SAMPLE_SKIPPED, /* payload: number of attempts not made because we were late (each one
			   unsent) */
	SAMPLE_IDLE, /* payload: number of intervals without any attempt: paused, not running, no
			address yet */
	SAMPLE_INTERVAL, /* payload: the interval of all that is older; takes no time itself */
};

#define SAMPLE_PAYLOAD_BITS 28
#define SAMPLE_COUNT_MAX ((UINT32_C(1) << SAMPLE_PAYLOAD_BITS) - 1)

/* 28-bit unsigned float: 5 bits of exponent, 23 of mantissa. Exact below 2^24 ns, relative error
 * below 2^-24 above, saturates at its largest value (over 200 days). Negative durations become 0.
 */
uint32_t sample_float28(nsec_t duration_ns);
nsec_t sample_from_float28(uint32_t payload);

static inline uint32_t
sample_make(enum sample_code code, uint32_t payload)
{
	return (uint32_t)code << SAMPLE_PAYLOAD_BITS | (payload & SAMPLE_COUNT_MAX);
}

static inline enum sample_code
sample_code(uint32_t sample)
{
	return (enum sample_code)(sample >> SAMPLE_PAYLOAD_BITS);
}

static inline uint32_t
sample_payload(uint32_t sample)
{
	return sample & SAMPLE_COUNT_MAX;
}

/* A view of one ring; the cells and the numbers lie with the caller. Positions count from 0 for
 * ever; position p lies in cell p % size. Valid positions: head - min(head, size) .. head - 1. */
struct sample_ring {
	uint32_t *cells;
	uint32_t size; /* cells, 1..SETTINGS_SAMPLES_MAX + room for flights */
	uint64_t head; /* next position to be written */
	nsec_t head_due_ns; /* when position head - 1 was due */
	nsec_t interval_ns; /* at position head - 1 */
	nsec_t timeout_ns;
};

/* Appends; the caller sets head_due_ns to the time that the new position was due. */
void sample_ring_append(struct sample_ring *ring, uint32_t sample);

/* The sample at a position, or SAMPLE_NONE when the ring no longer holds it. */
uint32_t sample_ring_get(const struct sample_ring *ring, uint64_t position);

/* Replaces the sample at a position. False when the ring no longer holds it. */
bool sample_ring_set(struct sample_ring *ring, uint64_t position, uint32_t sample);

/* Figures of one window. Durations in ns; a figure without data is -1. */
struct sample_window {
	nsec_t window_ns; /* asked for */
	nsec_t covered_ns; /* for which there is data: window_ns, or less */
	bool complete; /* all that was decided in the window is in it */
	uint64_t sent; /* answered + lost + unreachable + unmeasured */
	uint64_t answered, lost, late, unreachable, unmeasured, unsent;
	uint64_t rtts; /* answered samples that have an RTT */
	nsec_t min_ns, mean_ns, p10_ns, p25_ns, p50_ns, p75_ns, p90_ns, p95_ns, p99_ns, max_ns,
	    stddev_ns; /* quantiles are nearest rank; the deviation is that of the population */
	nsec_t jitter_ns; /* mean absolute difference of the RTTs of consecutive probes; a pair of
			     which one has none is no pair (RFC 3393 section 2.4) */
	uint64_t jitter_pairs; /* that it is the mean of */
	uint32_t loss_run_max; /* longest run of lost or unreachable; probes that tell nothing do
				  not end it */
	uint32_t loss_run_first, loss_run_last; /* the one that the window begins with, ends with */
};

/* lost + unreachable over answered + lost + unreachable in ppm, -1 when the denominator is 0. */
int64_t sample_window_loss_ppm(const struct sample_window *window);

/* Computes the window of probes decided in (now_ns - window_ns, now_ns]. since_ns: when the
 * target's samples began (for covered_ns). scratch: room for at least ring->size values, owned by
 * the caller, its contents are destroyed. Cost: linear in the samples of the window. */
void sample_window_compute(const struct sample_ring *ring, nsec_t now_ns, nsec_t window_ns,
    nsec_t since_ns, uint32_t *scratch, struct sample_window *ret_window);

/* The same over a window that ends at until_ns in the past (for minute bins). */
void sample_window_between(const struct sample_ring *ring, nsec_t from_ns, nsec_t until_ns,
    nsec_t since_ns, uint32_t *scratch, struct sample_window *ret_window);

/* Sorts payloads, ascending, in place, without recursion; float28 sorts as it reads. */
void sample_sort(uint32_t values[], uint32_t n);

/* Compact strip for the table "LAST 10 MIN": splits (now_ns - span_ns, now_ns] into n columns; each
 * gets probes answered, lost + unreachable, and the median RTT (-1: none). */
struct sample_column {
	uint32_t answered, lost;
	nsec_t p50_ns;
};
void sample_columns(const struct sample_ring *ring, nsec_t now_ns, nsec_t span_ns,
    uint32_t *scratch, uint32_t n, struct sample_column columns[]);

#endif
