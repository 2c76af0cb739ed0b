/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The helper process: forked before sockets and sandbox, it does what the daemon must not: parse
 * configurations (each in a short-lived child of its own, under limits of time and memory) and run
 * on_raise and on_clear. Both ends talk by bounded messages; what is large comes as a sealed memfd.
 * It refuses to know what the answers mean.
 */
#ifndef ICMPMON_SHELL_HELPER_H
#define ICMPMON_SHELL_HELPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

#define HELPER_PARSE_LIMIT_NS (60 * NSEC_PER_SEC)
#define HELPER_PARSE_MEMORY_BYTES (UINT64_C(4) << 30) /* beside what the process has anyway */
#define HELPER_ANSWER_MAX_BYTES (UINT64_C(2) << 30)
#define HELPER_ACTION_LIMIT_NS \
	(30 * NSEC_PER_SEC) /* then SIGTERM, 2 s later SIGKILL to its process group */
#define HELPER_ACTIONS_MAX 16 /* running at once, one per target */
#define HELPER_ACTIONS_QUEUED_MAX 1024 /* then refused */
#define HELPER_MESSAGE_MAX_BYTES 65536
#define HELPER_ARGS_MAX 32
#define HELPER_ENV_MAX 32

struct helper;

enum helper_answer_kind {
	HELPER_LOADED, /* a configuration: fd holds struct settings, checked by settings_check */
	HELPER_REFUSED, /* fd holds the errors as text, or is -1 and text says it in one line */
	HELPER_PRINTED, /* fd holds the -T text */
	HELPER_ACTION_ENDED, /* status as of waitpid(2); text says action, target, what failed, and
				the last line that it printed; only told when it failed */
	HELPER_GONE /* the helper ended, text says how; a load under way gets this instead of its
		       answer, actions that ran are lost, actions that wait go on in the next one */
};

struct helper_answer {
	enum helper_answer_kind kind;
	uint32_t request; /* as helper_load returned it; HELPER_GONE: of the load that was lost, 0:
			     none */
	int fd; /* sealed memfd, the caller closes it; -1: none */
	size_t bytes;
	int status;
	char text[512];
};

/* An action: argv as configured, argv[0] a path; extra words of the environment as "NAME=value",
 * beside PATH and LANG. It runs in "/", with nothing to read, as its own process group; what it
 * leaves running in that group is killed with its end. */
struct helper_action {
	const char *target;
	const char *const *argv;
	size_t argc;
	const char *const *env;
	size_t envc;
};

/* Forks it. Call before sockets are opened and privileges dropped; the helper drops its own, closes
 * every other descriptor, leaves the terminal's session, and ends when this end closes or its
 * process ends. 0 or -errno. */
__attribute__((warn_unused_result)) int helper_start(struct helper **ret);
/* Ends it and what it runs, within a second. */
void helper_free(struct helper *h);

/* Watch for reading, and call helper_next until there is no answer. Stays the same for good. */
int helper_fd(const struct helper *h);

/* Starts to read a configuration (print: for -T). A helper that is gone is started again first.
 * Returns the request's number, above 0; or -errno (-EBUSY: one is under way). */
__attribute__((warn_unused_result)) int64_t helper_load(
    struct helper *h, const char *file, bool print);

/* Runs an action after those of its target before it; never waits. 0, or -errno (-EAGAIN: too many
 * are queued; -E2BIG: too many words, or none). */
__attribute__((warn_unused_result)) int helper_run(
    struct helper *h, const struct helper_action *action);

/* The next answer; false: none now. */
bool helper_next(struct helper *h, struct helper_answer *ret_answer);
/* Waits up to limit_ns for one; for start, -t and -T. */
bool helper_wait(struct helper *h, nsec_t limit_ns, struct helper_answer *ret_answer);

/* Maps a whole answer read-only and closes its fd. NULL: not possible, errno says why. Unmap with
 * munmap(2). */
const void *helper_map(struct helper_answer *answer);

#endif
