/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One configuration, read in a short-lived child under limits, since a file may make its reader
 * exit, hang, crash, or eat all memory. The child holds nothing but a memfd, into which it writes
 * what it found, and ends with a status of its own; whatever else becomes of it is an error of the
 * configuration, in words. The memfd is sealed when the child is gone.
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/config.h"
#include "shell/helper_internal.h"

/* Statuses of a child that came to its end; libraries that call exit use none of them. */
#define PARSE_ACCEPTED 40
#define PARSE_REFUSED 41
#define PARSE_NOT_WRITTEN 42

#define WHY_MAX 256 /* bytes of the sentence behind the file's name */
#define MEMFD 3 /* in the child; all above is closed */

static bool
write_all(int fd, const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno == EINTR)
			continue;
		if (written <= 0)
			return false;
		bytes += written;
		n -= (size_t)written;
	}
	return true;
}

static void
limit(int resource, uint64_t soft, uint64_t hard)
{
	const struct rlimit limits = {.rlim_cur = (rlim_t)soft, .rlim_max = (rlim_t)hard};

	(void)setrlimit(resource, &limits); /* lowering is allowed; what is lower already stays */
}

/* Address space that the process has anyway: a daemon's memory that the helper was forked with, or
 * what a sanitizer reserves, is not the configuration's. */
static uint64_t
memory_now_bytes(void)
{
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	char text[64] = "0"; /* the first number: pages */

	if (fd < 0)
		return 0;
	if (read(fd, text, sizeof(text) - 1) < 0)
		text[0] = '\0';
	(void)close(fd); /* only read from */
	return strtoull(text, NULL, 10) * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void
set_limits(const struct helper_limits *limits)
{
	uint64_t cpu_s = (uint64_t)(limits->parse_ns / NSEC_PER_SEC) + 1;
	uint64_t memory = memory_now_bytes() + limits->parse_memory_bytes;

	limit(RLIMIT_CORE, 0, 0);
	limit(RLIMIT_CPU, cpu_s, cpu_s + 1);
	limit(RLIMIT_FSIZE, HELPER_ANSWER_MAX_BYTES, HELPER_ANSWER_MAX_BYTES);
	limit(RLIMIT_AS, memory, memory);
	(void)signal(SIGXFSZ, SIG_IGN); /* write(2) fails instead, and we can say why */
}

/* In the child. */
__attribute__((noreturn)) static void
parse(const struct helper_message *message, pid_t parent, int memfd,
    const struct helper_limits *limits)
{
	bool print = message->request.task == HELPER_TASK_PRINT, accepted, written;
	struct config_result result = {0};

	helper_child_begin(parent);
	(void)prctl(PR_SET_NAME, "icmpmond-config", 0, 0, 0);
	(void)dup2(memfd, MEMFD); /* over the helper's socket */
	(void)close_range(MEMFD + 1, ~0U, 0); /* only the helper's signals and outputs are there */
	set_limits(limits);
	accepted = print ? config_print(message->strings, &result)
			 : config_load(message->strings, &result);
	written = accepted && !print ? write_all(MEMFD, result.block, result.block_bytes)
				     : write_all(MEMFD, result.text, result.text_bytes);
	config_result_done(&result);
	_exit(!written ? PARSE_NOT_WRITTEN : accepted ? PARSE_ACCEPTED : PARSE_REFUSED);
}

static void
refuse(struct helper_parse *p, const char *why)
{
	p->answered = true;
	p->reply.kind = HELPER_REFUSED;
	p->reply.bytes = 0;
	(void)snprintf(p->reply.text, sizeof(p->reply.text), "%.250s: %.*s", p->file, WHY_MAX, why);
	if (p->memfd >= 0)
		(void)close(p->memfd); /* what is in it is not to be used */
	p->memfd = -1;
}

void
helper_parse_start(struct helper_parse *p, const struct helper_message *message,
    const struct helper_limits *limits)
{
	pid_t parent = getpid();

	*p = (struct helper_parse){.memfd = -1, .reply.number = message->request.number};
	p->reply.kind = message->request.task == HELPER_TASK_PRINT ? HELPER_PRINTED : HELPER_LOADED;
	(void)snprintf(
	    p->file, sizeof(p->file), "%.*s", (int)sizeof(p->file) - 1, message->strings);
	p->memfd = memfd_create("icmpmond-config", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (p->memfd < 0) {
		refuse(p, "not read: no memory file can be made for it");
		return;
	}
	p->pid = fork();
	if (p->pid == 0)
		parse(message, parent, p->memfd, limits);
	if (p->pid < 0) {
		p->pid = 0;
		refuse(p, "not read: no process can be started for it");
		return;
	}
	p->limit_ns = nsec_add(clock_now_ns(), limits->parse_ns);
}

nsec_t
helper_parse_step(struct helper_parse *p, nsec_t now_ns)
{
	if (p->pid == 0 || p->timed_out)
		return NSEC_NEVER;
	if (now_ns < p->limit_ns)
		return p->limit_ns;
	p->timed_out = true;
	(void)kill(p->pid, SIGKILL);
	return NSEC_NEVER;
}

/* Words for a child that did not come to its end. */
static void
explain(const struct helper_parse *p, int status, const struct helper_limits *limits, char *why,
    size_t why_bytes)
{
	double limit_s = (double)limits->parse_ns / (double)NSEC_PER_SEC;
	int number = WIFSIGNALED(status) ? WTERMSIG(status) : 0;

	if (p->timed_out || number == SIGXCPU)
		(void)snprintf(why, why_bytes,
		    "not read within %g s: is something that it includes a pipe, a device, or on a "
		    "server that does not answer?",
		    limit_s);
	else if (number == SIGKILL)
		(void)snprintf(why, why_bytes,
		    "its reader was killed, perhaps because the machine has no memory left");
	else if (number != 0)
		(void)snprintf(why, why_bytes,
		    "its reader crashed (signal %d, %s), perhaps at its limit of %llu MiB of "
		    "memory: if not, please report it with the file",
		    number, strsignal(number),
		    (unsigned long long)(limits->parse_memory_bytes >> 20));
	else if (WEXITSTATUS(status) == PARSE_NOT_WRITTEN)
		(void)snprintf(why, why_bytes,
		    "too large: there is no memory for %s, or it is above %llu MiB",
		    p->reply.kind == HELPER_PRINTED ? "its text" : "what it says",
		    (unsigned long long)(HELPER_ANSWER_MAX_BYTES >> 20));
	else
		(void)snprintf(why, why_bytes,
		    "its reader gave up by itself (exit status %d), as libconfig does where an "
		    "@include cannot be read: include files only",
		    WEXITSTATUS(status));
}

void
helper_parse_ended(struct helper_parse *p, int status, const struct helper_limits *limits)
{
	const int seals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
	int end = WIFEXITED(status) && !p->timed_out ? WEXITSTATUS(status) : -1;
	struct stat found;
	char why[WHY_MAX];

	p->pid = 0;
	if (end != PARSE_ACCEPTED && end != PARSE_REFUSED) {
		explain(p, status, limits, why, sizeof(why));
		refuse(p, why);
		return;
	}
	if (fcntl(p->memfd, F_ADD_SEALS, seals) < 0 || fstat(p->memfd, &found) < 0 ||
	    found.st_size == 0) {
		refuse(p, end == PARSE_REFUSED ? "refused, and no memory to say why"
					       : "its reader found nothing to say");
		return;
	}
	if (end == PARSE_REFUSED)
		p->reply.kind = HELPER_REFUSED;
	p->reply.bytes = (uint64_t)found.st_size;
	p->answered = true;
}

void
helper_parse_clear(struct helper_parse *p)
{
	if (p->memfd >= 0)
		(void)close(p->memfd); /* the daemon has its own by now */
	*p = (struct helper_parse){.memfd = -1};
}
