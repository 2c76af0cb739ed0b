/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/probe.h: the names of the kinds, and the pattern as a table that the linker
 * makes.
 */
#include "core/probe.h"

#include <assert.h>
#include <stddef.h>

#define P4(n) (n), (n) + 1, (n) + 2, (n) + 3
#define P16(n) P4(n), P4((n) + 4), P4((n) + 8), P4((n) + 12)
#define P64(n) P16(n), P16((n) + 16), P16((n) + 32), P16((n) + 48)
#define P256 P64(0), P64(64), P64(128), P64(192)
#define P1K P256, P256, P256, P256
#define P4K P1K, P1K, P1K, P1K
#define P16K P4K, P4K, P4K, P4K

static const uint8_t pattern[] = {P16K, P16K, P16K, P16K};
static_assert(sizeof(pattern) >= PROBE_PAYLOAD_MAX, "the largest payload");

const char *
probe_kind_text(enum probe_kind kind)
{
	static const char *const texts[PROBE_KIND_COUNT] = {
#define X(name, text) [PROBE_##name] = text,
	    PROBE_KINDS(X)
#undef X
	};
	return (unsigned)kind < PROBE_KIND_COUNT ? texts[kind] : "?";
}

const uint8_t *
probe_pattern(void)
{
	return pattern;
}
