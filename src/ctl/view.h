/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What people see: the line about the daemon, the table of targets, the reasons below it, the page
 * of one target. Each prints whole lines. It refuses to know where the data comes from.
 */
#ifndef ICMPMON_CTL_VIEW_H
#define ICMPMON_CTL_VIEW_H

#include <stddef.h>

#include "core/units.h"
#include "ctl/out.h"
#include "ctl/targets.h"

struct json_t;

/* Of the body of /v1/status: "icmpmond 0.1.0  up 12d4h   3 targets: ...", broken between its parts
 * where the terminal is narrow; more lines when something is wrong with the daemon. */
void view_daemon(const struct out *out, const struct json_t *status, nsec_t now_wall_ns);

/* The first max rows (0: all). window: as in the title of the loss column. */
void view_table(const struct out *out, const struct targets *t, size_t max, const char *window,
    nsec_t now_wall_ns);

/* For each row of the first max that is not up: why, and what to try. At most max_lines, then how
 * many more. */
void view_reasons(const struct out *out, const struct targets *t, size_t max, size_t max_lines,
    nsec_t now_wall_ns);

/* Rows that are not up. */
size_t view_reasons_count(const struct targets *t, size_t max);

/* All about one target. */
void view_target(const struct out *out, const struct json_t *target, nsec_t now_wall_ns);

/* The word for a state, trouble in capitals, and its style. */
const char *view_state(enum state state, enum style *ret_style);

#endif
