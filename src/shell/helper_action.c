/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One action of an alarm in the helper process: a process group of its own with a time limit. No
 * shell; a small environment. Its output is read and thrown away but for the last line, which is
 * told when it fails.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/helper_internal.h"

/* Tunables.
 * READ_BYTES     of output at once
 * LAST_READS     after its end: all that a pipe holds
 * LINE_SHOWN     of its last line
 * NOT_RUN        exit status of a program that cannot be executed, as shells say it */
#define READ_BYTES 4096
#define LAST_READS 16
#define LINE_SHOWN 160
#define NOT_RUN 127

static_assert(READ_BYTES >= HELPER_TAIL_BYTES, "one read fills the tail");

/* The word behind this one. */
static char *
after(char *word)
{
	return word + strlen(word) + 1;
}

/* In the child. */
__attribute__((noreturn)) static void
execute(struct helper_message *message, pid_t parent, int output)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char lang[] = "LANG=C.UTF-8";
	char *argv[HELPER_ARGS_MAX + 1] = {0}, *env[HELPER_ENV_MAX + 3] = {path, lang};
	const struct rlimit no_core = {0};
	char *program = after(message->strings), *word = message->strings;

	for (uint32_t i = 0; i < message->request.argc; i++)
		argv[i] = word = after(word);
	for (uint32_t i = 0; i < message->request.envc; i++)
		env[2 + i] = word = after(word);
	(void)setpgid(0, 0); /* cannot fail for a child that has not executed anything yet */
	helper_child_begin(parent);
	(void)setrlimit(RLIMIT_CORE, &no_core);
	(void)dup2(output, STDOUT_FILENO);
	(void)dup2(output, STDERR_FILENO);
	if (chdir("/") == 0)
		(void)execve(program, argv, env);
	(void)dprintf(STDERR_FILENO, "%s\n", strerror(errno));
	_exit(NOT_RUN);
}

static void
cannot_run(struct helper_running *a, const char *why)
{
	a->answered = true;
	a->reply.status = NOT_RUN << 8; /* as waitpid(2) gives it */
	(void)snprintf(a->reply.text, sizeof(a->reply.text),
	    "the action %s of %s cannot be run: %s", a->program, a->target, why);
}

void
helper_action_start(struct helper_running *a, struct helper_message *message, nsec_t now_ns,
    const struct helper_limits *limits)
{
	pid_t parent = getpid();
	int output[2];

	*a = (struct helper_running){.output_fd = -1,
	    .reply = {.kind = HELPER_ACTION_ENDED, .number = message->request.number}};
	(void)snprintf(
	    a->target, sizeof(a->target), "%.*s", (int)sizeof(a->target) - 1, message->strings);
	(void)snprintf(a->program, sizeof(a->program), "%.*s", (int)sizeof(a->program) - 1,
	    after(message->strings));
	if (pipe2(output, O_CLOEXEC) < 0) {
		cannot_run(a, strerror(errno));
		return;
	}
	a->pid = fork();
	if (a->pid == 0)
		execute(message, parent, output[1]);
	(void)close(output[1]); /* the child's */
	if (a->pid < 0) {
		a->pid = 0;
		cannot_run(a, strerror(errno));
		(void)close(output[0]); /* nothing was written to it */
		return;
	}
	(void)setpgid(a->pid, a->pid); /* either of the two comes first */
	(void)fcntl(output[0], F_SETFL, O_NONBLOCK);
	a->output_fd = output[0];
	a->started = true;
	a->limit_ns = nsec_add(now_ns, limits->action_ns);
}

void
helper_action_terminate(struct helper_running *a, nsec_t kill_ns)
{
	if (a->pid == 0 || a->stage == HELPER_STAGE_KILLED)
		return;
	(void)kill(-a->pid, SIGTERM);
	a->stage = HELPER_STAGE_TERMINATED;
	a->limit_ns = kill_ns;
}

nsec_t
helper_action_step(struct helper_running *a, nsec_t now_ns, const struct helper_limits *limits)
{
	if (a->pid == 0 || a->stage == HELPER_STAGE_KILLED)
		return NSEC_NEVER;
	if (now_ns < a->limit_ns)
		return a->limit_ns;
	if (a->stage == HELPER_STAGE_RUNS) {
		helper_action_terminate(a, nsec_add(now_ns, limits->kill_after_ns));
		return a->limit_ns;
	}
	(void)kill(-a->pid, SIGKILL);
	a->stage = HELPER_STAGE_KILLED;
	return NSEC_NEVER;
}

/* Keeps the newest bytes. */
static void
keep(struct helper_running *a, const char *bytes, size_t n)
{
	size_t kept = a->tail_bytes;

	if (n > sizeof(a->tail)) {
		bytes += n - sizeof(a->tail);
		n = sizeof(a->tail);
	}
	if (kept > sizeof(a->tail) - n) {
		memmove(a->tail, a->tail + kept - (sizeof(a->tail) - n), sizeof(a->tail) - n);
		kept = sizeof(a->tail) - n;
	}
	memcpy(a->tail + kept, bytes, n);
	a->tail_bytes = kept + n;
}

void
helper_action_listen(struct helper_running *a)
{
	char bytes[READ_BYTES];
	ssize_t n = read(a->output_fd, bytes, sizeof(bytes));

	if (n > 0) {
		keep(a, bytes, (size_t)n);
		return;
	}
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	(void)close(a->output_fd); /* it prints no more */
	a->output_fd = -1;
}

/* Appends ": " and the last line that has words. */
static void
add_last_line(const struct helper_running *a, char *text, size_t bytes)
{
	size_t end = a->tail_bytes, start, used = strlen(text);

	while (end > 0 && (unsigned char)a->tail[end - 1] <= ' ')
		end--;
	for (start = end; start > 0 && a->tail[start - 1] != '\n';)
		start--;
	if (start < end)
		(void)snprintf(text + used, bytes - used, ": %.*s",
		    (int)(end - start < LINE_SHOWN ? end - start : LINE_SHOWN), a->tail + start);
}

static void
explain(const struct helper_running *a, int status, const struct helper_limits *limits, char *text,
    size_t bytes)
{
	size_t used = (size_t)snprintf(text, bytes, "the action %s of %s ", a->program, a->target);

	text += used;
	bytes -= used;
	if (a->stage != HELPER_STAGE_RUNS)
		(void)snprintf(text, bytes, "took longer than %g s and was ended",
		    (double)limits->action_ns / (double)NSEC_PER_SEC);
	else if (WIFSIGNALED(status))
		(void)snprintf(text, bytes, "ended by signal %d (%s)", WTERMSIG(status),
		    strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) == NOT_RUN)
		(void)snprintf(text, bytes, "cannot be run (status 127)");
	else
		(void)snprintf(text, bytes, "ended with status %d", WEXITSTATUS(status));
	add_last_line(a, text, bytes);
}

void
helper_action_ended(struct helper_running *a, int status, const struct helper_limits *limits)
{
	for (int i = 0; i < LAST_READS && a->output_fd >= 0; i++)
		helper_action_listen(a);
	if (a->output_fd >= 0)
		(void)close(a->output_fd); /* what it left running outside its group prints to
					      nobody */
	a->output_fd = -1;
	a->pid = 0;
	a->started = false;
	a->answered = true;
	a->reply.status = status;
	if (status != 0 || a->stage != HELPER_STAGE_RUNS)
		explain(a, status, limits, a->reply.text, sizeof(a->reply.text));
}

void
helper_action_clear(struct helper_running *a)
{
	*a = (struct helper_running){.output_fd = -1};
}
