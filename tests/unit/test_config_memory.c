/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Every allocation of a reading fails once, each in a process of its own: there is one line that
 * says so, and no crash. realloc is wrapped, see Makefile.am.
 */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test_config.h"
#include "unit.h"

#define ROUNDS_MAX 5000

enum { REFUSED = 10, LOADED, WRONG };

void *__wrap_realloc(void *old, size_t bytes);
void *__real_realloc(void *old, size_t bytes);

static long left = -1; /* allocations before the one that fails; -1: none does */

void *
__wrap_realloc(void *old, size_t bytes)
{
	if (left >= 0 && left-- == 0)
		return NULL;
	return __real_realloc(old, bytes);
}

static int
load_in_child(long fail_at)
{
	struct config_result result;
	bool loaded;

	left = fail_at;
	loaded = config_print(config_dir_path("main.conf"), &result);
	if (loaded)
		return LOADED;
	return result.block == NULL && strstr(result.text, "more memory than there is") != NULL
		   ? REFUSED
		   : WRONG;
}

TEST(test_config_without_memory_is_refused_with_one_line)
{
	int status = 0;
	long round = 0;

	config_dir_put("hosts.txt", "192.0.2.1 a labels.x=y alarms=down,slow\n::1 b\n");
	config_dir_put("conf.d/a.conf", "targets = { c = { host = \"::2\"; depends = \"a\"; }; };");
	config_dir_put("main.conf", "alarms = { slow = { raise = \"p95 > 1ms over 1m\"; clear = "
				    "\"p95 < 1ms over 1m\"; }; };\n"
				    "defaults = { labels = { k = \"v\"; }; interval = \"12s\"; };\n"
				    "groups = { g = { targets_file = \"hosts.txt\"; }; };");
	for (; round < ROUNDS_MAX; round++) {
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0)
			_exit(load_in_child(round));
		assert_int_equal(waitpid(child, &status, 0), child);
		if (!WIFEXITED(status) || WEXITSTATUS(status) != REFUSED)
			break;
	}
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), LOADED);
	assert_in_range(round, 20, ROUNDS_MAX - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_config_without_memory_is_refused_with_one_line,
		config_dir_setup, config_dir_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
