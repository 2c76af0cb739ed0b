/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Files that hang, never end, are no text, or are made to exhaust a parser: each gets one clear
 * error, at once.
 */
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "test_config.h"
#include "unit.h"

static void
move(const char *from, const char *to)
{
	char path[1024];

	(void)snprintf(path, sizeof(path), "%s", config_dir_path(from));
	assert_int_equal(rename(path, config_dir_path(to)), 0);
}

/* The main file, an included one, one of conf.d, and a targets file: the same fault in each. */
static void
check_everywhere(const char *what)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "main.conf:2: \"x\" %s", what);
	config_assert_only(config_dir_refused("version = 1;\n@include \"x\"\n"), line);
	(void)snprintf(line, sizeof(line), "main.conf:1: \"x\" %s", what);
	config_assert_only(config_dir_refused("targets_file = \"x\";"), line);
	move("x", "conf.d/x.conf");
	(void)snprintf(line, sizeof(line), "conf.d/x.conf: %s", what);
	config_assert_only(config_dir_refused("version = 1;"), line);
}

TEST(test_config_file_that_is_a_directory)
{
	assert_int_equal(mkdir(config_dir_path("x"), 0700), 0);
	check_everywhere("is a directory: name a regular file");
	assert_int_equal(unlink(config_dir_path("main.conf")), 0);
	move("conf.d/x.conf", "main.conf");
	config_assert_only(
	    config_dir_refused(NULL), "main.conf: is a directory: name a regular file");
}

TEST(test_config_file_that_is_a_fifo)
{
	assert_int_equal(mkfifo(config_dir_path("x"), 0600), 0);
	check_everywhere("is a FIFO: name a regular file");
	assert_int_equal(unlink(config_dir_path("main.conf")), 0);
	move("conf.d/x.conf", "main.conf");
	config_assert_only(config_dir_refused(NULL), "main.conf: is a FIFO: name a regular file");
}

TEST(test_config_file_that_is_a_socket)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	(void)snprintf(address.sun_path, sizeof(address.sun_path), "%s", config_dir_path("x"));
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	check_everywhere("is a socket: name a regular file");
	(void)close(fd);
}

TEST(test_config_file_that_is_a_device)
{
	assert_int_equal(symlink("/dev/zero", config_dir_path("x")), 0);
	check_everywhere("is a device: name a regular file");
	assert_int_equal(unlink(config_dir_path("conf.d/x.conf")), 0);
	config_assert_only(config_dir_refused("@include \"/dev/zero\""),
	    "main.conf:1: \"/dev/zero\" is a device: name a regular file");
}

TEST(test_config_file_that_is_not_there)
{
	config_assert_only(config_dir_refused(NULL),
	    "main.conf: cannot be read: No such file or directory: name a file that can");
	config_assert_only(config_dir_refused("@include \"x\""),
	    "main.conf:1: \"x\" cannot be read: No such file or directory: name a file that can");
	config_assert_only(config_dir_refused("targets_file = \"x\";"),
	    "main.conf:1: \"x\" cannot be read: No such file or directory: name a file that can");
	assert_int_equal(symlink("nowhere", config_dir_path("conf.d/a.conf")), 0);
	config_assert_only(config_dir_refused(""),
	    "conf.d/a.conf: cannot be read: No such file or directory: name a file that can");
}

TEST(test_config_symbolic_links_that_turn_in_a_circle)
{
	assert_int_equal(symlink("x", config_dir_path("x")), 0);
	config_assert_only(config_dir_refused("@include \"x\""),
	    "main.conf:1: \"x\" cannot be read: Too many levels of symbolic links: name a file "
	    "that "
	    "can");
}

TEST(test_config_directory_that_is_a_file)
{
	assert_int_equal(rmdir(config_dir_path("conf.d")), 0);
	config_dir_put("conf.d", "");
	config_assert_only(config_dir_refused(""),
	    "main.conf: the directory \"conf.d\" cannot be read: Not a directory");
}

TEST(test_config_nul_bytes)
{
	static const char text[] = "version = 1;\n\nmax_rate = 5\0;\n";

	config_dir_put_bytes("main.conf", text, sizeof(text) - 1);
	config_assert_only(config_dir_refused(NULL),
	    "main.conf:3: a NUL byte stands here: write the file as plain UTF-8 text");
	config_dir_put_bytes("hosts.txt", text, sizeof(text) - 1);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "hosts.txt:3: a NUL byte stands here: write the file as plain UTF-8 text");
}

TEST(test_config_includes_that_turn_in_a_circle)
{
	config_assert_only(config_dir_refused("version = 1;\n@include \"main.conf\"\n"),
	    "main.conf:2: @include \"main.conf\": the file would include itself: take this line "
	    "out");
	config_dir_put("a.conf", "@include \"b.conf\"\n");
	config_dir_put("b.conf", "\n@include \"conf.d/../a.conf\"\n");
	config_assert_only(config_dir_refused("@include \"a.conf\"\n"),
	    "b.conf:2: @include \"conf.d/../a.conf\": the file would include itself: take this "
	    "line "
	    "out");
}

TEST(test_config_includes_that_are_too_deep)
{
	char name[32], text[64];

	for (int i = 0; i <= CONFIG_INCLUDE_DEPTH_MAX; i++) {
		(void)snprintf(name, sizeof(name), "%d.conf", i);
		(void)snprintf(text, sizeof(text), "@include \"%d.conf\"\n", i + 1);
		config_dir_put(name, text);
	}
	(void)snprintf(name, sizeof(name), "%d.conf", CONFIG_INCLUDE_DEPTH_MAX + 1);
	config_dir_put(name, "max_rate = 7;\n");
	config_assert_only(config_dir_refused("@include \"1.conf\"\n"),
	    "10.conf:1: @include \"11.conf\": files include each other more than 10 deep: have "
	    "fewer "
	    "levels");
	assert_int_equal(config_dir_load("@include \"2.conf\"\n")->max_rate_per_s, 7);
}

TEST(test_config_includes_that_multiply)
{
	char name[32], text[512];

	for (int i = 1; i < 10; i++) {
		(void)snprintf(name, sizeof(name), "%d.conf", i);
		text[0] = '\0';
		for (int k = 0; k < 10; k++)
			(void)snprintf(text + strlen(text), 32, "@include \"%d.conf\"\n", i + 1);
		config_dir_put(name, text);
	}
	config_dir_put("10.conf", "");
	config_assert_only(config_dir_refused("@include \"1.conf\"\n"),
	    "9.conf:4: this would be file number 1001, and 1000 may be read: have fewer");
}

TEST(test_config_too_many_files_in_the_directory)
{
	char name[32];

	for (int i = 0; i < CONFIG_FILES_MAX; i++) {
		(void)snprintf(name, sizeof(name), "conf.d/%04d.conf", i);
		config_dir_put(name, "");
	}
	config_assert_only(config_dir_refused(""),
	    "main.conf: this would be file number 1001, and 1000 may be read: have fewer");
}

static void
put_repeated(const char *name, const char *text, size_t n)
{
	size_t len = strlen(text);
	char *all = malloc(n * len);

	assert_non_null(all);
	for (size_t i = 0; i < n; i++)
		memcpy(all + i * len, text, len);
	config_dir_put_bytes(name, all, n * len);
	free(all);
}

TEST(test_config_nesting_of_200000_levels)
{
	static const struct {
		const char *text, *line;
	} levels[] = {
	    {"a={", "main.conf:1: "},
	    {"(", "main.conf:1: a name must stand before (: write NAME = VALUE;"},
	};

	put_repeated("main.conf", levels[1].text, 200000);
	config_assert_only(config_dir_refused(NULL), levels[1].line);
	put_repeated("main.conf", levels[0].text, 200000);
	assert_non_null(
	    strstr(config_dir_refused(NULL), "a: groups and lists stand more than 32 deep in each "
					     "other: close some of them first\n"));
	put_repeated("list", "(", 200000);
	config_assert_only(config_dir_refused("targets =\n@include \"list\"\n"),
	    "list:1: targets: groups and lists stand more than 32 deep in each other: close some "
	    "of "
	    "them first");
	put_repeated("list", "[", 200000);
	config_assert_only(config_dir_refused("targets =\n@include \"list\"\n"),
	    "list:1: targets: groups and lists stand more than 32 deep in each other: close some "
	    "of "
	    "them first");
}

TEST(test_config_files_that_are_too_large)
{
	config_dir_put("main.conf", "#");
	assert_int_equal(truncate(config_dir_path("main.conf"), CONFIG_FILE_MAX_BYTES + 1), 0);
	config_assert_only(config_dir_refused(NULL),
	    "main.conf: is larger than 64 MiB: split it into several files");
	config_dir_put("hosts.txt", "#");
	assert_int_equal(
	    truncate(config_dir_path("hosts.txt"), CONFIG_TARGETS_FILE_MAX_BYTES + 1), 0);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "main.conf:1: \"hosts.txt\" is larger than 256 MiB: split it into several files");
}

TEST(test_config_text_that_grows_by_includes)
{
	put_repeated("big.conf", "                                \n", CONFIG_FILE_MAX_BYTES / 99);
	config_assert_only(
	    config_dir_refused(
		"@include \"big.conf\"\n@include \"big.conf\"\n@include \"big.conf\"\n"
		"@include \"big.conf\"\n"),
	    "big.conf:1: with all that it includes the file is larger than 64 MiB: split it");
}

TEST(test_config_values_that_would_take_too_much_memory)
{
	put_repeated("values", "1,", 4000001);
	config_assert_only(config_dir_refused("version =\n(\n@include \"values\"\n1);"),
	    "values:1: version: more than 4000000 values in one file: write targets in a "
	    "targets_file");
}

TEST(test_config_names_that_would_take_too_long)
{
	size_t cap = 25000 * 16, at = 0;
	char *text = malloc(cap);

	assert_non_null(text);
	at += (size_t)snprintf(text, cap, "targets = {\n");
	for (int i = 0; i < 21000; i++)
		at += (size_t)snprintf(text + at, cap - at, "a%d={};\n", i);
	config_dir_put("main.conf", text);
	free(text);
	config_assert_only(config_dir_refused(NULL),
	    "main.conf:20002: targets: too many names for libconfig to read in time: write targets "
	    "as a list, ( { name = \"a\"; host = \"192.0.2.1\"; }, ... ), or in a targets_file");
}

TEST(test_config_lines_that_are_too_long)
{
	put_repeated("hosts.txt", "x", 5000);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "hosts.txt:1: a line of more than 4096 bytes: write a shorter one");
}

TEST(test_config_too_many_targets)
{
	size_t cap = 1001 * 10000, at = 0;
	char *text = malloc(cap);

	assert_non_null(text);
	for (int i = 0; i <= SETTINGS_TARGETS_MAX + 10; i++)
		at += (size_t)snprintf(text + at, cap - at, "h%x\n", i);
	config_dir_put("hosts.txt", text);
	free(text);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "hosts.txt:1000001: more than 1000000 targets: have fewer");
}

TEST(test_config_too_many_of_everything_else)
{
	size_t cap = 64 * 11000, at = 0;
	char *text = malloc(cap);

	assert_non_null(text);
	at += (size_t)snprintf(text, cap, "alarms = {\n");
	for (int i = 0; i < 47; i++)
		at += (size_t)snprintf(text + at, cap - at,
		    "a%d = { raise = \"loss > 5%% over 1m\"; clear = \"loss < 2%% over 1m\"; };\n",
		    i);
	(void)snprintf(text + at, cap - at, "};\n");
	config_assert_only(
	    config_dir_refused(text), "main.conf:48: more than 48 alarms: have fewer");
	at = (size_t)snprintf(text, cap, "groups = {\n");
	for (int i = 0; i <= SETTINGS_GROUPS_MAX; i++)
		at += (size_t)snprintf(text + at, cap - at, "g%d = { };\n", i);
	(void)snprintf(text + at, cap - at, "};\n");
	config_assert_only(
	    config_dir_refused(text), "main.conf:10002: more than 10000 groups: have fewer");
	at = 0;
	for (int i = 0; i <= SETTINGS_INTERVALS_MAX; i++)
		at += (size_t)snprintf(text + at, cap - at, "::1 t%d interval=%dms\n", i, 1000 + i);
	config_dir_put("hosts.txt", text);
	free(text);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "hosts.txt:1025: target \"t1024\": interval number 1025 that differs from all others: "
	    "use "
	    "at most 1024 of them");
}

TEST(test_config_parents_that_are_too_many)
{
	char text[70 * 32] = "";

	for (int i = 0; i < 66; i++)
		(void)snprintf(text + strlen(text), 32, "::1 t%d depends=t%d\n", i, i + 1);
	(void)snprintf(text + strlen(text), 32, "::1 t66\n");
	config_dir_put("hosts.txt", text);
	config_assert_only(config_dir_refused("targets_file = \"hosts.txt\";"),
	    "hosts.txt:2: target \"t1\" has more than 64 parents above it: have fewer");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_file_that_is_a_directory),
	    CASE(test_config_file_that_is_a_fifo),
	    CASE(test_config_file_that_is_a_socket),
	    CASE(test_config_file_that_is_a_device),
	    CASE(test_config_file_that_is_not_there),
	    CASE(test_config_symbolic_links_that_turn_in_a_circle),
	    CASE(test_config_directory_that_is_a_file),
	    CASE(test_config_nul_bytes),
	    CASE(test_config_includes_that_turn_in_a_circle),
	    CASE(test_config_includes_that_are_too_deep),
	    CASE(test_config_includes_that_multiply),
	    CASE(test_config_too_many_files_in_the_directory),
	    CASE(test_config_nesting_of_200000_levels),
	    CASE(test_config_files_that_are_too_large),
	    CASE(test_config_text_that_grows_by_includes),
	    CASE(test_config_values_that_would_take_too_much_memory),
	    CASE(test_config_names_that_would_take_too_long),
	    CASE(test_config_lines_that_are_too_long),
	    CASE(test_config_too_many_targets),
	    CASE(test_config_too_many_of_everything_else),
	    CASE(test_config_parents_that_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
