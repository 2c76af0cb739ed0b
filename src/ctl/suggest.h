/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * "Did you mean": the nearest of many words to one that does not exist, by optimal string alignment
 * (insertions, deletions, substitutions, neighbours exchanged), case ignored. A candidate that
 * begins with the word is near too. It refuses to know what the words are.
 */
#ifndef ICMPMON_CTL_SUGGEST_H
#define ICMPMON_CTL_SUGGEST_H

#include <stddef.h>

#define SUGGEST_WORD_MAX 112 /* longer words are never near */
#define SUGGEST_NEAREST_MAX 3

struct suggest {
	const char *word;
	size_t n;
	size_t costs[SUGGEST_NEAREST_MAX];
	char nearest[SUGGEST_NEAREST_MAX][SUGGEST_WORD_MAX]; /* the nearest first */
};

/* The word must live as long. */
void suggest_init(struct suggest *s, const char *word);

/* The candidate is copied when it is near. */
void suggest_offer(struct suggest *s, const char *candidate);

/* "a", "a or b", "a, b or c"; "" when nothing is near. Returns buf. */
char *suggest_words(const struct suggest *s, char *buf, size_t bytes);

#endif
