/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A reader of configurations in place of shell/config.h that does what its file's name says: obey,
 * crash, exit, hang, eat memory, describe itself.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "helper_fixture.h"
#include "shell/config.h"
#include "unit.h"

static bool
give_text(struct config_result *result, const char *text)
{
	result->text = strdup(text);
	result->text_bytes = strlen(text);
	return false;
}

/* What a child of the helper is, in words. */
static bool
describe_self(struct config_result *result)
{
	char text[1024];
	struct rlimit core = {0}, memory = {0}, cpu = {0}, size = {0};
	sigset_t blocked;
	size_t at = 0;
	int n_blocked = 0;

	for (int fd = 0; fd < 1024; fd++) {
		if (fcntl(fd, F_GETFD) >= 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, "%d ", fd);
	}
	(void)getrlimit(RLIMIT_CORE, &core);
	(void)getrlimit(RLIMIT_AS, &memory);
	(void)getrlimit(RLIMIT_CPU, &cpu);
	(void)getrlimit(RLIMIT_FSIZE, &size);
	(void)sigprocmask(SIG_SETMASK, NULL, &blocked);
	for (int s = 1; s < NSIG; s++)
		n_blocked += sigismember(&blocked, s) == 1;
	snprintf(text + at, sizeof(text) - at, "core %d memory %d cpu %d size %d blocked %d",
	    core.rlim_max == 0, memory.rlim_max != RLIM_INFINITY, cpu.rlim_max != RLIM_INFINITY,
	    size.rlim_max == HELPER_ANSWER_MAX_BYTES, n_blocked);
	return give_text(result, text);
}

/* In two bites, neither of which leaves a tool that looks on without memory of its own. */
static bool
eat_memory(struct config_result *result)
{
	char text[64];
	bool taken[2];

	for (int i = 0; i < 2; i++)
		taken[i] =
		    mmap(NULL, i == 0 ? FIXTURE_MEMORY_BYTES / 4 : FIXTURE_MEMORY_BYTES + 1,
			PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED;
	snprintf(text, sizeof(text), "a quarter %d, more than all %d", taken[0], taken[1]);
	return give_text(result, text);
}

bool
config_load(const char *file, struct config_result *ret_result)
{
	unsigned long bytes;

	memset(ret_result, 0, sizeof(*ret_result));
	if (sscanf(file, "accept:%lu", &bytes) == 1) {
		ret_result->block = malloc(bytes + 1);
		ret_result->block_bytes = bytes;
		for (size_t i = 0; i < bytes; i++)
			((unsigned char *)ret_result->block)[i] = (unsigned char)(i * 7);
		return true;
	}
	if (strcmp(file, "crash") == 0)
		(void)raise(SIGSEGV);
	if (strcmp(file, "killed") == 0)
		(void)raise(SIGKILL);
	if (strcmp(file, "exit 0") == 0)
		exit(0);
	if (strcmp(file, "exit 2") == 0)
		_exit(2); /* as exit, but what the test runner leaves is no leak */
	if (strcmp(file, "hang") == 0) {
		sigset_t all;

		(void)sigfillset(&all);
		(void)sigprocmask(SIG_SETMASK, &all, NULL);
		for (;;)
			(void)pause();
	}
	if (strcmp(file, "silent") == 0)
		return false;
	if (strcmp(file, "self") == 0)
		return describe_self(ret_result);
	if (strcmp(file, "memory") == 0)
		return eat_memory(ret_result);
	return give_text(ret_result, "a.conf:1: wrong\na.conf:2: wrong too\n");
}

bool
config_print(const char *file, struct config_result *ret_result)
{
	memset(ret_result, 0, sizeof(*ret_result));
	(void)give_text(
	    ret_result, strcmp(file, "bad") == 0 ? "bad:1: wrong\n" : "version = 1; # default\n");
	return strcmp(file, "bad") != 0;
}

void
config_result_done(struct config_result *result)
{
	free(result->block);
	free(result->text);
}
