/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Brackets are counted outside of strings; an object is copied from the piece where it lies in one
 * go, and gathered in the buffer only as far as it is spread over pieces.
 */
#include <stdlib.h>
#include <string.h>

#include "ctl/memory.h"
#include "ctl/split.h"

void
split_init(struct split *s, enum split_level level, split_object object, void *arg)
{
	*s = (struct split){.level = level, .object = object, .arg = arg};
}

void
split_done(struct split *s)
{
	free(s->buf);
	s->buf = NULL;
	s->len = s->cap = 0;
}

static bool
gather(struct split *s, const char *text, size_t bytes)
{
	if (bytes > SPLIT_OBJECT_MAX_BYTES - s->len)
		return false;
	if (s->len + bytes > s->cap) {
		s->cap = 2 * (s->len + bytes);
		s->buf = memory_resize(s->buf, s->cap, 1);
	}
	memcpy(s->buf + s->len, text, bytes);
	s->len += bytes;
	return true;
}

static bool
emit(struct split *s, const char *text, size_t bytes)
{
	bool go_on;

	if (s->len == 0)
		return s->object(s->arg, text, bytes);
	if (!gather(s, text, bytes))
		return false;
	go_on = s->object(s->arg, s->buf, s->len);
	s->len = 0;
	return go_on;
}

/* Text inside a string is skipped. Returns whether c is part of one. */
static bool
string_takes(struct split *s, char c)
{
	if (!s->in_string) {
		s->in_string = c == '"';
		return s->in_string;
	}
	if (s->escaped)
		s->escaped = false;
	else if (c == '\\')
		s->escaped = true;
	else if (c == '"')
		s->in_string = false;
	return true;
}

/* True where an object of the wanted level may begin. */
static bool
at_level(const struct split *s)
{
	return s->depth == s->level && (s->depth == 0 || s->arrays >> (s->depth - 1) & 1);
}

static bool
open_container(struct split *s, bool array)
{
	if (s->depth == SPLIT_DEPTH_MAX)
		return false;
	s->arrays &= ~(UINT32_C(1) << s->depth);
	s->arrays |= (uint32_t)array << s->depth;
	s->depth++;
	return true;
}

static bool
close_container(struct split *s, bool array)
{
	if (s->depth == 0 || (s->arrays >> (s->depth - 1) & 1) != array)
		return false;
	s->depth--;
	return true;
}

bool
split_feed(struct split *s, const char *text, size_t bytes)
{
	size_t from = 0; /* of the object that has begun, in this piece */

	for (size_t i = 0; i < bytes; i++) {
		char c = text[i];

		if (string_takes(s, c))
			continue;
		if (c == '{' || c == '[') {
			if (c == '{' && at_level(s)) {
				s->capturing = true;
				from = i;
			}
			s->seen = true;
			if (!open_container(s, c == '['))
				return false;
		} else if (c == '}' || c == ']') {
			if (!close_container(s, c == ']'))
				return false;
			if (!s->capturing || s->depth != s->level)
				continue;
			s->capturing = false;
			if (!emit(s, text + from, i + 1 - from))
				return false;
		} else if (s->depth == 0 && strchr(" \t\r\n", c) == NULL)
			return false; /* no object: not an answer of ours */
	}
	return !s->capturing || gather(s, text + from, bytes - from);
}

bool
split_complete(const struct split *s)
{
	return s->depth == 0 && !s->in_string && s->seen;
}
