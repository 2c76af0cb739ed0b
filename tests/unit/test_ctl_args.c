/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The command line: options anywhere, one clear sentence for what is wrong.
 */
#include "unit.h"

#include <stdlib.h>

#include "ctl/args.h"

static const struct command status = {
    .name = "status",
    .operand = "",
    .options = OPTION_BIT(OPTION_EXIT_CODE) | OPTION_BIT(OPTION_WINDOW),
    .summary = "summary",
    .text = "text",
    .examples = "  example\n",
};
static const struct command show = {.name = "show", .operand = "TARGET", .operand_needed = true};
static const struct command list = {
    .name = "list", .operand = "[PATTERN]", .options = OPTION_BIT(OPTION_STATE)};
static const struct command events = {
    .name = "events",
    .operand = "[TARGET]",
    .options = OPTION_BIT(OPTION_LAST) | OPTION_BIT(OPTION_FOLLOW) | OPTION_BIT(OPTION_SINCE),
};
static const struct command pause_ = {
    .name = "pause",
    .operand = "TARGET",
    .operand_needed = true,
    .options = OPTION_BIT(OPTION_FOR) | OPTION_BIT(OPTION_WHY),
};
static const struct command *const table[] = {&status, &show, &list, &events, &pause_};
static const struct commands commands = {table, COUNT(table)};

static struct args args;
static char error[ARGS_ERROR_BYTES];

static bool
parse(const char *const words[])
{
	char *argv[16] = {(char *)(uintptr_t) "icmpctl"};
	int argc = 1;

	for (; words[argc - 1] != NULL; argc++)
		argv[argc] = (char *)(uintptr_t)words[argc - 1];
	error[0] = '\0';
	return args_parse(argc, argv, &commands, &args, error);
}

#define PARSE(...) parse((const char *const[]){__VA_ARGS__, NULL})
#define WRONG(sentence, ...)                          \
	do {                                          \
		assert_false(PARSE(__VA_ARGS__));     \
		assert_string_equal(error, sentence); \
	} while (0)

TEST(test_args_nothing_is_the_default_command)
{
	assert_true(parse((const char *const[]){NULL}));
	assert_ptr_equal(args.command, &status);
	assert_false(args.command_given);
	assert_true(PARSE("--json"));
	assert_ptr_equal(args.command, &status);
	assert_true(args_has(&args, OPTION_JSON));
}

TEST(test_args_options_stand_anywhere)
{
	assert_true(PARSE("-fn5", "--socket", "/tmp/s", "events", "isp-gw", "--since=10m"));
	assert_ptr_equal(args.command, &events);
	assert_string_equal(args.operand, "isp-gw");
	assert_true(args_has(&args, OPTION_FOLLOW));
	assert_int_equal(args_count(&args, OPTION_LAST, 0), 5);
	assert_string_equal(args.values[OPTION_SOCKET], "/tmp/s");
	assert_string_equal(args.values[OPTION_SINCE], "10m");
	assert_true(PARSE("pause", "nas", "--for", "2h", "-m", "--why not"));
	assert_true(args_duration(&args, OPTION_FOR, 0) == 2 * NSEC_PER_HOUR);
	assert_string_equal(args.values[OPTION_WHY], "--why not");
	assert_true(PARSE("pause", "nas"));
	assert_true(args_duration(&args, OPTION_FOR, 7) == 7);
}

TEST(test_args_two_hyphens_end_options)
{
	assert_true(PARSE("show", "--", "-f"));
	assert_string_equal(args.operand, "-f");
}

TEST(test_args_help_needs_nothing_else)
{
	assert_true(PARSE("show", "--help"));
	assert_ptr_equal(args.command, &show);
	assert_true(args_has(&args, OPTION_HELP));
	assert_true(PARSE("-h"));
	assert_true(PARSE("-V"));
}

TEST(test_args_unknown_words_are_told_with_what_may_be_meant)
{
	WRONG("unknown command \"evnets\": did you mean events?", "evnets");
	WRONG("unknown command \"frobnicate\": see icmpctl --help", "frobnicate");
	WRONG("unknown option --jsn: did you mean --json?", "--jsn");
	WRONG("unknown option --frobnicate", "--frobnicate");
	WRONG("unknown option -x", "-x");
	WRONG("unknown option --js: did you mean --json?", "--js=1", "list");
	WRONG("unknown command \"\\x1b[2J\": see icmpctl --help", "\033[2J");
}

TEST(test_args_values_are_checked)
{
	WRONG(
	    "--for takes a duration such as 90s, 5m or 2h, not \"2\"", "pause", "a", "--for", "2");
	WRONG("--for takes a duration such as 90s, 5m or 2h, not \"0s\"", "pause", "a", "--for=0s");
	WRONG("--last takes a whole number from 1 to 4096, not \"0\"", "events", "-n", "0");
	WRONG("--last takes a whole number from 1 to 4096, not \"5000\"", "events", "-n5000");
	WRONG("--last takes a whole number from 1 to 4096, not \"-5\"", "events", "-n", "-5");
	WRONG("--last takes a whole number from 1 to 4096, not \"99999999999\"", "events", "-n",
	    "99999999999");
	WRONG("--instance takes a name of letters, digits, . _ : and -, not \"../x\"",
	    "--instance=../x");
	WRONG("--socket takes the path of a socket, at most 107 bytes", "--socket=");
	WRONG("--state takes up, degraded, down, unknown or paused, not \"broken\"", "list",
	    "--state", "broken");
	WRONG("--state takes up, degraded, down, unknown or paused, not \"down,\"", "list",
	    "--state", "down,");
	WRONG("--since takes an event's number, a duration ago such as 10m, or a time such as "
	      "2026-11-23T10:41:07Z, not \"yesterday\"",
	    "events", "--since", "yesterday");
	WRONG("--follow takes no value", "events", "--follow=1");
	WRONG("--last needs a value", "events", "--last");
	WRONG("-n needs a value", "events", "-n");
}

TEST(test_args_good_values_are_taken)
{
	assert_true(PARSE("list", "--state", "down,degraded,unknown"));
	assert_true(PARSE("events", "--since", "4711"));
	assert_true(PARSE("events", "--since", "-10m"));
	assert_true(PARSE("events", "--since", "2026-11-23T10:41:07+01:00"));
	assert_true(PARSE("--instance", "backup.2"));
}

TEST(test_args_a_reason_is_as_long_as_the_daemon_keeps_it)
{
	char why[122];

	memset(why, 'x', sizeof(why));
	why[121] = '\0';
	WRONG("--why takes at most 120 bytes", "pause", "a", "-m", why);
	why[120] = '\0';
	assert_true(PARSE("pause", "a", "-m", why));
}

TEST(test_args_what_does_not_fit_together_is_told)
{
	WRONG("--json or --plain, not both", "--json", "--plain");
	WRONG("--socket or --instance, not both", "--socket", "/s", "--instance", "a");
	WRONG("list has no option --follow: see icmpctl list --help", "list", "-f");
	WRONG("which target? usage: icmpctl show TARGET", "show");
	WRONG("status takes no argument: isp-gw (see icmpctl status --help)", "status", "isp-gw");
	WRONG("one argument too many: b", "show", "a", "b");
	WRONG("empty argument", "show", "");
}

TEST(test_args_help_names_all_commands_and_options)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	assert_non_null(f);
	args_print_help(f, &commands);
	args_print_command_help(f, &status);
	(void)fclose(f);
	for (size_t i = 0; i < commands.n; i++)
		assert_non_null(strstr(text, table[i]->name));
	assert_non_null(strstr(text, "--exit-code"));
	assert_non_null(strstr(text, "-s, --socket PATH"));
	free(text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_args_nothing_is_the_default_command),
	    cmocka_unit_test(test_args_options_stand_anywhere),
	    cmocka_unit_test(test_args_two_hyphens_end_options),
	    cmocka_unit_test(test_args_help_needs_nothing_else),
	    cmocka_unit_test(test_args_unknown_words_are_told_with_what_may_be_meant),
	    cmocka_unit_test(test_args_values_are_checked),
	    cmocka_unit_test(test_args_good_values_are_taken),
	    cmocka_unit_test(test_args_a_reason_is_as_long_as_the_daemon_keeps_it),
	    cmocka_unit_test(test_args_what_does_not_fit_together_is_told),
	    cmocka_unit_test(test_args_help_names_all_commands_and_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
