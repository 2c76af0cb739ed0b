/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Memory of a short-lived program: what cannot be had ends it with a sentence.
 */
#ifndef ICMPMON_CTL_MEMORY_H
#define ICMPMON_CTL_MEMORY_H

#include <stddef.h>

/* realloc of n times size bytes; the caller frees. */
void *memory_resize(void *old, size_t n, size_t size);

/* strdup; the caller frees. */
char *memory_copy(const char *s);

#endif
