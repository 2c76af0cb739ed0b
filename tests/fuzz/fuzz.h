/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What every fuzzer needs: its entry, a check that ends the run, and a reader of its input.
 */
#ifndef ICMPMON_TESTS_FUZZ_H
#define ICMPMON_TESTS_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(promise)                                                                    \
	do {                                                                              \
		if (!(promise)) {                                                         \
			(void)fprintf(                                                    \
			    stderr, "%s:%d: broken: %s\n", __FILE__, __LINE__, #promise); \
			abort();                                                          \
		}                                                                         \
	} while (0)

/* The input, taken from its front; what is not there reads as zeros. */
struct input {
	const uint8_t *bytes;
	size_t left;
};

static inline uint64_t
take(struct input *in, size_t n_bytes)
{
	uint64_t value = 0;

	for (; n_bytes > 0; n_bytes--) {
		value = value << 8 | (in->left > 0 ? *in->bytes : 0);
		in->bytes += in->left > 0;
		in->left -= in->left > 0;
	}
	return value;
}

#endif
