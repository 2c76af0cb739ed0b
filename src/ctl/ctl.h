/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What every command gets: the arguments, the way to the daemon, the output. And the few errands
 * that several commands share.
 */
#ifndef ICMPMON_CTL_CTL_H
#define ICMPMON_CTL_CTL_H

#include <stdbool.h>

#include "core/units.h"
#include "ctl/args.h"
#include "ctl/client.h"
#include "ctl/out.h"

/* Exit statuses. */
enum { CTL_DONE = 0, CTL_FAILED = 1, CTL_USAGE = 2, CTL_UNREACHABLE = 3 };

struct ctl {
	const struct args *args;
	struct client *client;
	struct out out; /* stdout */
};

struct json_t;
struct split;
struct text;

/* Nanoseconds since 1970. */
nsec_t ctl_now_wall_ns(void);

/* "icmpctl: " and one sentence to stderr. */
__attribute__((format(printf, 1, 2))) void ctl_complain(const char *format, ...);

/* Complains about a request that went wrong. Returns the exit status. */
int ctl_failed(const struct ctl *ctl, enum client_result result);

/* s with all but the unreserved characters of RFC 3986 as %XX. */
void ctl_add_escaped(struct text *t, const char *s);

/* "/v1/targets/NAME" and what follows it. */
void ctl_target_path(struct text *t, const char *name, const char *rest);

/* GETs path and prints the bytes of the answer as they are; tee, unless NULL, gets them too.
 * Returns the exit status. */
int ctl_pass_through(struct ctl *ctl, const char *path, struct split *tee);

/* Sends a command to the daemon and prints its answer: as a sentence, or as it is with --json.
 * target: whom it is about, NULL: nobody; limit_ns: how long the daemon may take, 0: as usual.
 * Returns the exit status. */
int ctl_command(struct ctl *ctl, const char *path, const struct text *form, const char *target,
    nsec_t limit_ns);

/* Complains that no target has this name, with the nearest ones that there are. Returns the exit
 * status. */
int ctl_no_such_target(struct ctl *ctl, const char *name);

/* GETs path, which is below the target's, and parses the answer. CTL_DONE, or complains (with the
 * nearest names where the daemon knows no such target) and returns the exit status. */
__attribute__((warn_unused_result)) int ctl_fetch_of_target(
    struct ctl *ctl, const char *name, const char *path, struct json_t **ret);

#endif
