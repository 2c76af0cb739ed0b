/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon and its targets at one moment, fetched and shown: what status prints once and watch
 * again and again. With very many targets only those that are not up are asked for.
 */
#ifndef ICMPMON_CTL_OVERVIEW_H
#define ICMPMON_CTL_OVERVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "core/units.h"
#include "ctl/args.h"
#include "ctl/client.h"
#include "ctl/out.h"
#include "ctl/targets.h"

#define OVERVIEW_WINDOW "5m"
#define OVERVIEW_ALL_MAX 1000 /* targets; of more than so many only those not up are fetched */
#define OVERVIEW_ROWS_MAX 50 /* of status; all are in list */
#define OVERVIEW_REASONS_MAX 10

struct json_t;

struct overview {
	struct json_t *status; /* body of /v1/status */
	struct targets targets;
	bool partial; /* targets that are up were not asked for */
	size_t states[STATE_COUNT]; /* of all that match */
};

struct overview_limits {
	size_t rows, reasons;
};

/* What the options ask for. */
struct targets_filter overview_filter(const struct args *args);

/* On CLIENT_OK *ret is filled; overview_done frees it. */
__attribute__((warn_unused_result)) enum client_result overview_fetch(
    struct client *client, const struct targets_filter *filter, bool utf8, struct overview *ret);
void overview_done(struct overview *o);

/* From the titles of the table to the last reason. */
void overview_print(const struct out *out, const struct overview *o,
    const struct targets_filter *filter, const struct overview_limits *limits, nsec_t now_wall_ns);

/* Counts the states of rows. */
void overview_count(const struct targets *t, size_t states[static STATE_COUNT]);

/* The exit status of --exit-code. */
int overview_exit_status(const size_t states[static STATE_COUNT]);

#endif
