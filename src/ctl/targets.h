/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The targets of an answer as rows of a table, worst first. Answers are read as they come, one
 * object at a time. It refuses to know how rows are shown.
 */
#ifndef ICMPMON_CTL_TARGETS_H
#define ICMPMON_CTL_TARGETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"
#include "ctl/client.h"
#include "ctl/state.h"
#include "ctl/strip.h"

struct json_t;
struct text;

struct target_row {
	char *name;
	char *address; /* "" when there is none */
	char *reason;
	char *parent; /* the one that is down; NULL: not suppressed */
	char *line; /* of --plain; NULL otherwise */
	enum state state;
	nsec_t since_wall_ns; /* 0: not known */
	int64_t loss_ppm; /* -1: none */
	nsec_t p50_ns, p95_ns, max_ns; /* -1: none */
	char strip[STRIP_BYTES];
	size_t order; /* in which they came */
};

struct targets {
	struct target_row *rows;
	size_t n, cap;
	bool plain; /* keep lines for --plain */
	bool utf8; /* of the strips */
};

/* What to ask for. */
struct targets_filter {
	const char *pattern, *group, *state; /* NULL: any */
	const char *window; /* "5m" */
};

void targets_init(struct targets *t, bool plain, bool utf8);
void targets_done(struct targets *t);

/* Adds one target; window_ns: which of its windows. */
void targets_add(struct targets *t, const struct json_t *target, nsec_t window_ns);

/* GETs targets and adds them. */
__attribute__((warn_unused_result)) enum client_result targets_fetch(
    struct client *client, const struct targets_filter *filter, struct targets *t);

/* Down, degraded, unknown, up, paused; those behind a parent that is down after the others of their
 * state; else as they came. */
void targets_sort(struct targets *t);

/* "/v1/targets?..." of a filter. False when it does not fit. */
__attribute__((warn_unused_result)) bool targets_path(
    const struct targets_filter *filter, char *buf, size_t bytes);

/* The window of a target that has this length, or NULL. */
const struct json_t *targets_window(const struct json_t *target, nsec_t window_ns);

/* The state of an object; unknown for words that we do not know. */
enum state targets_state(const struct json_t *object, const char *member);

/* "-", or what strip_draw makes of the target's strip. Returns text. */
char *targets_strip(const struct json_t *target, bool utf8, char text[static STRIP_BYTES]);

/* --plain: the names of the columns, and one target. Without newline. */
void targets_plain_header(struct text *t);
void targets_plain_line(struct text *t, const struct json_t *target, nsec_t window_ns);

#endif
