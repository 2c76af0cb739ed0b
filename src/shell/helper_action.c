/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Actions of alarms in the helper process: a queue, one at a time per target and in order, each a
 * process group of its own with a time limit. No shell; a small environment; output goes where the
 * daemon's standard error goes.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/helper_internal.h"

#define KILL_AFTER_NS (2 * NSEC_PER_SEC) /* from SIGTERM to SIGKILL */
#define END_NS NSEC_PER_SEC
#define END_STEP_MS 10
#define STATUS_NOT_FOUND 127 /* as shells say it */
#define TARGET_SHOWN 64

struct action {
	pid_t pid; /* -1: waits */
	nsec_t deadline_ns;
	bool terminated; /* SIGTERM was sent */
	struct helper_request request;
	char *strings; /* target, argv, environment */
};

/* Waiting and running ones, in order of arrival. */
struct actions {
	size_t n, running;
	struct action list[HELPER_ACTIONS_QUEUED_MAX + HELPER_ACTIONS_MAX];
};

struct actions *
actions_new(void)
{
	return calloc(1, sizeof(struct actions));
}

void
actions_free(struct actions *actions)
{
	for (size_t i = 0; actions != NULL && i < actions->n; i++)
		free(actions->list[i].strings);
	free(actions);
}

bool
actions_add(struct actions *actions, const struct helper_message *message, size_t len)
{
	size_t bytes = len - sizeof(message->request);
	struct action *action = &actions->list[actions->n];

	if (actions->n - actions->running >= HELPER_ACTIONS_QUEUED_MAX)
		return false;
	*action = (struct action){.pid = -1, .request = message->request, .strings = malloc(bytes)};
	if (action->strings == NULL)
		return false;
	memcpy(action->strings, message->strings, bytes);
	actions->n++;
	return true;
}

static void
forget(struct actions *actions, size_t i)
{
	free(actions->list[i].strings);
	actions->n--;
	memmove(
	    &actions->list[i], &actions->list[i + 1], (actions->n - i) * sizeof(actions->list[0]));
}

/* In the child. */
__attribute__((noreturn)) static void
execute(struct action *action)
{
	char path[] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	char *argv[HELPER_ARGS_MAX + 1] = {0}, *env[HELPER_ENV_MAX + 2] = {path};
	char *word = action->strings + strlen(action->strings) + 1;
	int null = open("/dev/null", O_RDONLY);
	sigset_t none;

	for (uint32_t i = 0; i < action->request.argc; i++, word += strlen(word) + 1)
		argv[i] = word;
	for (uint32_t i = 0; i < action->request.envc; i++, word += strlen(word) + 1)
		env[i + 1] = word;
	(void)setpgid(0, 0); /* cannot fail for a child that has not yet executed anything */
	for (int s = 1; s < NSIG; s++)
		(void)signal(s, SIG_DFL);
	(void)sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	(void)dup2(null >= 0 ? null : STDERR_FILENO, STDIN_FILENO);
	(void)dup2(STDERR_FILENO, STDOUT_FILENO);
	(void)execve(argv[0], argv, env); /* the path is absolute: the configuration says so */
	_exit(STATUS_NOT_FOUND);
}

static bool
target_is_busy(const struct actions *actions, size_t before)
{
	const char *target = actions->list[before].strings;

	for (size_t i = 0; i < before; i++) {
		if (strcmp(actions->list[i].strings, target) == 0)
			return true; /* runs, or waits before us */
	}
	return false;
}

static void
start(struct actions *actions, struct action *action, nsec_t now_ns)
{
	action->pid = fork();
	if (action->pid == 0)
		execute(action);
	if (action->pid < 0)
		return; /* tried again at the next step */
	(void)setpgid(action->pid, action->pid); /* either of the two comes first */
	action->deadline_ns = nsec_add(now_ns, HELPER_ACTION_LIMIT_NS);
	actions->running++;
}

nsec_t
actions_step(struct actions *actions, nsec_t now_ns)
{
	nsec_t wake = NSEC_NEVER;

	for (size_t i = 0; i < actions->n; i++) {
		struct action *action = &actions->list[i];

		if (action->pid < 0 && actions->running < HELPER_ACTIONS_MAX &&
		    !target_is_busy(actions, i))
			start(actions, action, now_ns);
		if (action->pid < 0)
			continue;
		if (now_ns >= action->deadline_ns) {
			(void)kill(-action->pid, action->terminated ? SIGKILL : SIGTERM);
			action->terminated = true;
			action->deadline_ns = nsec_add(now_ns, KILL_AFTER_NS);
		}
		wake = nsec_min(wake, action->deadline_ns);
	}
	return wake;
}

bool
actions_reap(struct actions *actions, pid_t pid, int status, char *text, size_t text_bytes)
{
	for (size_t i = 0; i < actions->n; i++) {
		struct action *action = &actions->list[i];
		const char *program = action->strings + strlen(action->strings) + 1;

		if (action->pid != pid)
			continue;
		(void)kill(-pid, SIGKILL); /* what it left running */
		text[0] = '\0';
		if (action->terminated)
			(void)snprintf(text, text_bytes,
			    "the action %.200s of %.*s took longer than %lld s and was ended",
			    program, TARGET_SHOWN, action->strings,
			    (long long)(HELPER_ACTION_LIMIT_NS / NSEC_PER_SEC));
		else if (WIFSIGNALED(status))
			(void)snprintf(text, text_bytes,
			    "the action %.200s of %.*s ended by signal %d", program, TARGET_SHOWN,
			    action->strings, WTERMSIG(status));
		else if (WEXITSTATUS(status) == STATUS_NOT_FOUND)
			(void)snprintf(text, text_bytes, "the action %.200s of %.*s cannot be run",
			    program, TARGET_SHOWN, action->strings);
		else if (WEXITSTATUS(status) != 0)
			(void)snprintf(text, text_bytes,
			    "the action %.200s of %.*s ended with status %d", program, TARGET_SHOWN,
			    action->strings, WEXITSTATUS(status));
		actions->running--;
		forget(actions, i);
		return true;
	}
	return false;
}

void
actions_end(struct actions *actions)
{
	nsec_t end = clock_now_ns() + END_NS;

	for (size_t i = 0; i < actions->n; i++) {
		if (actions->list[i].pid > 0)
			(void)kill(-actions->list[i].pid, SIGTERM);
	}
	while (actions->running > 0 && clock_now_ns() < end) {
		char text[8];
		int status;
		pid_t pid = waitpid(-1, &status, WNOHANG);

		if (pid > 0)
			(void)actions_reap(actions, pid, status, text, sizeof(text));
		else
			(void)poll(NULL, 0, END_STEP_MS);
	}
	for (size_t i = 0; i < actions->n; i++) {
		if (actions->list[i].pid > 0)
			(void)kill(-actions->list[i].pid, SIGKILL);
	}
}
