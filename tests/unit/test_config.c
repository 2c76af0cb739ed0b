/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What a configuration means: forms of targets, inheritance, several files, defaults that depend on
 * the number of targets and their intervals.
 */
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/history.h"
#include "test_config.h"
#include "unit.h"

#define MS NSEC_PER_MSEC
#define S NSEC_PER_SEC
#define MIN NSEC_PER_MIN

static const struct settings_alarm *
alarm_of(const struct settings *s, const struct settings_target *t, uint32_t i)
{
	assert_in_range(i, 0, t->alarms_n - 1);
	return &settings_alarms(s)[settings_refs(s)[t->alarms_first + i]];
}

static const char *
label_of(const struct settings *s, const struct settings_target *t, const char *key)
{
	for (uint32_t i = 0; i < t->labels_n; i++) {
		const struct settings_label *label = &settings_labels(s)[t->labels_first + i];

		if (strcmp(settings_text(s, label->key), key) == 0)
			return settings_text(s, label->value);
	}
	return NULL;
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
	assert_string_equal(settings_text(s, t->file), config_dir_path("main.conf"));
	assert_int_equal(t->line, 1);
	assert_int_equal(t->interval_ns, S);
	assert_int_equal(t->timeout_ns, 2 * S);
	assert_int_equal(t->size_bytes, 56);
	assert_int_equal(t->ttl, 0);
	assert_int_equal(t->flows, 1);
	assert_int_equal(t->family, SETTINGS_FAMILY_AUTO);
	assert_int_equal(t->group, SETTINGS_NONE);
	assert_int_equal(t->depends, SETTINGS_NONE);
	assert_int_equal(t->samples, 300);
	assert_int_equal(t->detail, 256);
	assert_int_equal(t->history_minutes, 24 * 60);
	assert_int_equal(t->alarms_n, 2);
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
	assert_int_equal(t->family, SETTINGS_FAMILY_IPV6);
	assert_true(t->addresses_all && t->allow_special && t->paused && t->source_is_address);
	assert_int_equal(t->interval_ns, 500 * MS);
	assert_int_equal(t->timeout_ns, 1500 * MS);
	assert_int_equal(t->size_bytes, 1400);
	assert_int_equal(t->ttl, 9);
	assert_int_equal(t->dscp, 34);
	assert_int_equal(t->df, SETTINGS_DF_NO);
	assert_int_equal(t->source_addr.family, 6);
	assert_int_equal(t->mark, UINT32_MAX);
	assert_int_equal(t->flows, 16);
	assert_int_equal(t->stamps, SETTINGS_STAMPS_KERNEL);
	assert_int_equal(t->samples, 4000);
	assert_int_equal(t->detail, 7);
	assert_int_equal(t->history_minutes, 2);
	assert_int_equal(t->alarms_n, 1);
	assert_int_equal(t->depends, 0);
	assert_string_equal(label_of(s, t, "site"), "fra1");
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
	char text[128];

	for (size_t i = 0; i < COUNT(points); i++) {
		(void)snprintf(text, sizeof(text),
		    "targets = { a = { host = \"::1\"; dscp = %s; }; };", points[i].text);
		assert_int_equal(
		    config_dir_target(config_dir_load(text), "a")->dscp, points[i].value);
	}
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

	assert_int_equal(a->interval_ns, 7 * S);
	assert_int_equal(b->interval_ns, 9 * S);
	assert_int_equal(c->interval_ns, 5 * S);
	assert_int_equal(a->size_bytes, 200);
	assert_int_equal(b->size_bytes, 200);
	assert_int_equal(c->size_bytes, 100);
	assert_int_equal(a->ttl, 3);
	assert_string_equal(settings_text(s, a->source), "eth0");
	assert_false(a->source_is_address);
	assert_string_equal(settings_text(s, b->source), "");
	assert_string_equal(settings_text(s, settings_groups(s)[a->group].name), "g");
	assert_int_equal(c->group, SETTINGS_NONE);
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
	assert_string_equal(label_of(s, x, "a"), "1");
	assert_string_equal(label_of(s, x, "b"), "2");
	assert_string_equal(label_of(s, x, "c"), "3");
	assert_string_equal(label_of(s, x, "d"), "2|ä");
	assert_int_equal(y->labels_n, 4);
	assert_string_equal(label_of(s, y, "c"), "2");
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
	assert_int_equal(a->samples, 300); /* 5 minutes, as the longest span */
	assert_int_equal(config_dir_target(s, "b")->alarms_n, 0);
	assert_int_equal(s->n_warnings, 0);
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
		assert_true(t->samples >= condition_span_samples(&loss->clear, t->interval_ns));
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

	assert_int_equal(config_dir_target(s, "a")->samples, 3600);
	assert_int_equal(config_dir_target(s, "b")->samples, 36000);
	assert_int_equal(config_dir_target(s, "c")->samples, 30000);
	assert_int_equal(config_dir_target(s, "d")->samples, 43);
	assert_int_equal(config_dir_target(s, "e")->samples, 180);
}

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
		assert_int_equal(settings_targets(s)[0].detail, sizes[i].detail);
		assert_int_equal(settings_targets(s)[0].history_minutes, sizes[i].minutes);
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
	assert_int_equal(config_dir_target(s, "10.0.0.1")->history_minutes, 24 * 60);
	assert_int_equal(config_dir_target(s, "a")->history_minutes, 24 * 60);
}

TEST(test_config_targets_file_lines)
{
	const struct settings *s;
	const struct settings_target *t;

	config_dir_put("hosts.txt",
	    "\xef\xbb\xbf# a comment\n\n  \t\n192.0.2.1\r\n192.0.2.2 two # why\n"
	    "fe80::1%eth0\tthree interval=2s size=1KiB paused=true alarms=down labels.a=b "
	    "labels.c=\"d e # \\\"f\\\\\" dscp=EF mark=7\n"
	    "::1 four alarms= source=\n2001:db8::1");
	s = config_dir_load("targets_file = \"hosts.txt\";");
	assert_int_equal(s->n_targets, 5);
	t = config_dir_target(s, "192.0.2.1");
	assert_int_equal(t->line, 4);
	assert_string_equal(settings_text(s, t->file), config_dir_path("hosts.txt"));
	assert_string_equal(settings_text(s, config_dir_target(s, "two")->host), "192.0.2.2");
	t = config_dir_target(s, "three");
	assert_string_equal(settings_text(s, t->host), "fe80::1%eth0");
	assert_int_equal(t->interval_ns, 2 * S);
	assert_int_equal(t->size_bytes, 1024);
	assert_int_equal(t->dscp, 46);
	assert_int_equal(t->mark, 7);
	assert_true(t->paused);
	assert_int_equal(t->alarms_n, 1);
	assert_string_equal(label_of(s, t, "a"), "b");
	assert_string_equal(label_of(s, t, "c"), "d e # \"f\\");
	assert_int_equal(config_dir_target(s, "four")->alarms_n, 0);
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
	assert_int_equal(config_dir_target(s, "a")->interval_ns, 3 * S);
	assert_int_equal(config_dir_target(s, "a")->group, 0);
	assert_int_equal(config_dir_target(s, "b")->line, 2);
	assert_string_equal(
	    settings_text(s, config_dir_target(s, "b")->file), config_dir_path("sub/inc.conf"));
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
	    settings_text(s, config_dir_target(s, "b")->file), config_dir_path("t.conf"));
	assert_int_equal(config_dir_target(s, "c")->line, 3);
	assert_int_equal(config_dir_target(s, "a")->size_bytes, 7);
	assert_int_equal(config_dir_target(s, "a")->ttl, 5);
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
	assert_int_equal(config_dir_target(s, "a")->size_bytes, 10);
	assert_int_equal(config_dir_target(s, "b")->timeout_ns, 3 * S);
	assert_int_equal(config_dir_target(s, "b")->interval_ns, 2 * S);
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
	assert_string_equal(
	    settings_text(s, settings_targets(s)[0].file), config_dir_path("conf.d/link.conf"));
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

TEST(test_config_special_addresses_with_permission)
{
	const struct settings *s = config_dir_load(
	    "defaults = { allow_special = true; };\n"
	    "targets = ( { host = \"224.0.0.1\"; }, { host = \"255.255.255.255\"; },\n"
	    "  { host = \"0.0.0.0\"; }, { name = \"six\"; host = \"ff02::1%eth0\"; } );");

	assert_int_equal(s->n_targets, 4);
	assert_true(config_dir_target(s, "six")->allow_special);
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
	assert_int_equal(chmod(config_dir_path("main.conf"), 0666), 0);
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
	    CASE(test_config_of_nothing_is_the_built_in_one),
	    CASE(test_config_top_settings_are_all_read),
	    CASE(test_config_target_has_the_built_in_defaults),
	    CASE(test_config_target_settings_are_all_read),
	    CASE(test_config_code_points_have_names_and_numbers),
	    CASE(test_config_nearer_level_wins),
	    CASE(test_config_labels_add_up_and_the_inner_one_wins),
	    CASE(test_config_alarms_of_the_user_replace_built_in_ones),
	    CASE(test_config_built_in_spans_follow_the_interval),
	    CASE(test_config_samples_cover_spans_and_five_minutes),
	    CASE(test_config_detail_and_history_shrink_with_many_targets),
	    CASE(test_config_history_asked_for_is_not_in_the_default_budget),
	    CASE(test_config_targets_file_lines),
	    CASE(test_config_targets_files_stand_in_groups_and_beside_their_file),
	    CASE(test_config_included_text_stands_where_it_is_included),
	    CASE(test_config_directory_adds_up_in_order_of_names),
	    CASE(test_config_symbolic_links_to_files_are_followed),
	    CASE(test_config_group_depends_on_one_of_its_own),
	    CASE(test_config_special_addresses_with_permission),
	    CASE(test_config_warns_of_what_may_not_be_meant),
	    CASE(test_config_conditions_that_leave_a_gap_do_not_warn),
	    CASE(test_config_many_warnings_are_counted),
	    CASE(test_config_hundred_thousand_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
