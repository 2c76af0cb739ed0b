/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Three rows of the table of distances are enough for exchanged neighbours.
 */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/text.h"
#include "ctl/suggest.h"

#define PREFIX_MIN 2 /* characters from which on a beginning counts */

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c;
}

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static size_t
distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t rows[3][SUGGEST_WORD_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *now = rows[2];

	for (size_t j = 0; j <= b_len; j++)
		last[j] = before[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *oldest = before;

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t cost = lower(a[i - 1]) != lower(b[j - 1]);

			now[j] = least(least(last[j], now[j - 1]) + 1, last[j - 1] + cost);
			if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) &&
			    lower(a[i - 2]) == lower(b[j - 1]))
				now[j] = least(now[j], before[j - 2] + 1);
		}
		before = last;
		last = now;
		now = oldest;
	}
	return last[b_len];
}

void
suggest_init(struct suggest *s, const char *word)
{
	s->word = word;
	s->n = 0;
}

void
suggest_offer(struct suggest *s, const char *candidate)
{
	size_t len = strlen(s->word), other = strlen(candidate);
	size_t cost, near, at;

	if (len == 0 || len >= SUGGEST_WORD_MAX || other >= SUGGEST_WORD_MAX)
		return;
	if (len >= PREFIX_MIN && strncasecmp(s->word, candidate, len) == 0) {
		cost = 1;
	} else {
		near = len <= 2 ? 1 : (len + 2) / 3;
		if (len > other + near || other > len + near)
			return;
		cost = distance(s->word, len, candidate, other);
		if (cost > near || cost >= len)
			return;
	}
	for (at = s->n; at > 0 && s->costs[at - 1] > cost; at--)
		;
	if (at == SUGGEST_NEAREST_MAX)
		return;
	if (s->n < SUGGEST_NEAREST_MAX)
		s->n++;
	for (size_t i = s->n - 1; i > at; i--) {
		s->costs[i] = s->costs[i - 1];
		memcpy(s->nearest[i], s->nearest[i - 1], SUGGEST_WORD_MAX);
	}
	s->costs[at] = cost;
	memcpy(s->nearest[at], candidate, other + 1);
}

char *
suggest_words(const struct suggest *s, char *buf, size_t bytes)
{
	struct text t;

	text_init(&t, buf, bytes);
	for (size_t i = 0; i < s->n; i++) {
		if (i > 0)
			text_add(&t, i + 1 == s->n ? " or " : ", ");
		text_add(&t, s->nearest[i]);
	}
	return buf;
}
