/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Durations, sizes and shares as people write and read them, in integer arithmetic, so that no
 * locale can change a decimal point. It refuses to know what they are for.
 */
#ifndef ICMPMON_CORE_DURATION_H
#define ICMPMON_CORE_DURATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

/* "500ms", "1.5s", "0s": a decimal number and one of us ms s m h d. At most 100 years. False for
 * anything else. */
__attribute__((warn_unused_result)) bool duration_parse(const char *text, nsec_t *ret_ns);

/* "16MiB", "208KiB", "512B": a whole number and one of B KiB MiB GiB. False for anything else, or
 * above 2^62. */
__attribute__((warn_unused_result)) bool bytes_parse(const char *text, uint64_t *ret_bytes);

/* "5%", "2.5%": 0 to 100 percent with at most four decimals, as parts per million. False for
 * anything else. */
__attribute__((warn_unused_result)) bool ratio_parse(const char *text, int64_t *ret_ppm);

/* The inverse, exact: "5%", "2.5%". Returns text. */
char *ratio_format(int64_t ppm, char *text, size_t text_bytes);

/* Exact, a whole number of the largest unit that divides it: "500ms", "90s", "5m", "1h"; what is
 * finer than a microsecond has a fraction: "1.5us". duration_parse reads it. Returns text. */
char *duration_format(nsec_t duration_ns, char *text, size_t text_bytes);

/* For people: "9m32s", "2d1h", "12s", "0.8s". Returns text. */
char *duration_words(nsec_t duration_ns, char *text, size_t text_bytes);

/* Milliseconds with three digits that mean something, no unit, zeros behind the point cut: "0.21",
 * "11.8", "310", "1204". Returns text. */
char *rtt_format_ms(nsec_t rtt_ns, char *text, size_t text_bytes);

#endif
