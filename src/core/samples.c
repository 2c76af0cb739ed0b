/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ring and its 28-bit floats; windows are in window.c.
 */
#include "core/samples.h"

#define MANTISSA_BITS 23
#define MANTISSA (UINT32_C(1) << MANTISSA_BITS)
#define EXPONENT_MAX 31

uint32_t
sample_float28(nsec_t duration_ns)
{
	uint64_t value = duration_ns > 0 ? (uint64_t)duration_ns : 0;
	uint32_t exponent = 0;

	if (value < MANTISSA)
		return (uint32_t)value;
	while (exponent < EXPONENT_MAX && value >> exponent >= 2 * (uint64_t)MANTISSA)
		exponent++;
	if (exponent > 0) { /* round to nearest; a carry moves into the next exponent */
		value += UINT64_C(1) << (exponent - 1);
		if (value >> exponent >= 2 * (uint64_t)MANTISSA)
			exponent++;
	}
	if (exponent >= EXPONENT_MAX)
		return SAMPLE_COUNT_MAX;
	return (exponent + 1) << MANTISSA_BITS | ((uint32_t)(value >> exponent) & (MANTISSA - 1));
}

nsec_t
sample_from_float28(uint32_t payload)
{
	uint32_t exponent = payload >> MANTISSA_BITS;
	uint64_t mantissa = payload & (MANTISSA - 1);

	return (nsec_t)(exponent == 0 ? mantissa : (mantissa | MANTISSA) << (exponent - 1));
}

void
sample_ring_append(struct sample_ring *ring, uint32_t sample)
{
	ring->cells[ring->head % ring->size] = sample;
	ring->head++;
}

static bool
holds(const struct sample_ring *ring, uint64_t position)
{
	return position < ring->head && ring->head - position <= ring->size;
}

uint32_t
sample_ring_get(const struct sample_ring *ring, uint64_t position)
{
	return holds(ring, position) ? ring->cells[position % ring->size]
				     : sample_make(SAMPLE_NONE, 0);
}

bool
sample_ring_set(struct sample_ring *ring, uint64_t position, uint32_t sample)
{
	if (!holds(ring, position))
		return false;
	ring->cells[position % ring->size] = sample;
	return true;
}
