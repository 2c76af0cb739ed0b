/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/memory.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ctl/memory.h"

static void *
must(void *p)
{
	if (p == NULL) {
		(void)fputs("icmpctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	return p;
}

void *
memory_resize(void *old, size_t n, size_t size)
{
	return must(reallocarray(old, n > 0 ? n : 1, size));
}

char *
memory_copy(const char *s)
{
	return must(strdup(s));
}
