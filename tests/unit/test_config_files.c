/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Several files: conf.d, includes, targets files; many targets, and the defaults that depend on
 * their number.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/history.h"
#include "test_config.h"
#include "unit.h"

#define S NSEC_PER_SEC
#define MIN NSEC_PER_MIN

/* n targets in a targets file. */
static void
put_hosts(uint32_t n, const char *more)
{
	size_t cap = (size_t)n * 64 + 1, at = 0;
	char *text = malloc(cap);

	assert_non_null(text);
	text[0] = '\0';
	for (uint32_t i = 0; i < n; i++)
		at += (size_t)snprintf(
		    text + at, cap - at, "10.%u.%u.%u%s\n", i >> 16, i >> 8 & 255, i & 255, more);
	config_dir_put("hosts.txt", text);
	free(text);
}

TEST(test_config_detail_and_history_shrink_with_many_targets)
{
	static const struct {
		uint32_t targets, detail, minutes;
	} sizes[] = {
	    {(64 << 20) / (24 * 60 * sizeof(struct history_bin)), 256, 24 * 60},
	    {(64 << 20) / (24 * 60 * sizeof(struct history_bin)) + 1, 256, 23 * 60},
	    {10000, 256, 60},
	    {10001, 0, 60},
	    {30000, 0, 0},
	};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		const struct settings *s;

		put_hosts(sizes[i].targets, "");
		s = config_dir_load("targets_file = \"hosts.txt\";");
		assert_int_equal(s->n_targets, sizes[i].targets);
		assert_int_equal(
		    settings_plan_of(s, &settings_targets(s)[0])->detail, sizes[i].detail);
		assert_int_equal(settings_plan_of(s, &settings_targets(s)[0])->history_minutes,
		    sizes[i].minutes);
		assert_int_equal(
		    s->n_notes, (sizes[i].minutes < 24 * 60) + (sizes[i].targets > 10000));
	}
}

TEST(test_config_history_asked_for_is_not_in_the_default_budget)
{
	const struct settings *s;

	put_hosts(2000, " history=24h detail=1");
	s = config_dir_load("targets_file = \"hosts.txt\";\n"
			    "targets = { a = { host = \"192.0.2.1\"; }; };");
	assert_int_equal(PLAN(s, config_dir_target(s, "10.0.0.1"))->history_minutes, 24 * 60);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->history_minutes, 24 * 60);
}

TEST(test_config_targets_file_lines)
{
	const struct settings *s;
	const struct settings_target *t;

	config_dir_put("hosts.txt",
	    "\xef\xbb\xbf# a comment\n\n  \t\n192.0.2.1\r\n192.0.2.2 two # why\n"
	    "fe80::1%eth0\tthree interval=2s size=1KiB paused=true alarms=down labels.a=b "
	    "labels.c=\"d e # \\\"f\\\\\" dscp=EF mark=7\n"
	    "::1 four alarms= source= \"labels.a=b c\"\n2001:db8::1");
	s = config_dir_load("targets_file = \"hosts.txt\";");
	assert_int_equal(s->n_targets, 5);
	t = config_dir_target(s, "192.0.2.1");
	assert_int_equal(t->line, 4);
	assert_string_equal(settings_text(s, PLAN(s, t)->file), config_dir_path("hosts.txt"));
	assert_string_equal(settings_text(s, config_dir_target(s, "two")->host), "192.0.2.2");
	t = config_dir_target(s, "three");
	assert_string_equal(settings_text(s, t->host), "fe80::1%eth0");
	assert_int_equal(PLAN(s, t)->interval_ns, 2 * S);
	assert_int_equal(PLAN(s, t)->size_bytes, 1024);
	assert_int_equal(PLAN(s, t)->dscp, 46);
	assert_int_equal(PLAN(s, t)->mark, 7);
	assert_true(PLAN(s, t)->paused);
	assert_int_equal(PLAN(s, t)->alarms_n, 1);
	assert_string_equal(config_dir_label(s, t, "a"), "b");
	assert_string_equal(config_dir_label(s, t, "c"), "d e # \"f\\");
	assert_int_equal(PLAN(s, config_dir_target(s, "four"))->alarms_n, 0);
	assert_string_equal(config_dir_label(s, config_dir_target(s, "four"), "a"), "b c");
	assert_int_equal(config_dir_target(s, "2001:db8::1")->line, 8);
}

TEST(test_config_targets_files_stand_in_groups_and_beside_their_file)
{
	const struct settings *s;

	assert_int_equal(mkdir(config_dir_path("sub"), 0700), 0);
	config_dir_put("sub/a.txt", "192.0.2.1 a\n");
	config_dir_put("sub/inc.conf",
	    "groups = { g = { interval = \"3s\";\n"
	    "targets_file = \"a.txt\"; targets = { b = { host = \"::1\"; "
	    "}; }; }; };");
	s = config_dir_load("@include \"sub/inc.conf\"\n");
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->interval_ns, 3 * S);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->group, 0);
	assert_int_equal(config_dir_target(s, "b")->line, 2);
	assert_string_equal(settings_text(s, PLAN(s, config_dir_target(s, "b"))->file),
	    config_dir_path("sub/inc.conf"));
}

TEST(test_config_included_text_stands_where_it_is_included)
{
	const struct settings *s;

	config_dir_put(
	    "t.conf", "# the middle of a list\n{ name = \"b\"; host = \"192.0.2.2\"; },");
	config_dir_put("u.conf", "@include \"v.conf\"\n size = 7;");
	config_dir_put("v.conf", "ttl = 5;");
	s = config_dir_load("targets = ( { name = \"a\"; host = \"192.0.2.1\"; },\n"
			    "  @include \"t.conf\" # comment\n"
			    "{ name = \"c\"; host = \"192.0.2.3\"; } );\n"
			    "defaults = {\n@include \"u.conf\"\n};\n"
			    "/* @include \"nowhere\"\n@include \"nowhere\" */ stats = { };");
	assert_int_equal(s->n_targets, 3);
	assert_int_equal(config_dir_target(s, "a")->line, 1);
	assert_int_equal(config_dir_target(s, "b")->line, 2);
	assert_string_equal(
	    settings_text(s, PLAN(s, config_dir_target(s, "b"))->file), config_dir_path("t.conf"));
	assert_int_equal(config_dir_target(s, "c")->line, 3);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->size_bytes, 7);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->ttl, 5);
}

TEST(test_config_directory_adds_up_in_order_of_names)
{
	const struct settings *s;

	config_dir_put("conf.d/20-b.conf", "log = { summary_interval = \"3m\"; };\n"
					   "targets = { b = { host = \"192.0.2.2\"; }; };");
	config_dir_put("conf.d/10-a.conf",
	    "log = { summary_interval = \"2m\"; };\n"
	    "defaults = { size = 10; interval = \"2s\"; };\n"
	    "targets = ( { host = \"192.0.2.1\"; } );\n"
	    "alarms = { x = { raise = \"loss > 5% over 1m\"; clear = "
	    "\"loss < 2% over 3m\"; }; };");
	config_dir_put("conf.d/.hidden.conf", "nonsense");
	config_dir_put("conf.d/notes.txt", "nonsense");
	config_dir_put("conf.d/.conf", "nonsense");
	s = config_dir_load("log = { summary_interval = \"1m\"; };\n"
			    "defaults = { size = 5; timeout = \"3s\"; alarms = [ \"x\" ]; };\n"
			    "targets = { a = { host = \"192.0.2.3\"; }; };");
	assert_int_equal(s->summary_interval_ns, 3 * MIN);
	assert_int_equal(s->n_targets, 3);
	assert_string_equal(settings_text(s, settings_targets(s)[0].name), "a");
	assert_string_equal(settings_text(s, settings_targets(s)[1].name), "192.0.2.1");
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->size_bytes, 10);
	assert_int_equal(PLAN(s, config_dir_target(s, "b"))->timeout_ns, 3 * S);
	assert_int_equal(PLAN(s, config_dir_target(s, "b"))->interval_ns, 2 * S);
	assert_int_equal(s->n_warnings, 0);
}

TEST(test_config_symbolic_links_to_files_are_followed)
{
	const struct settings *s;
	char target[1024];

	config_dir_put("real", "targets = { a = { host = \"192.0.2.3\"; }; };");
	(void)snprintf(target, sizeof(target), "%s", config_dir_path("real"));
	assert_int_equal(symlink(target, config_dir_path("conf.d/link.conf")), 0);
	s = config_dir_load("");
	assert_int_equal(s->n_targets, 1);
	assert_string_equal(settings_text(s, settings_plan_of(s, &settings_targets(s)[0])->file),
	    config_dir_path("conf.d/link.conf"));
}

TEST(test_config_many_warnings_are_counted)
{
	const struct settings *s;
	char last[32];

	put_hosts(CONFIG_ERRORS_MAX + 7, " interval=10ms");
	s = config_dir_load("targets_file = \"hosts.txt\";");
	assert_int_equal(s->n_warnings, CONFIG_ERRORS_MAX + 1);
	(void)snprintf(last, sizeof(last), "and %d more", 7);
	assert_string_equal(settings_text(s, settings_warnings(s)[CONFIG_ERRORS_MAX]), last);
}

TEST(test_config_hundred_thousand_lines)
{
	const struct settings *s;

	put_hosts(100000, " interval=10s");
	s = config_dir_load("groups = { g = { targets_file = \"hosts.txt\"; }; };");
	assert_int_equal(s->n_targets, 100000);
	assert_int_equal(config_dir_target(s, "10.1.134.159")->line, 100000);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_detail_and_history_shrink_with_many_targets),
	    CASE(test_config_history_asked_for_is_not_in_the_default_budget),
	    CASE(test_config_targets_file_lines),
	    CASE(test_config_targets_files_stand_in_groups_and_beside_their_file),
	    CASE(test_config_included_text_stands_where_it_is_included),
	    CASE(test_config_directory_adds_up_in_order_of_names),
	    CASE(test_config_symbolic_links_to_files_are_followed),
	    CASE(test_config_many_warnings_are_counted),
	    CASE(test_config_hundred_thousand_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
