/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Two alphabets, and the scale.
 */
#include "core/text.h"
#include "ctl/strip.h"

#define SPAN_MIN_NS NSEC_PER_MSEC

struct alphabet {
	const char *levels[STRIP_LEVELS];
	const char *loss;
	const char *nothing;
};

static const struct alphabet blocks = {
    .levels = {"\xe2\x96\x81", "\xe2\x96\x82", "\xe2\x96\x83", "\xe2\x96\x84", "\xe2\x96\x85",
	"\xe2\x96\x86", "\xe2\x96\x87", "\xe2\x96\x88"}, /* U+2581 .. U+2588 */
    .loss = "\xc3\x97",
    .nothing = "\xc2\xb7",
};
static const struct alphabet ascii = {
    .levels = {"_", ",", "-", "~", "=", "+", "*", "#"},
    .loss = "x",
    .nothing = ".",
};

char *
strip_draw(
    const struct strip_column columns[], uint32_t n, bool utf8, char text[static STRIP_BYTES])
{
	const struct alphabet *a = utf8 ? &blocks : &ascii;
	nsec_t least = NSEC_NEVER, most = -1, span;
	struct text t;

	text_init(&t, text, STRIP_BYTES);
	if (n > STRIP_COLUMNS_MAX)
		n = STRIP_COLUMNS_MAX;
	for (uint32_t i = 0; i < n; i++) {
		if (columns[i].p50_ns < 0)
			continue;
		least = nsec_min(least, columns[i].p50_ns);
		most = nsec_max(most, columns[i].p50_ns);
	}
	span = most < 0 ? SPAN_MIN_NS : nsec_max(nsec_max(most - least, least), SPAN_MIN_NS);
	for (uint32_t i = 0; i < n; i++) {
		nsec_t above = columns[i].p50_ns - least;

		if (columns[i].lost > 0)
			text_add(&t, a->loss);
		else if (columns[i].p50_ns < 0)
			text_add(&t, a->nothing);
		else
			text_add(
			    &t, a->levels[(
				    int)((double)above / (double)span * (STRIP_LEVELS - 1) + 0.5)]);
	}
	return text;
}
