/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Durations and sizes as people write and read them. It refuses to know what they are for.
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

/* Shortest exact form with one unit: "500ms", "90s", "5m", "1h". Returns text. */
char *duration_format(nsec_t duration_ns, char *text, size_t text_bytes);

/* For people: "9m32s", "2d1h", "12s", "0.8s". Returns text. */
char *duration_words(nsec_t duration_ns, char *text, size_t text_bytes);

/* Milliseconds with three digits that mean something, no unit: "0.21", "11.8", "310", "1204".
 * Returns text. */
char *rtt_format_ms(nsec_t rtt_ns, char *text, size_t text_bytes);

#endif
