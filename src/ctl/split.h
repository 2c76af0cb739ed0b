/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Cuts JSON text that comes in pieces into its objects, so that an answer with 100,000 targets is
 * never held as a whole: the members of the array inside the one outer object, or the objects that
 * follow one another (JSON lines). It finds where objects begin and end and refuses to know what is
 * in them; a parser judges each. Source: RFC 8259.
 */
#ifndef ICMPMON_CTL_SPLIT_H
#define ICMPMON_CTL_SPLIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SPLIT_DEPTH_MAX 32
#define SPLIT_OBJECT_MAX_BYTES 1048576

enum split_level {
	SPLIT_LINES = 0, /* {...}\n{...}\n */
	SPLIT_MEMBERS = 2, /* {"schema":1,"targets":[{...},{...}]} */
};

/* Called for each object; text is valid during the call. False stops. */
typedef bool (*split_object)(void *arg, const char *text, size_t bytes);

struct split {
	enum split_level level;
	split_object object;
	void *arg;
	char *buf; /* of the object that has begun */
	size_t len, cap;
	unsigned depth;
	uint32_t arrays; /* bit d: the container at depth d is an array */
	bool capturing, in_string, escaped;
	bool seen; /* anything at all */
};

void split_init(struct split *s, enum split_level level, split_object object, void *arg);
void split_done(struct split *s);

/* Takes the next piece. False: the text is no JSON that we know, or object said stop. */
__attribute__((warn_unused_result)) bool split_feed(
    struct split *s, const char *text, size_t bytes);

/* True when the text so far is whole: nothing begun is missing its end. */
bool split_complete(const struct split *s);

#endif
