/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The effective configuration as text: each value with its place, and the same configuration when
 * it is read again.
 */
#include <stdlib.h>

#include "test_config.h"
#include "unit.h"

#define EVERYTHING                                                                                \
	"version = 1; receive_buffer = \"208KiB\"; max_rate = 5000;\n"                            \
	"stats = { socket = \"/run/x.sock\"; http = \"[::1]:9000\"; admin_group = \"adm\"; };\n"  \
	"log = { summary_interval = \"0s\"; }; metrics = { rtt = false; };\n"                     \
	"defaults = { interval = \"2s\"; labels = { a = \"1\"; b = \"\\\"\\\\|\"; }; };\n"        \
	"alarms = { slow = { raise = \"p95 > 100ms over 2m\"; clear = \"p95 < 80ms over 5m\";\n"  \
	"  state = \"down\"; trace = true; on_raise = [ \"/bin/x\", \"a\\tb\\x01\" ]; }; };\n"    \
	"groups = { g = { depends = \"gw\"; quorum = \"1 of 2\"; alarms = [ \"slow\", \"loss\" "  \
	"];\n"                                                                                    \
	"  labels = { b = \"2\"; }; targets = { gw = { host = \"192.0.2.1\"; mark = 0xffffffff; " \
	"};\n"                                                                                    \
	"  x = { host = \"fe80::1%eth0\"; labels = { c = \"3\"; }; dscp = \"EF\"; ttl = 7;\n"     \
	"    size = 100; df = \"no\"; family = \"ipv6\"; addresses = \"all\"; flows = 3;\n"       \
	"    stamps = \"kernel\"; source = \"eth0\"; paused = true; history = \"2h\"; detail = "  \
	"5;\n"                                                                                    \
	"    samples = 999; timeout = \"1500ms\"; dpinger_socket = \"W\"; }; }; };\n"             \
	"  none = { }; };\n"                                                                      \
	"targets = ( { name = \"1.2:3\"; host = \"224.0.0.1\"; allow_special = true;\n"           \
	"  interval = \"5m\"; alarms = [ ]; }, { name = \"y\"; host = \"a.example\"; } );\n"

/* The text without places: what stands behind " # ". */
static char *
without_places(const char *text)
{
	char *copy = strdup(text), *to = copy;

	assert_non_null(copy);
	for (const char *from = text; *from != '\0';) {
		if (strncmp(from, " # ", 3) == 0)
			from += strcspn(from, "\n");
		else
			*to++ = *from++;
	}
	*to = '\0';
	return copy;
}

/* The print of the print is the print. */
static void
check_round_trip(const char *text)
{
	char *printed = strdup(config_dir_print(text)), *again, *first, *second;

	assert_non_null(printed);
	again = strdup(config_dir_print(printed));
	assert_non_null(again);
	first = without_places(strchr(printed, '\n'));
	second = without_places(strchr(again, '\n'));
	assert_string_equal(first, second);
	free(first);
	free(second);
	free(printed);
	free(again);
}

TEST(test_config_print_reads_back_the_same)
{
	check_round_trip("");
	check_round_trip(EVERYTHING);
}

TEST(test_config_print_of_settings_from_a_block)
{
	char *printed = strdup(config_dir_print(EVERYTHING));
	const struct settings *s;
	const struct settings_target *t;

	assert_non_null(printed);
	s = config_dir_load(printed);
	free(printed);
	assert_int_equal(s->n_targets, 4);
	assert_int_equal(s->n_groups, 2);
	assert_int_equal(s->n_alarms, 3);
	assert_int_equal(s->receive_buffer_bytes, 208 << 10);
	t = config_dir_target(s, "x");
	assert_int_equal(PLAN(s, t)->dscp, 46);
	assert_int_equal(t->labels_n, 3);
	assert_int_equal(PLAN(s, t)->alarms_n, 2);
	assert_int_equal(PLAN(s, t)->samples, 999);
	assert_int_equal(t->depends, 0);
	assert_string_equal(settings_text(s, PLAN(s, t)->source), "eth0");
	assert_int_equal(PLAN(s, config_dir_target(s, "gw"))->mark, UINT32_MAX);
	assert_int_equal(config_dir_target(s, "gw")->depends, SETTINGS_NONE);
	assert_int_equal(PLAN(s, config_dir_target(s, "1.2:3"))->alarms_n, 0);
}

/* The line of a text that holds a piece, after another piece. */
static const char *
line_after(const char *text, const char *after, const char *piece)
{
	static char line[256];
	const char *at = strstr(text, after), *end;

	assert_non_null(at);
	at = strstr(at, piece);
	assert_non_null(at);
	while (at > text && at[-1] != '\n')
		at--;
	at += strspn(at, "\t");
	end = strchr(at, '\n');
	(void)snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
	return line;
}

TEST(test_config_print_shows_where_each_value_comes_from)
{
	const char *text;

	config_dir_put("hosts.txt", "\n192.0.2.9 h ttl=3\n");
	config_dir_put("conf.d/a.conf", "\n\ndefaults = { timeout = \"3s\"; };");
	text = config_dir_print(
	    "defaults = {\n size = 9; };\n"
	    "groups = { g = {\n\n interval = \"7s\"; targets_file = \"hosts.txt\"; "
	    "}; };\nalarms = { x = { raise = \"loss > 5% over 1m\";\n clear = "
	    "\"loss < 2% over 1m\"; }; };");
	assert_string_equal(line_after(text, "stats", "socket"),
	    "socket = \"" ICMPMON_RUN_DIR "/stats.sock\"; # default");
	assert_string_equal(line_after(text, "defaults", "size"), "size = 9; # main.conf:2");
	assert_string_equal(
	    line_after(text, "defaults", "timeout"), "timeout = \"3s\"; # conf.d/a.conf:3");
	assert_string_equal(
	    line_after(text, "defaults", "interval"), "interval = \"1s\"; # default");
	assert_string_equal(
	    line_after(text, "x = {", "clear"), "clear = \"loss < 2% over 1m\"; # main.conf:7");
	assert_string_equal(line_after(text, "x = {", "state"), "state = \"degraded\"; # default");
	assert_string_equal(line_after(text, "groups", "g = {"), "g = { # main.conf:3");
	assert_string_equal(
	    line_after(text, "\"h\"", "host ="), "host = \"192.0.2.9\"; # hosts.txt:2");
	assert_string_equal(line_after(text, "\"h\"", "ttl"), "ttl = 3; # hosts.txt:2");
	assert_string_equal(
	    line_after(text, "\"h\"", "interval"), "interval = \"7s\"; # main.conf:5");
	assert_string_equal(
	    line_after(text, "\"h\"", "timeout"), "timeout = \"3s\"; # conf.d/a.conf:3");
	assert_string_equal(line_after(text, "\"h\"", "size"), "size = 9; # main.conf:2");
	assert_string_equal(line_after(text, "\"h\"", "samples"), "samples = 43; # default");
	assert_string_equal(
	    line_after(text, "\"h\"", "alarms"), "alarms = [ \"down\", \"loss\" ]; # default");
}

TEST(test_config_print_keeps_built_in_alarms_built_in)
{
	char *printed =
	    strdup(config_dir_print("targets = { a = { host = \"::1\"; interval = \"5m\"; }; };"));
	const struct settings *s;

	assert_non_null(printed);
	assert_non_null(strstr(printed, "\n\t# loss = { # default\n"));
	s = config_dir_load(printed);
	free(printed);
	assert_int_equal(settings_alarms(s)[settings_refs(s)[1]].raise.span_ns, 30 * NSEC_PER_MIN);
}

TEST(test_config_print_of_many_targets_shows_their_own_settings)
{
	enum { N = 6000 };
	char *hosts = malloc(64 * N);
	const char *text;
	size_t at = 0;

	assert_non_null(hosts);
	for (int i = 0; i < N; i++)
		at += (size_t)snprintf(
		    hosts + at, 64, "10.0.%d.%d h%d ttl=9 labels.a=b\n", i >> 8, i & 255, i);
	config_dir_put("hosts.txt", hosts);
	free(hosts);
	text = config_dir_print("defaults = { size = 9; };\ntargets_file = \"hosts.txt\";");
	assert_non_null(strstr(text, "\n\t{\n\t\tname = \"h5999\"; # hosts.txt:6000\n"
				     "\t\thost = \"10.0.23.111\"; # hosts.txt:6000\n"
				     "\t\tttl = 9; # hosts.txt:6000\n"
				     "\t\tlabels = {\n\t\t\ta = \"b\"; # hosts.txt:6000\n\t\t};\n"
				     "\t}\n);\n"));
	check_round_trip(NULL);
}

TEST(test_config_print_of_what_is_refused_is_the_errors)
{
	struct config_result result;

	config_dir_put("main.conf", "x = 5;");
	assert_false(config_print(config_dir_path("main.conf"), &result));
	assert_null(result.block);
	assert_non_null(strstr(result.text, "main.conf:1: unknown setting \"x\""));
	config_result_done(&result);
	assert_null(result.text);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_print_reads_back_the_same),
	    CASE(test_config_print_of_settings_from_a_block),
	    CASE(test_config_print_shows_where_each_value_comes_from),
	    CASE(test_config_print_keeps_built_in_alarms_built_in),
	    CASE(test_config_print_of_many_targets_shows_their_own_settings),
	    CASE(test_config_print_of_what_is_refused_is_the_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
