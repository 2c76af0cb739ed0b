/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/state.h.
 */
#include <string.h>

#include "ctl/state.h"

static const char *const words[] = {
#define X(name, word) [STATE_##name] = (word),
    STATES(X)
#undef X
};

const char *
state_word(enum state state)
{
	return words[state];
}

bool
state_find(const char *word, size_t len, enum state *ret_state)
{
	for (int s = 0; s < STATE_COUNT; s++) {
		if (strlen(words[s]) != len || memcmp(words[s], word, len) != 0)
			continue;
		*ret_state = (enum state)s;
		return true;
	}
	return false;
}
