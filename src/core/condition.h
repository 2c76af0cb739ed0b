/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Alarm conditions "METRIC OP VALUE over SPAN", kept incrementally over the ring of samples: a
 * cursor that trails the newest settled sample by the span, and counts of what lies between.
 * Constant cost per probe. It refuses to know alarms, states and times of day.
 */
#ifndef ICMPMON_CORE_CONDITION_H
#define ICMPMON_CORE_CONDITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

/* X(name, text, is a ratio) */
#define CONDITION_METRICS(X)                \
	X(LOSS, "loss", true)               \
	X(LATE, "late", true)               \
	X(UNREACHABLE, "unreachable", true) \
	X(UNSENT, "unsent", true)           \
	X(UNMEASURED, "unmeasured", true)   \
	X(MIN, "min", false)                \
	X(MEAN, "mean", false)              \
	X(P50, "p50", false)                \
	X(P90, "p90", false)                \
	X(P95, "p95", false)                \
	X(P99, "p99", false)                \
	X(MAX, "max", false)                \
	X(JITTER, "jitter", false)

enum condition_metric {
#define X(name, text, ratio) CONDITION_##name,
	CONDITION_METRICS(X)
#undef X
	    CONDITION_METRIC_COUNT
};

enum condition_op { CONDITION_GT, CONDITION_GE, CONDITION_LT, CONDITION_LE, CONDITION_EQ };

struct condition {
	uint8_t metric; /* enum condition_metric */
	uint8_t op; /* enum condition_op */
	uint16_t reserved;
	uint32_t span_probes; /* 0: the span is span_ns */
	nsec_t span_ns;
	int64_t value; /* ratios: parts per million; others: nanoseconds */
};

/* Parses the text of a condition (INTERFACES section 3). On failure returns false and writes one
 * sentence that says what is wrong and what to write instead into why (why_bytes, NUL-terminated);
 * *ret_condition is untouched. The rule "at least five intervals" is not checked here, see
 * condition_span_samples. */
__attribute__((warn_unused_result)) bool condition_parse(
    const char *text, struct condition *ret_condition, char *why, size_t why_bytes);

/* Samples that the span covers at this interval: span_probes, or span_ns / interval_ns rounded up.
 */
uint32_t condition_span_samples(const struct condition *condition, nsec_t interval_ns);

/* Canonical text, e.g. "loss > 5% over 1m". Returns text. */
char *condition_format(const struct condition *condition, char *text, size_t text_bytes);

struct sample_ring;

enum condition_verdict {
	CONDITION_UNFILLED, /* the span has not been filled yet */
	CONDITION_HELD, /* over half of the span is unmeasured, unsent or idle: no judgement */
	CONDITION_FALSE,
	CONDITION_TRUE
};

/* One condition of one target over its ring: the samples at positions [tail, head) are counted.
 * A span in time is that many intervals: attempts, those skipped in a gap one by one, and idle
 * intervals, which count as time but as no attempt. A span in probes goes back to its first
 * judged probe (answered, lost, unreachable), or as far as the ring holds. */
struct condition_state {
	uint64_t tail, head;
	double rtt_sum_ns, jitter_sum_ns;
	uint32_t answered, rtts, lost, unreachable, late, unsent, unmeasured, idle;
	uint32_t over; /* RTTs beyond the value */
	uint32_t jitters;
	uint32_t tail_gone; /* intervals of the gap at tail that have left the span already */
	uint8_t filled;
	uint8_t reserved[3];
};

/* Starts empty at a position. */
void condition_state_clear(struct condition_state *state, uint64_t position);

/* Counts the decided samples at [from, until) in order, drops what has left the span, and judges.
 * When from is not where the state stopped (the ring ran over it, or a reload), it starts anew at
 * from. */
enum condition_verdict condition_advance(const struct condition *condition,
    struct condition_state *state, const struct sample_ring *ring, uint64_t from, uint64_t until);

/* A lost or unreachable sample at this position has just been marked as late. */
void condition_on_late(const struct condition *condition, struct condition_state *state,
    const struct sample_ring *ring, uint64_t position);

/* The metric's present value over the counted samples: ppm or ns, -1 without data. scratch: room
 * for ring->size values; only quantiles, min and max walk the ring. */
int64_t condition_value(const struct condition *condition, const struct condition_state *state,
    const struct sample_ring *ring, uint64_t until, uint32_t *scratch);

#endif
