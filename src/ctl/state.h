/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The states of a target as the daemon's JSON names them, the worst first: those before
 * up are trouble. It refuses to know how
 * they come about.
 */
#ifndef ICMPMON_CTL_STATE_H
#define ICMPMON_CTL_STATE_H

#include <stdbool.h>
#include <stddef.h>

#define STATES(X)               \
	X(DOWN, "down")         \
	X(DEGRADED, "degraded") \
	X(UNKNOWN, "unknown")   \
	X(UP, "up")             \
	X(PAUSED, "paused")

enum state {
#define X(name, word) STATE_##name,
	STATES(X)
#undef X
	    STATE_COUNT
};

const char *state_word(enum state state);

/* The state of a word of len bytes; false for one that we do not know. */
__attribute__((warn_unused_result)) bool state_find(
    const char *word, size_t len, enum state *ret_state);

#endif
