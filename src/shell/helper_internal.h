/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files helper*.c and their test alone: the messages between both ends, one to a packet of
 * a SOCK_SEQPACKET pair; the daemon's queue of actions; the jobs of the process. Both ends are the
 * same program, so messages are plain structs.
 */
#ifndef ICMPMON_SHELL_HELPER_INTERNAL_H
#define ICMPMON_SHELL_HELPER_INTERNAL_H

#include <sys/types.h>

#include "shell/helper.h"

/* What the tests have smaller. */
struct helper_limits {
	nsec_t parse_ns;
	uint64_t parse_memory_bytes;
	nsec_t action_ns;
	nsec_t kill_after_ns; /* from SIGTERM to SIGKILL */
	nsec_t hung_ns; /* beyond its own limits, the helper counts as hung and is killed */
	nsec_t restart_ns; /* from its end to the next start for actions that wait */
};

/* helper_start with other limits. */
__attribute__((warn_unused_result)) int helper_start_with(
    const struct helper_limits *limits, struct helper **ret);

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

#define HELPER_ACTION_STARTED 100 /* a kind for this end alone, beside helper_answer_kind */

/* The answer to each request; its memfd comes as SCM_RIGHTS. */
struct helper_reply {
	uint32_t kind; /* enum helper_answer_kind, or HELPER_ACTION_STARTED */
	uint32_t number;
	uint64_t bytes;
	int32_t status; /* HELPER_ACTION_STARTED: its process group */
	char text[512]; /* "" when an action did well */
};

/* helper_queue.c: the daemon's actions, waiting or running, in order of arrival. */
struct helper_queued {
	struct helper_queued *next;
	bool running;
	pid_t group; /* when running: of its processes; 0: not told yet */
	nsec_t limit_ns; /* when running: by then its answer must have come */
	size_t bytes; /* of the message, which follows */
	struct helper_request request;
	char strings[];
};

struct helper_queue {
	struct helper_queued *first;
	size_t waiting, running;
};

/* Takes a copy. 0 or -errno as helper_run. */
int helper_queue_add(struct helper_queue *q, const struct helper_action *action, uint32_t number);
/* The first that may start now: one per target, HELPER_ACTIONS_MAX in all. NULL: none. */
struct helper_queued *helper_queue_ready(struct helper_queue *q);
void helper_queue_started(struct helper_queue *q, struct helper_queued *queued, nsec_t limit_ns);
/* The helper says of which process group it is. */
void helper_queue_grouped(struct helper_queue *q, uint32_t number, pid_t group);
/* False when there is none of this number. */
bool helper_queue_ended(struct helper_queue *q, uint32_t number);
/* The helper is dead: kills and forgets those that run; returns how many. */
size_t helper_queue_lose(struct helper_queue *q);
/* The earliest limit of those that run, NSEC_NEVER: none. */
nsec_t helper_queue_limit_ns(const struct helper_queue *q);
void helper_queue_done(struct helper_queue *q);

/* helper.c: the daemon's end. */
struct helper {
	struct helper_limits limits;
	pid_t pid; /* -1: none */
	int fd; /* -1: none */
	int epoll_fd, timer_fd;
	uint32_t number; /* of the last request */
	uint32_t loading; /* number of the load under way, 0: none */
	nsec_t load_limit_ns; /* by then its answer must have come */
	nsec_t restart_ns; /* when actions that wait may start it again */
	bool gone; /* answer gone waits to be told */
	struct helper_answer gone_answer;
	struct helper_queue queue;
};

/* Forks the helper. 0 or -errno. */
int helper_spawn(struct helper *h);
/* Forgets a helper that closed its end, or that must go; HELPER_GONE waits to be told. */
void helper_lose(struct helper *h, bool hung);
/* Sets the timer for what happens without a message. */
void helper_arm(struct helper *h);

/* helper_talk.c: the next reply, with its descriptor or -1. */
enum helper_received { HELPER_RECEIVED_REPLY, HELPER_RECEIVED_NOTHING, HELPER_RECEIVED_END };
enum helper_received helper_receive(
    const struct helper *h, struct helper_reply *ret_reply, int *ret_fd);

/* The process itself: serves fd until the daemon ends, then _exits. All signals are blocked. */
__attribute__((noreturn)) void helper_process(
    int fd, pid_t daemon, const struct helper_limits *limits);

/* Why a process could not begin its work, as its exit status. */
#define HELPER_EXIT_PRIVILEGES 50
#define HELPER_EXIT_SIGNALS 51
#define HELPER_EXIT_MEMORY 52

/* In a child of the process: signals as a new program expects them, and the end with its parent. */
void helper_child_begin(pid_t parent);

/* helper_parse.c: the one configuration that is being read. */
struct helper_parse {
	pid_t pid; /* 0: none */
	int memfd; /* -1: none */
	bool timed_out;
	nsec_t limit_ns;
	bool answered; /* reply waits to be sent, with memfd */
	char file[256]; /* for sentences, cut off */
	struct helper_reply reply;
};

void helper_parse_start(struct helper_parse *p, const struct helper_message *message,
    const struct helper_limits *limits);
/* Ends it when its time is over. Returns when to be called again. */
nsec_t helper_parse_step(struct helper_parse *p, nsec_t now_ns);
/* Its child ended. */
void helper_parse_ended(struct helper_parse *p, int status, const struct helper_limits *limits);
/* The answer was sent, or nobody wants it. */
void helper_parse_clear(struct helper_parse *p);

/* helper_action.c: one of the actions that run. */
enum helper_stage { HELPER_STAGE_RUNS, HELPER_STAGE_TERMINATED, HELPER_STAGE_KILLED };

#define HELPER_TAIL_BYTES 256 /* of an action's output: its last line is told when it failed */

struct helper_running {
	pid_t pid; /* 0: none; also its process group */
	enum helper_stage stage;
	nsec_t limit_ns;
	int output_fd; /* -1: closed */
	bool started; /* waits to be told */
	bool answered; /* reply waits to be sent */
	size_t tail_bytes;
	char tail[HELPER_TAIL_BYTES];
	char target[112], program[176]; /* for sentences, cut off */
	struct helper_reply reply;
};

void helper_action_start(struct helper_running *a, struct helper_message *message, nsec_t now_ns,
    const struct helper_limits *limits);
nsec_t helper_action_step(
    struct helper_running *a, nsec_t now_ns, const struct helper_limits *limits);
/* SIGTERM now, SIGKILL at kill_ns. */
void helper_action_terminate(struct helper_running *a, nsec_t kill_ns);
/* Reads what it printed. */
void helper_action_listen(struct helper_running *a);
/* Its leader ended; its group must have been killed. */
void helper_action_ended(struct helper_running *a, int status, const struct helper_limits *limits);
void helper_action_clear(struct helper_running *a);

#endif
