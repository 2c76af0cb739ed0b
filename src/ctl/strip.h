/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The strip of a target's last minutes: one character a column, oldest first. A block's height is
 * the median RTT of its column between the least of the strip and the greatest, a millisecond or
 * twice the least, whichever is most: so that neither a microsecond of noise nor a steady path
 * looks like a mountain. A column with any loss is a cross. It refuses to know terminals.
 */
#ifndef ICMPMON_CTL_STRIP_H
#define ICMPMON_CTL_STRIP_H

#include <stdbool.h>
#include <stdint.h>

#include "core/units.h"

#define STRIP_COLUMNS_MAX 60
#define STRIP_LEVELS 8
#define STRIP_BYTES (STRIP_COLUMNS_MAX * 3 + 1)

struct strip_column {
	uint32_t answered, lost;
	nsec_t p50_ns; /* -1: none */
};

/* Writes at most STRIP_COLUMNS_MAX columns to text. Without utf8 in ASCII. Returns text. */
char *strip_draw(
    const struct strip_column columns[], uint32_t n, bool utf8, char text[static STRIP_BYTES]);

#endif
