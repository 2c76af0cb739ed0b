/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What a configuration means: settings, inheritance, alarms, and what is warned of.
 */
#include <sys/stat.h>

#include "test_config.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC
#define MIN NSEC_PER_MIN

static const struct settings_alarm *
alarm_of(const struct settings *s, const struct settings_target *t, uint32_t i)
{
	assert_in_range(i, 0, PLAN(s, t)->alarms_n - 1);
	return &settings_alarms(s)[settings_refs(s)[PLAN(s, t)->alarms_first + i]];
}

TEST(test_config_of_nothing_is_the_built_in_one)
{
	const struct settings *s = config_dir_load("");

	assert_int_equal(s->n_targets, 0);
	assert_int_equal(s->n_groups, 0);
	assert_int_equal(s->n_alarms, 2);
	assert_string_equal(settings_text(s, s->stats_socket), ICMPMON_RUN_DIR "/stats.sock");
	assert_string_equal(settings_text(s, s->http), "");
	assert_string_equal(settings_text(s, s->admin_group), "");
	assert_int_equal(s->summary_interval_ns, 5 * MIN);
	assert_int_equal(s->receive_buffer_bytes, 16 << 20);
	assert_int_equal(s->max_rate_per_s, 200000);
	assert_false(s->metrics_rtt_set);
	assert_int_equal(s->n_warnings, 1);
	assert_non_null(strstr(settings_text(s, settings_warnings(s)[0]), "no targets"));
}

TEST(test_config_top_settings_are_all_read)
{
	const struct settings *s = config_dir_load(
	    "version = 1; receive_buffer = \"208KiB\"; max_rate = 12;\n"
	    "stats = { socket = \"/run/x.sock\"; http = \"[::1]:9000\"; admin_group = \"adm\"; };\n"
	    "log = { summary_interval = \"0s\"; }; metrics = { rtt = true; };");

	assert_string_equal(settings_text(s, s->stats_socket), "/run/x.sock");
	assert_string_equal(settings_text(s, s->http), "[::1]:9000");
	assert_string_equal(settings_text(s, s->admin_group), "adm");
	assert_int_equal(s->summary_interval_ns, 0);
	assert_int_equal(s->receive_buffer_bytes, 208 << 10);
	assert_int_equal(s->max_rate_per_s, 12);
	assert_true(s->metrics_rtt_set && s->metrics_rtt);
	assert_string_equal(settings_text(s, s->file), config_dir_path("main.conf"));
}

TEST(test_config_target_has_the_built_in_defaults)
{
	const struct settings *s = config_dir_load("targets = { a = { host = \"192.0.2.1\"; }; };");
	const struct settings_target *t = config_dir_target(s, "a");

	assert_string_equal(settings_text(s, t->host), "192.0.2.1");
	assert_string_equal(settings_text(s, PLAN(s, t)->file), config_dir_path("main.conf"));
	assert_int_equal(t->line, 1);
	assert_int_equal(PLAN(s, t)->interval_ns, S);
	assert_int_equal(PLAN(s, t)->timeout_ns, 2 * S);
	assert_int_equal(PLAN(s, t)->size_bytes, 56);
	assert_int_equal(PLAN(s, t)->ttl, 0);
	assert_int_equal(PLAN(s, t)->flows, 1);
	assert_int_equal(PLAN(s, t)->family, SETTINGS_FAMILY_AUTO);
	assert_int_equal(PLAN(s, t)->group, SETTINGS_NONE);
	assert_int_equal(t->depends, SETTINGS_NONE);
	assert_int_equal(PLAN(s, t)->samples, 300);
	assert_int_equal(PLAN(s, t)->detail, 256);
	assert_int_equal(PLAN(s, t)->history_minutes, 24 * 60);
	assert_int_equal(PLAN(s, t)->alarms_n, 2);
	assert_string_equal(settings_text(s, alarm_of(s, t, 0)->name), "down");
	assert_int_equal(alarm_of(s, t, 0)->state, SETTINGS_STATE_DOWN);
	assert_int_equal(alarm_of(s, t, 0)->raise.span_probes, 5);
	assert_string_equal(settings_text(s, alarm_of(s, t, 1)->name), "loss");
	assert_int_equal(alarm_of(s, t, 1)->raise.span_ns, MIN);
	assert_int_equal(s->n_warnings, 0);
}

TEST(test_config_target_settings_are_all_read)
{
	const struct settings *s = config_dir_load(
	    "targets = ( { name = \"up\"; host = \"192.0.2.1\"; },\n"
	    "{ name = \"a.b:c\"; host = \"host.example\"; family = \"ipv6\"; addresses = \"all\";\n"
	    "interval = \"500ms\"; timeout = \"1.5s\"; size = 1400; ttl = 9; dscp = \"AF41\";\n"
	    "df = \"no\"; source = \"2001:db8::2\"; mark = 0xffffffff; probe = \"echo\";\n"
	    "flows = 16; stamps = \"kernel\"; allow_special = true; samples = 4000;\n"
	    "detail = 7; history = \"90s\"; alarms = ( \"down\" ); depends = \"up\";\n"
	    "labels = { site = \"fra1\"; }; dpinger_socket = \"WAN\"; paused = true; } );");
	const struct settings_target *t = config_dir_target(s, "a.b:c");

	assert_int_equal(t->line, 2);
	assert_int_equal(PLAN(s, t)->family, SETTINGS_FAMILY_IPV6);
	assert_true(PLAN(s, t)->addresses_all && PLAN(s, t)->allow_special && PLAN(s, t)->paused &&
		    PLAN(s, t)->source_is_address);
	assert_int_equal(PLAN(s, t)->interval_ns, 500 * MS);
	assert_int_equal(PLAN(s, t)->timeout_ns, 1500 * MS);
	assert_int_equal(PLAN(s, t)->size_bytes, 1400);
	assert_int_equal(PLAN(s, t)->ttl, 9);
	assert_int_equal(PLAN(s, t)->dscp, 34);
	assert_int_equal(PLAN(s, t)->df, SETTINGS_DF_NO);
	assert_int_equal(PLAN(s, t)->source_addr.family, 6);
	assert_int_equal(PLAN(s, t)->mark, UINT32_MAX);
	assert_int_equal(PLAN(s, t)->flows, 16);
	assert_int_equal(PLAN(s, t)->stamps, SETTINGS_STAMPS_KERNEL);
	assert_int_equal(PLAN(s, t)->samples, 4000);
	assert_int_equal(PLAN(s, t)->detail, 7);
	assert_int_equal(PLAN(s, t)->history_minutes, 2);
	assert_int_equal(PLAN(s, t)->alarms_n, 1);
	assert_int_equal(t->depends, 0);
	assert_string_equal(config_dir_label(s, t, "site"), "fra1");
	assert_string_equal(settings_text(s, t->dpinger_socket), "WAN");
}

TEST(test_config_code_points_have_names_and_numbers)
{
	static const struct {
		const char *text;
		int value;
	} points[] = {{"\"EF\"", 46}, {"\"ef\"", 46}, {"\"CS0\"", 0}, {"\"CS7\"", 56},
	    {"\"AF11\"", 10}, {"\"AF43\"", 38}, {"\"LE\"", 1}, {"\"VA\"", 44}, {"63", 63},
	    {"0", 0}};
	const struct settings *s;
	char text[128];

	for (size_t i = 0; i < COUNT(points); i++) {
		(void)snprintf(text, sizeof(text),
		    "targets = { a = { host = \"::1\"; dscp = %s; }; };", points[i].text);
		s = config_dir_load(text);
		assert_int_equal(PLAN(s, config_dir_target(s, "a"))->dscp, points[i].value);
	}
}

/* So that many targets take little memory, whatever order they stand in. */
TEST(test_config_targets_share_what_they_have_in_common)
{
	const struct settings *s;

	config_dir_put("hosts.txt", "192.0.2.1 a\n192.0.2.2 b interval=2s\n192.0.2.3 c\n"
				    "192.0.2.4 d interval=2s labels.x=1\n192.0.2.5 e size=100\n");
	s = config_dir_load("targets_file = \"hosts.txt\";");
	assert_int_equal(s->n_plans, 3);
	assert_int_equal(settings_targets(s)[0].plan, settings_targets(s)[2].plan);
	assert_int_equal(settings_targets(s)[1].plan, settings_targets(s)[3].plan);
	assert_int_equal(s->n_refs, 4); /* down and loss, at each interval */
	assert_int_equal(PLAN(s, &settings_targets(s)[3])->interval_ns, 2 * S);
	assert_int_equal(PLAN(s, &settings_targets(s)[4])->size_bytes, 100);
}

TEST(test_config_nearer_level_wins)
{
	const struct settings *s = config_dir_load(
	    "defaults = { interval = \"5s\"; size = 100; ttl = 3; source = \"eth0\"; };\n"
	    "groups = { g = { interval = \"7s\"; size = 200; targets = {\n"
	    "  a = { host = \"192.0.2.1\"; };\n"
	    "  b = { host = \"192.0.2.2\"; interval = \"9s\"; source = \"\"; }; }; }; };\n"
	    "targets = { c = { host = \"192.0.2.3\"; }; };");
	const struct settings_target *a = config_dir_target(s, "a"), *b = config_dir_target(s, "b"),
				     *c = config_dir_target(s, "c");

	assert_int_equal(PLAN(s, a)->interval_ns, 7 * S);
	assert_int_equal(PLAN(s, b)->interval_ns, 9 * S);
	assert_int_equal(PLAN(s, c)->interval_ns, 5 * S);
	assert_int_equal(PLAN(s, a)->size_bytes, 200);
	assert_int_equal(PLAN(s, b)->size_bytes, 200);
	assert_int_equal(PLAN(s, c)->size_bytes, 100);
	assert_int_equal(PLAN(s, a)->ttl, 3);
	assert_string_equal(settings_text(s, PLAN(s, a)->source), "eth0");
	assert_false(PLAN(s, a)->source_is_address);
	assert_string_equal(settings_text(s, PLAN(s, b)->source), "");
	assert_string_equal(settings_text(s, settings_groups(s)[PLAN(s, a)->group].name), "g");
	assert_int_equal(PLAN(s, c)->group, SETTINGS_NONE);
}

TEST(test_config_labels_add_up_and_the_inner_one_wins)
{
	const struct settings *s = config_dir_load(
	    "defaults = { labels = { a = \"1\"; b = \"1\"; c = \"1\"; }; };\n"
	    "groups = { g = { labels = { b = \"2\"; c = \"2\"; d = \"2|ä\"; };\n"
	    "  targets = { x = { host = \"192.0.2.1\"; labels = { c = \"3\"; }; };\n"
	    "    y = { host = \"192.0.2.2\"; }; }; }; };\n"
	    "targets = { z = { host = \"192.0.2.3\"; }; };");
	const struct settings_target *x = config_dir_target(s, "x"), *y = config_dir_target(s, "y"),
				     *z = config_dir_target(s, "z");

	assert_int_equal(x->labels_n, 4);
	assert_string_equal(config_dir_label(s, x, "a"), "1");
	assert_string_equal(config_dir_label(s, x, "b"), "2");
	assert_string_equal(config_dir_label(s, x, "c"), "3");
	assert_string_equal(config_dir_label(s, x, "d"), "2|ä");
	assert_int_equal(y->labels_n, 4);
	assert_string_equal(config_dir_label(s, y, "c"), "2");
	assert_int_equal(z->labels_n, 3);
	assert_int_equal(settings_groups(s)[0].labels_n, 4);
}

TEST(test_config_alarms_of_the_user_replace_built_in_ones)
{
	const struct settings *s = config_dir_load(
	    "alarms = { loss = { raise = \"loss > 50% over 9 probes\";\n"
	    "  clear = \"loss < 1% over 20 probes\"; trace = true; };\n"
	    "slow = { raise = \"p95 > 100ms over 2m\"; clear = \"p95 < 80ms over 5m\";\n"
	    "  state = \"down\"; on_raise = [ \"/bin/x\", \"raise it\" ]; on_clear = ( \"/y\" ); "
	    "}; };\n"
	    "targets = { a = { host = \"192.0.2.1\"; alarms = [ \"slow\", \"loss\", \"down\" ]; "
	    "};\n"
	    "  b = { host = \"192.0.2.2\"; alarms = [ ]; }; };");
	const struct settings_target *a = config_dir_target(s, "a");
	const struct settings_alarm *slow = alarm_of(s, a, 0), *loss = alarm_of(s, a, 1);

	assert_int_equal(s->n_alarms, 3);
	assert_string_equal(settings_text(s, slow->name), "slow");
	assert_string_equal(settings_text(s, slow->raise_text), "p95 > 100ms over 2m");
	assert_int_equal(slow->state, SETTINGS_STATE_DOWN);
	assert_int_equal(slow->on_raise_n, 2);
	assert_string_equal(
	    settings_text(s, settings_string_refs(s)[slow->on_raise_first + 1]), "raise it");
	assert_int_equal(slow->on_clear_n, 1);
	assert_int_equal(loss->raise.span_probes, 9);
	assert_int_equal(loss->trace, 1);
	assert_int_equal(loss->state, SETTINGS_STATE_DEGRADED);
	assert_int_equal(PLAN(s, a)->samples, 300); /* 5 minutes, as the longest span */
	assert_int_equal(PLAN(s, config_dir_target(s, "b"))->alarms_n, 0);
	assert_int_equal(s->n_warnings, 1);
	assert_non_null(strstr(settings_text(s, settings_warnings(s)[0]),
	    "trace = true: this version traces no paths"));
}

TEST(test_config_built_in_spans_follow_the_interval)
{
	const struct settings *s =
	    config_dir_load("targets = { a = { host = \"192.0.2.1\"; interval = \"12s\"; };\n"
			    "  b = { host = \"192.0.2.2\"; interval = \"12.001s\"; };\n"
			    "  c = { host = \"192.0.2.3\"; interval = \"5m\"; };\n"
			    "  d = { host = \"192.0.2.4\"; interval = \"5m\"; };\n"
			    "  e = { host = \"192.0.2.5\"; interval = \"1h\"; }; };");
	static const struct {
		const char *name;
		nsec_t raise, clear;
	} spans[] = {{"a", MIN, 3 * MIN}, {"b", 2 * MIN, 6 * MIN}, {"c", 30 * MIN, 90 * MIN},
	    {"d", 30 * MIN, 90 * MIN}, {"e", 300 * MIN, 900 * MIN}};

	for (size_t i = 0; i < COUNT(spans); i++) {
		const struct settings_target *t = config_dir_target(s, spans[i].name);
		const struct settings_alarm *loss = alarm_of(s, t, 1);

		assert_string_equal(settings_text(s, loss->name), "loss");
		assert_int_equal(loss->raise.span_ns, spans[i].raise);
		assert_int_equal(loss->clear.span_ns, spans[i].clear);
		assert_true(PLAN(s, t)->samples >=
			    condition_span_samples(&loss->clear, PLAN(s, t)->interval_ns));
	}
	assert_int_equal(s->n_alarms, 2 + 3);
	assert_int_equal(s->n_notes, 3);
	assert_string_equal(settings_text(s, alarm_of(s, config_dir_target(s, "c"), 1)->raise_text),
	    "loss > 5% over 30m");
}

TEST(test_config_samples_cover_spans_and_five_minutes)
{
	const struct settings *s =
	    config_dir_load("alarms = { far = { raise = \"loss > 5% over 1h\"; clear = \"loss < 1% "
			    "over 7 probes\"; };\n"
			    "  many = { raise = \"loss > 5% over 36000 probes\"; clear = \"loss < "
			    "1% over 1 probes\"; "
			    "}; };\n"
			    "targets = { a = { host = \"192.0.2.1\"; alarms = [ \"far\" ]; };\n"
			    "  b = { host = \"192.0.2.2\"; alarms = [ \"many\" ]; };\n"
			    "  c = { host = \"192.0.2.3\"; interval = \"10ms\"; };\n"
			    "  d = { host = \"192.0.2.4\"; interval = \"7s\"; alarms = [ ]; };\n"
			    "  e = { host = \"192.0.2.5\"; samples = 180; }; };");

	assert_int_equal(PLAN(s, config_dir_target(s, "a"))->samples, 3600);
	assert_int_equal(PLAN(s, config_dir_target(s, "b"))->samples, 36000);
	assert_int_equal(PLAN(s, config_dir_target(s, "c"))->samples, 30000);
	assert_int_equal(PLAN(s, config_dir_target(s, "d"))->samples, 43);
	assert_int_equal(PLAN(s, config_dir_target(s, "e"))->samples, 180);
}

TEST(test_config_group_depends_on_one_of_its_own)
{
	const struct settings *s =
	    config_dir_load("groups = { g = { depends = \"gw\"; quorum = \"2 of 3\"; targets = {\n"
			    "gw = { host = \"192.0.2.1\"; }; a = { host = \"192.0.2.2\"; };\n"
			    "b = { host = \"192.0.2.3\"; depends = \"\"; }; }; }; };\n"
			    "targets = { c = { host = \"192.0.2.4\"; depends = \"a\"; }; };");

	assert_int_equal(config_dir_target(s, "gw")->depends, SETTINGS_NONE);
	assert_int_equal(config_dir_target(s, "a")->depends, 0);
	assert_int_equal(config_dir_target(s, "b")->depends, SETTINGS_NONE);
	assert_int_equal(config_dir_target(s, "c")->depends, 1);
	assert_int_equal(settings_groups(s)[0].quorum_need, 2);
	assert_int_equal(settings_groups(s)[0].quorum_of, 3);
}

TEST(test_config_rate_may_be_used_up)
{
	const struct settings *s = config_dir_load(
	    "max_rate = 1; targets = { a = { host = \"::1\"; interval = \"2s\"; };\n"
	    "b = { host = \"::1\"; interval = \"2s\"; }; };");

	assert_int_equal(s->max_rate_per_s, 1);
}

TEST(test_config_special_addresses_with_permission)
{
	const struct settings *s = config_dir_load(
	    "defaults = { allow_special = true; };\n"
	    "targets = ( { host = \"224.0.0.1\"; }, { host = \"255.255.255.255\"; },\n"
	    "  { host = \"0.0.0.0\"; }, { name = \"six\"; host = \"ff02::1%eth0\"; } );");

	assert_int_equal(s->n_targets, 4);
	assert_true(PLAN(s, config_dir_target(s, "six"))->allow_special);
}

TEST(test_config_warns_of_what_may_not_be_meant)
{
	const struct settings *s;
	char all[4096] = "";

	config_dir_put("main.conf",
	    "alarms = { x = { raise = \"loss > 5% over 1m\"; clear = \"loss < 9% over 1m\"; }; };\n"
	    "groups = { none = { }; };\n"
	    "targets = ( { name = \"a\"; host = \"2001:db8::1\"; interval = \"200ms\"; },\n"
	    "{ name = \"b\"; host = \"2001:DB8:0::1\"; interval = \"160ms\"; },\n"
	    "{ name = \"c\"; host = \"192.0.2.1\"; interval = \"100ms\"; } );");
	assert_int_equal(chmod(config_dir_path("main.conf"), 0602), 0);
	s = config_dir_load(NULL);
	for (uint32_t i = 0; i < s->n_warnings; i++) {
		strncat(all, settings_text(s, settings_warnings(s)[i]), 1000);
		strncat(all, "\n", 2);
	}
	assert_int_equal(s->n_warnings, 5);
	assert_non_null(strstr(all, "main.conf: everybody may write this file: chmod o-w\n"));
	assert_non_null(strstr(all, "main.conf:1: alarm \"x\": raise and clear can hold at once"));
	assert_non_null(strstr(all, "main.conf:1: alarm \"x\": watches no target"));
	assert_non_null(strstr(all, "main.conf:2: group \"none\": has no targets"));
	assert_non_null(strstr(
	    all, "main.conf:3: target \"a\": 2001:db8::1 gets 11.2 probes/s from 2 targets"));
}

TEST(test_config_conditions_that_leave_a_gap_do_not_warn)
{
	static const struct {
		const char *raise, *clear;
		uint32_t warnings;
	} pairs[] = {
	    {"loss > 5% over 1m", "loss < 5% over 1m", 0},
	    {"loss > 5% over 1m", "loss <= 5% over 1m", 0},
	    {"loss >= 5% over 1m", "loss <= 5% over 1m", 1},
	    {"loss == 100% over 5 probes", "loss < 100% over 1m", 0},
	    {"loss == 100% over 5 probes", "loss <= 100% over 1m", 1},
	    {"loss > 5% over 1m", "loss > 1% over 1m", 1},
	    {"loss > 5% over 1m", "p95 < 1ms over 1m", 0},
	    {"loss < 5% over 1m", "loss > 9% over 1m", 0},
	    {"loss < 5% over 1m", "loss > 3% over 1m", 1},
	    {"loss > 5% over 1m", "loss == 0% over 1m", 0},
	};
	char text[256];

	for (size_t i = 0; i < COUNT(pairs); i++) {
		(void)snprintf(text, sizeof(text),
		    "alarms = { x = { raise = \"%s\"; clear = \"%s\"; }; };\n"
		    "targets = { a = { host = \"::1\"; alarms = [ \"x\" ]; }; };",
		    pairs[i].raise, pairs[i].clear);
		assert_int_equal(config_dir_load(text)->n_warnings, pairs[i].warnings);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_of_nothing_is_the_built_in_one),
	    CASE(test_config_top_settings_are_all_read),
	    CASE(test_config_target_has_the_built_in_defaults),
	    CASE(test_config_target_settings_are_all_read),
	    CASE(test_config_code_points_have_names_and_numbers),
	    CASE(test_config_targets_share_what_they_have_in_common),
	    CASE(test_config_nearer_level_wins),
	    CASE(test_config_labels_add_up_and_the_inner_one_wins),
	    CASE(test_config_alarms_of_the_user_replace_built_in_ones),
	    CASE(test_config_built_in_spans_follow_the_interval),
	    CASE(test_config_samples_cover_spans_and_five_minutes),
	    CASE(test_config_group_depends_on_one_of_its_own),
	    CASE(test_config_rate_may_be_used_up),
	    CASE(test_config_special_addresses_with_permission),
	    CASE(test_config_warns_of_what_may_not_be_meant),
	    CASE(test_config_conditions_that_leave_a_gap_do_not_warn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
