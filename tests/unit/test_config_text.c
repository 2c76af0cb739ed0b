/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The text of configuration files: every fault of grammar has its line, a fault in one setting does
 * not hide those of others, and what libconfig would read wrong never reaches it.
 */
#include <stdlib.h>

#include "test_config.h"
#include "unit.h"

#define AT "main.conf:1: "
#define LIST_HINT                                                                                \
	": a name begins with a letter and holds letters, digits, - and _ here: write targets "  \
	"with other names as a list, ( { name = \"a\"; host = \"192.0.2.1\"; }, ... ), or in a " \
	"targets_file"

static const struct {
	const char *text, *line;
} faults[] = {
    {"defaults = { interval = 500ms; };",
	AT "defaults: interval = 500ms: text stands in quotation marks: write \"500ms\""},
    {"targets = { a = { host = 192.0.2.1; }; };",
	AT "targets.a: host = 192.0.2.1: text stands in quotation marks: write "
	   "\"192.0.2.1\""},
    {"metrics = { rtt = yes; };", AT "metrics: rtt = yes: text stands in quotation marks: "
				     "write \"yes\", or true for a switch"},
    {"metrics = { rtt = off; };", AT "metrics: rtt = off: text stands in quotation marks: "
				     "write \"off\", or false for a switch"},
    {"max_rate = 010;", AT "max_rate = 010: a number begins with no 0: write it without"},
    {"max_rate = 99999999999999999999;", AT "max_rate = 99999999999999999999: larger than "
					    "any number here may be: write a smaller one"},
    {"max_rate = 0xfffffffffffffffff;", AT "max_rate = 0xfffffffffffffffff: larger than any "
					   "number here may be: write a smaller one"},
    {"max_rate = 1.;", AT "max_rate = 1.: text stands in quotation marks: write \"1.\""},
    {"max_rate = @;", AT "max_rate = @: text stands in quotation marks: write \"@\""},
    {"max_rate = ;", AT "\"max_rate\" has no value: write NAME = VALUE;"},
    {"max_rate", AT "max_rate: = and a value must follow, not the end of the file: write NAME "
		    "= VALUE;"},
    {"max_rate 5;", AT "max_rate: = and a value must follow, not 5: write NAME = VALUE;"},
    {"max_rate\nversion = 1;",
	AT "max_rate: = and a value must follow, not version: write NAME = VALUE;"},
    {"max_rate = 5;;", AT "one ; too many: take it out"},
    {"max_rate = 5;,", AT "one , too many: take it out"},
    {"= 5;", AT "a name must stand before =: write NAME = VALUE;"},
    {"{ };", AT "a name must stand before {: write NAME = VALUE;"},
    {"\"max_rate\" = 5;", AT "\"max_rate\": a name stands without quotation marks: write NAME "
			     "= VALUE;"},
    {"true = 5;", AT "\"true\"" LIST_HINT},
    {"targets = { 9to5 = { host = \"::1\"; }; };", AT "targets: \"9to5\"" LIST_HINT},
    {"targets = { web.example = { host = \"::1\"; }; };", AT "targets: \"web.example\"" LIST_HINT},
    {"targets = { 192.0.2.1 = { host = 5; }; };", AT "targets: \"192.0.2.1\"" LIST_HINT},
    {"version = 1; version = 1;",
	AT "\"version\" is here twice, first at main.conf:1: take one of them out"},
    {"log = { };\n  log = { };",
	"main.conf:2: \"log\" is here twice, first at main.conf:1: take one of them out"},
    {"defaults = { alarms = [ \"down\", ]; };",
	AT "defaults: alarms: no comma may stand after the last element: take it out"},
    {"targets = ( { host = \"::1\"; }, );",
	AT "targets: no comma may stand after the last element: take it out"},
    {"defaults = { alarms = [ \"down\" \"loss\" ]; };",
	AT "defaults: alarms: a comma is missing before \"loss\": write one between elements"},
    {"targets = ( { host = \"::1\"; } { host = \"::2\"; } );",
	AT "targets: a comma is missing before {: write one between elements"},
    {"defaults = { alarms = [ \"down\", 1 ]; };",
	AT "defaults: alarms: all that stands in [ ] is of one kind: write ( ) for a mixture"},
    {"defaults = { alarms = [ { } ]; };",
	AT "defaults: alarms: [ ] holds no groups or lists: write ( ) around them"},
    {"defaults = { alarms = [ down ]; };",
	AT "defaults: alarms = down: text stands in quotation marks: write \"down\""},
    {"defaults = { alarms = [ \"down\"; };", AT "defaults: the list that begins here is not "
						"closed: write ] before ; (line 1)"},
    {"targets = ( { host = \"::1\"; }\n\n",
	AT "the list that begins here is not closed: write ) before the end of the file (line "
	   "3)"},
    {"log = {\n", AT "log: the group that begins here is not closed: write } at its end"},
    {"log = { ) };", AT "log: ) closes nothing: take it out, or write } before it"},
    {"log = { }; };", AT "} closes nothing: take it out"},
    {"log = { summary_interval = \"1m; };\nversion = 1;",
	AT "the text that begins here is not closed on its line: write \" at its end"},
    {"log = { summary_interval = \"1m\n; };",
	AT "the text that begins here is not closed on its line: write \" at its end"},
    {"stats = { socket = \"/a\\q\"; };",
	AT "a \\ in a text begins \\\\, \\\", \\n, \\r, \\t, \\f or \\x and two hexadecimal "
	   "digits (not 00): write \\\\ for the character itself"},
    {"stats = { socket = \"/a\\x00\"; };",
	AT "a \\ in a text begins \\\\, \\\", \\n, \\r, \\t, \\f or \\x and two hexadecimal "
	   "digits (not 00): write \\\\ for the character itself"},
    {"/* version = 1;", AT "the comment that begins here is not closed: write */"},
    {"version = 1; @include \"x\"\n", AT "write @include \"FILE\" on a line of its own"},
    {"@include x\n", AT "write @include \"FILE\" on a line of its own"},
    {"@include \"\"\n", AT "write @include \"FILE\" on a line of its own"},
    {"\xef\xbb\xbfversion = 1;",
	AT "the file begins with a byte order mark: write it as UTF-8 without one"},
};

TEST(test_config_text_fault_has_one_line)
{
	for (size_t i = 0; i < COUNT(faults); i++)
		config_assert_only(config_dir_refused(faults[i].text), faults[i].line);
}

TEST(test_config_text_fault_does_not_hide_others)
{
	assert_string_equal(
	    config_dir_refused("version = one;\n"
			       "max_rate = 0;\n"
			       "stats = { socket = \"/a\n"
			       "  http = \"x\"; };\n"
			       "targets = {\n"
			       "  a = { host = 192.0.2.1; size = -1; };\n"
			       "  a = { size = -1; };\n"
			       "  b = { host = \"::1\"; hots = \"x\"; alarms = [ 5, ]; };\n"
			       "};\n"
			       "log = { summary_interval = \"1\"; };;\n"
			       "x"),
	    "main.conf:1: version = one: text stands in quotation marks: write \"one\"\n"
	    "main.conf:2: max_rate = 0: too little: write 1 or more\n"
	    "main.conf:3: the text that begins here is not closed on its line: write \" at its "
	    "end\n"
	    "main.conf:4: stats: http = \"x\": must be a numeric address and a port: write "
	    "\"127.0.0.1:PORT\" or \"[::1]:PORT\"\n"
	    "main.conf:6: targets.a: host = 192.0.2.1: text stands in quotation marks: write "
	    "\"192.0.2.1\"\n"
	    "main.conf:6: target \"a\": size = -1: too little: write 0 or more\n"
	    "main.conf:7: targets: \"a\" is here twice, first at main.conf:6: take one of them "
	    "out\n"
	    "main.conf:8: targets.b: alarms: no comma may stand after the last element: take it "
	    "out\n"
	    "main.conf:8: target \"b\": unknown setting \"hots\": did you mean \"host\"?\n"
	    "main.conf:8: target \"b\": alarms = [ ... ]: must be a list of names of alarms: write "
	    "[ "
	    "\"down\", \"loss\" ]\n"
	    "main.conf:10: one ; too many: take it out\n"
	    "main.conf:10: log: summary_interval = \"1\": a duration needs a unit: write \"1ms\" "
	    "or "
	    "\"1s\"\n"
	    "main.conf:11: x: = and a value must follow, not the end of the file: write NAME = "
	    "VALUE;\n");
}

TEST(test_config_text_faults_of_included_files_have_their_place)
{
	config_dir_put("a.conf", "\n@include \"b.conf\"\nlog = { x = 1; };");
	config_dir_put("b.conf", "stats = { x = 1; };\n\n/* \n */ metrics = { x = 1; };");
	assert_string_equal(
	    config_dir_refused("max_rate = 0;\n@include \"a.conf\"\ndefaults = { size = -1; };"),
	    "main.conf:1: max_rate = 0: too little: write 1 or more\n"
	    "main.conf:3: defaults: size = -1: too little: write 0 or more\n"
	    "a.conf:3: log: unknown setting \"x\": what may stand here is summary_interval\n"
	    "b.conf:1: stats: unknown setting \"x\": what may stand here is socket, http, "
	    "admin_group\n"
	    "b.conf:4: metrics: unknown setting \"x\": what may stand here is rtt\n");
}

TEST(test_config_text_that_is_lost_does_not_make_names_unknown)
{
	config_assert_only(
	    config_dir_refused("alarms = { slow = { raise = \"p95 > 1ms over 1m\"\n"
			       "targets = { a = { host = \"::1\"; alarms = [ \"slow\" ]; }; };"),
	    "main.conf:1: alarms.slow: the group that begins here is not closed: write } at its "
	    "end");
	config_assert_only(
	    config_dir_refused("targets = ( { name = \"gw\"; host = \"::1\"; }\n"
			       "{ name = \"x\"; host = \"::1\"; } );\n"
			       "groups = { g = { depends = \"gw\"; alarms = [ ]; }; };"),
	    "main.conf:2: targets: a comma is missing before {: write one between elements");
	config_dir_put("conf.d/a.conf", "targets = { b = { host = \"::1\"; depends = \"c\"; }; };");
	config_assert_only(config_dir_refused("targets = { c = { host = \"::1\"; ) }; };"),
	    "main.conf:1: targets.c: ) closes nothing: take it out, or write } before it");
}

TEST(test_config_text_forms_of_libconfig_are_read)
{
	const struct settings *s = config_dir_load(
	    "version : 1 # colon, no terminator\r\n"
	    "max_rate = 0x10, // hexadecimal, comma\n"
	    "stats = { socket = \"/a\" \"/b\\x63\" /* joined */; }\n"
	    "metrics:{rtt:TRUE}\n"
	    "log={summary_interval=\"1m\"},\n"
	    "defaults = { mark = 4294967295L; size = +7; alarms = (); }\n"
	    "targets = ({name=\"a\" host=\"::1\" labels={x=\"\\\"\\\\\\\"\" \"\"}})");

	assert_int_equal(s->max_rate_per_s, 16);
	assert_string_equal(settings_text(s, s->stats_socket), "/a/bc");
	assert_true(s->metrics_rtt);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->mark, UINT32_MAX);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->size_bytes, 7);
	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->alarms_n, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_text_fault_has_one_line),
	    CASE(test_config_text_fault_does_not_hide_others),
	    CASE(test_config_text_faults_of_included_files_have_their_place),
	    CASE(test_config_text_that_is_lost_does_not_make_names_unknown),
	    CASE(test_config_text_forms_of_libconfig_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
