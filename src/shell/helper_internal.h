/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files helper*.c alone: the messages between both ends, one to a packet of a
 * SOCK_SEQPACKET pair, and the actions of the process.
 */
#ifndef ICMPMON_SHELL_HELPER_INTERNAL_H
#define ICMPMON_SHELL_HELPER_INTERNAL_H

#include <sys/types.h>

#include "shell/helper.h"

enum helper_task { HELPER_TASK_LOAD, HELPER_TASK_PRINT, HELPER_TASK_RUN };

/* Followed by NUL-terminated strings: LOAD, PRINT: the file; RUN: target, argv, environment. */
struct helper_request {
	uint32_t task; /* enum helper_task */
	uint32_t number;
	uint32_t argc, envc;
};

#define HELPER_STRINGS_MAX_BYTES (HELPER_MESSAGE_MAX_BYTES - sizeof(struct helper_request))

struct helper_message {
	struct helper_request request;
	char strings[HELPER_STRINGS_MAX_BYTES];
};

/* The answer; where it has an fd, that comes as SCM_RIGHTS. */
struct helper_reply {
	uint32_t kind; /* enum helper_answer_kind */
	uint32_t number;
	uint64_t bytes;
	int32_t status;
	uint32_t has_fd;
	char text[512];
};

/* The process itself: serves fd until the other end closes, then returns. */
void helper_process_run(int fd);

/* helper_action.c */
struct actions;

struct actions *actions_new(void);
void actions_free(struct actions *actions);
/* Takes a copy of a RUN message of len bytes; false: the queue is full, or the message is
 * malformed. */
bool actions_add(struct actions *actions, const struct helper_message *message, size_t len);
/* Starts what may start and ends what took too long. Returns when it must be called again. */
nsec_t actions_step(struct actions *actions, nsec_t now_ns);
/* A child ended: true when it was an action; text then says what failed, or is "". */
bool actions_reap(struct actions *actions, pid_t pid, int status, char *text, size_t text_bytes);
/* The last second: SIGTERM to all, then SIGKILL to what is left. */
void actions_end(struct actions *actions);

#endif
