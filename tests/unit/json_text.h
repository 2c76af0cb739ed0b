/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A text for the JSON renderers to write into, and what it says to a parser of another hand.
 */
#ifndef ICMPMON_TESTS_JSON_TEXT_H
#define ICMPMON_TESTS_JSON_TEXT_H

#include <jansson.h>

#include "core/text.h"

#define AT 1795430467120000000 /* 2026-11-23T10:41:07.120Z */

/* What the text holds, NUL-terminated. */
extern char json_buf[8192];

/* The one text, emptied. */
struct text *empty(void);
/* Parses what is in it, or fails; the caller frees. */
json_t *parsed(void);

#endif
