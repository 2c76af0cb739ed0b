/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What stands in the way of a good measurement on this machine: findings out of the daemon's status
 * and of what the machine says of itself, each with what to do. It refuses to know how either was
 * read.
 */
#ifndef ICMPMON_CTL_DOCTOR_H
#define ICMPMON_CTL_DOCTOR_H

#include <stdbool.h>

struct json_t;

#define DOCTOR_TEXT_BYTES 256

/* Of this machine; "" when it does not say. */
struct doctor_machine {
	char clock_source[32]; /* of the kernel: "tsc" */
	char ping_group_range[32]; /* "1 0" */
};

struct doctor_finding {
	const char *check; /* "receive buffer" */
	bool good; /* nothing to do */
	char text[DOCTOR_TEXT_BYTES]; /* what was found; from the daemon in part: print by out_text
				       */
	char advice[DOCTOR_TEXT_BYTES]; /* what to do, "" when it is good */
};

typedef void (*doctor_sink)(void *arg, const struct doctor_finding *finding);

/* Gives every finding to the sink, in a fixed order. status: the body of /v1/status. Returns how
 * many are not good. */
unsigned doctor_examine(
    const struct json_t *status, const struct doctor_machine *machine, doctor_sink sink, void *arg);

#endif
