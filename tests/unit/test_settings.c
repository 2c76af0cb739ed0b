/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The check of a settings block: what config_load made passes, and nothing that was changed in it
 * can lead a reader outside or to a value out of its range.
 */
#include <stdlib.h>

#include "core/probe.h"
#include "core/rng.h"
#include "test_config.h"
#include "unit.h"

#define BLOCK                                                                                      \
	"alarms = { x = { raise = \"loss > 5% over 9 probes\"; clear = \"p95 < 1ms over 1m\";\n"   \
	"  on_raise = [ \"/a\", \"b\" ]; on_clear = [ \"/c\" ]; }; };\n"                           \
	"groups = { g = { quorum = \"1 of 2\"; labels = { k = \"v\"; }; targets = {\n"             \
	"  a = { host = \"192.0.2.1\"; alarms = [ \"x\", \"loss\" ]; source = \"192.0.2.2\"; };\n" \
	"  b = { host = \"192.0.2.1\"; depends = \"a\"; interval = \"50ms\"; }; }; }; };\n"        \
	"targets = { c = { host = \"::1\"; dpinger_socket = \"W\"; depends = \"b\"; }; };\n"

/* A copy of the block that may be changed. */
static struct settings *
copy_block(void)
{
	const struct settings *s = config_dir_load(BLOCK);
	struct settings *copy = malloc(s->bytes);

	assert_non_null(copy);
	memcpy(copy, s, s->bytes);
	return copy;
}

static struct settings_target *
target(struct settings *s, uint32_t i)
{
	return (struct settings_target *)(uintptr_t)settings_targets(s) + i;
}

static struct settings_plan *
plan(struct settings *s, uint32_t i)
{
	return (struct settings_plan *)(uintptr_t)settings_plan_of(s, target(s, i));
}

static struct settings_alarm *
alarm_at(struct settings *s, uint32_t i)
{
	return (struct settings_alarm *)(uintptr_t)settings_alarms(s) + i;
}

/* One change, and the block is refused; its opposite, and it passes again. */
#define REFUSED(s, field, value)                                  \
	do {                                                      \
		__typeof__(field) kept = (field);                 \
		(field) = (value);                                \
		if (settings_check((s), bytes))                   \
			fail_msg("passes: " #field " = " #value); \
		(field) = kept;                                   \
		assert_true(settings_check((s), bytes));          \
	} while (0)

TEST(test_settings_head_is_checked)
{
	struct settings *s = copy_block();
	size_t bytes = s->bytes;

	assert_true(settings_check(s, bytes));
	assert_false(settings_check(s, bytes - 1));
	assert_false(settings_check(s, sizeof(*s) - 1));
	REFUSED(s, s->magic, 0);
	REFUSED(s, s->version, SETTINGS_VERSION + 1);
	REFUSED(s, s->bytes, bytes + 8);
	REFUSED(s, s->n_targets, SETTINGS_TARGETS_MAX + 1);
	REFUSED(s, s->n_targets, 100000);
	REFUSED(s, s->n_groups, SETTINGS_GROUPS_MAX + 1);
	REFUSED(s, s->n_alarms, SETTINGS_ALARMS_MAX + 1);
	REFUSED(s, s->n_labels, UINT32_MAX);
	REFUSED(s, s->n_refs, UINT32_MAX);
	REFUSED(s, s->n_refs, 0);
	REFUSED(s, s->n_strings, UINT32_MAX);
	REFUSED(s, s->n_strings, 0);
	REFUSED(s, s->n_warnings, UINT32_MAX);
	REFUSED(s, s->n_notes, UINT32_MAX);
	REFUSED(s, s->strings_bytes, UINT32_MAX);
	REFUSED(s, s->strings_bytes, 0);
	REFUSED(s, s->strings_bytes, s->strings_bytes - 1);
	REFUSED(s, s->targets_at, s->targets_at + 1);
	REFUSED(s, s->targets_at, 0);
	REFUSED(s, s->targets_at, bytes);
	REFUSED(s, s->groups_at, UINT64_MAX - 7);
	REFUSED(s, s->alarms_at, bytes - 8);
	REFUSED(s, s->labels_at, bytes);
	REFUSED(s, s->refs_at, 4);
	REFUSED(s, s->string_refs_at, bytes);
	REFUSED(s, s->warnings_at, bytes + 8);
	REFUSED(s, s->strings_at, bytes);
	REFUSED(s, s->file, 1);
	REFUSED(s, s->stats_socket, (settings_str)bytes);
	REFUSED(s, s->http, UINT32_MAX);
	REFUSED(s, s->admin_group, 5);
	REFUSED(s, s->summary_interval_ns, 1);
	REFUSED(s, s->summary_interval_ns, -1);
	REFUSED(s, s->summary_interval_ns, SETTINGS_SUMMARY_MAX_NS + 1);
	REFUSED(s, s->receive_buffer_bytes, SETTINGS_BUFFER_MIN_BYTES - 1);
	REFUSED(s, s->receive_buffer_bytes, SETTINGS_BUFFER_MAX_BYTES + 1);
	REFUSED(s, s->max_rate_per_s, 0);
	REFUSED(s, s->max_rate_per_s, SETTINGS_RATE_MAX + 1);
	REFUSED(s, s->metrics_rtt_set, 2);
	REFUSED(s, s->metrics_rtt, 2);
	free(s);
}

TEST(test_settings_targets_are_checked)
{
	struct settings *s = copy_block();
	struct settings_target *t = target(s, 0);
	struct settings_plan *p = plan(s, 0), *q = plan(s, 1);
	size_t bytes = s->bytes;

	REFUSED(s, t->name, 0);
	REFUSED(s, t->name, s->file); /* a path is no name */
	REFUSED(s, t->host, 0);
	REFUSED(s, t->host, (settings_str)s->strings_at - 1);
	REFUSED(s, p->source, UINT32_MAX);
	REFUSED(s, p->source, 0);
	REFUSED(s, p->source_addr.family, 0);
	REFUSED(s, t->dpinger_socket, UINT32_MAX);
	REFUSED(s, p->file, UINT32_MAX);
	REFUSED(s, p->group, s->n_groups);
	REFUSED(s, t->depends, s->n_targets);
	REFUSED(s, t->depends, 0);
	REFUSED(s, t->depends, 2);
	REFUSED(s, t->plan, s->n_plans);
	REFUSED(s, s->n_plans, s->n_targets + 1);
	REFUSED(s, s->n_plans, 0);
	REFUSED(s, t->labels_first, s->n_labels);
	REFUSED(s, t->labels_n, SETTINGS_LABELS_MAX + 1);
	REFUSED(s, p->alarms_first, UINT32_MAX);
	REFUSED(s, p->alarms_n, SETTINGS_TARGET_ALARMS_MAX + 1);
	REFUSED(s, p->size_bytes, PROBE_PAYLOAD_MAX + 1);
	REFUSED(s, p->samples, 0);
	REFUSED(s, p->samples, SETTINGS_SAMPLES_MAX + 1);
	REFUSED(s, p->samples, 179); /* loss looks at 180 */
	REFUSED(s, p->detail, SETTINGS_DETAIL_MAX + 1);
	REFUSED(s, p->history_minutes, SETTINGS_HISTORY_MAX_MINUTES + 1);
	REFUSED(s, p->family, 3);
	REFUSED(s, p->addresses_all, 2);
	REFUSED(s, p->dscp, 64);
	REFUSED(s, p->df, 3);
	REFUSED(s, p->probe, 2);
	REFUSED(s, p->stamps, 2);
	REFUSED(s, p->flows, 0);
	REFUSED(s, p->flows, SETTINGS_FLOWS_MAX + 1);
	REFUSED(s, p->allow_special, 2);
	REFUSED(s, p->paused, 2);
	REFUSED(s, p->source_is_address, 2);
	REFUSED(s, q->interval_ns, SETTINGS_INTERVAL_MIN_NS - 1);
	REFUSED(s, q->interval_ns, SETTINGS_INTERVAL_MAX_NS + 1);
	REFUSED(s, q->interval_ns, 0);
	REFUSED(s, q->interval_ns, 13 * NSEC_PER_SEC); /* 1m is less than five of them */
	REFUSED(s, q->timeout_ns, SETTINGS_TIMEOUT_MIN_NS - 1);
	REFUSED(s, q->timeout_ns, SETTINGS_TIMEOUT_MAX_NS + 1);
	free(s);
}

TEST(test_settings_alarms_groups_and_lists_are_checked)
{
	struct settings *s = copy_block();
	struct settings_alarm *a = alarm_at(s, 2);
	struct settings_group *g = (struct settings_group *)(uintptr_t)settings_groups(s);
	struct settings_label *l = (struct settings_label *)(uintptr_t)settings_labels(s);
	uint32_t *refs = (uint32_t *)(uintptr_t)settings_refs(s);
	settings_str *words = (settings_str *)(uintptr_t)settings_string_refs(s);
	size_t bytes = s->bytes;

	REFUSED(s, a->name, 0);
	REFUSED(s, a->raise_text, UINT32_MAX);
	REFUSED(s, a->clear_text, 1);
	REFUSED(s, a->raise.metric, CONDITION_METRIC_COUNT);
	REFUSED(s, a->raise.op, CONDITION_EQ + 1);
	REFUSED(s, a->raise.op, CONDITION_EQ); /* 5% */
	REFUSED(s, a->raise.value, 1000001);
	REFUSED(s, a->raise.value, -1);
	REFUSED(s, a->raise.span_probes, 0);
	REFUSED(s, a->raise.span_probes, SETTINGS_SAMPLES_MAX + 1);
	REFUSED(s, a->raise.span_ns, 1);
	REFUSED(s, a->clear.span_ns, 0);
	REFUSED(s, a->clear.span_ns, -1);
	REFUSED(s, a->clear.span_ns, 4 * NSEC_PER_SEC);
	REFUSED(s, a->clear.op, CONDITION_EQ);
	REFUSED(s, a->state, 2);
	REFUSED(s, a->trace, 2);
	REFUSED(s, a->on_raise_n, SETTINGS_ACTION_WORDS_MAX + 1);
	REFUSED(s, a->on_raise_first, UINT32_MAX);
	REFUSED(s, a->on_clear_first, s->n_strings);
	REFUSED(s, a->on_clear_n, s->n_strings + 1);
	REFUSED(s, g->name, 0);
	REFUSED(s, g->quorum_need, 3);
	REFUSED(s, g->quorum_need, 0);
	REFUSED(s, g->quorum_of, 0);
	REFUSED(s, g->quorum_of, 4);
	REFUSED(s, g->labels_n, SETTINGS_LABELS_MAX + 1);
	REFUSED(s, g->labels_first, UINT32_MAX);
	REFUSED(s, l->key, 0);
	REFUSED(s, l->key, s->file);
	REFUSED(s, l->value, UINT32_MAX);
	REFUSED(s, refs[0], s->n_alarms);
	REFUSED(s, words[0], UINT32_MAX);
	free(s);
}

TEST(test_settings_depth_and_number_of_intervals_are_checked)
{
	enum { N = SETTINGS_INTERVALS_MAX + 1 };
	char *hosts = malloc(64 * N);
	const struct settings *loaded;
	struct settings *s;
	size_t bytes, at = 0;

	assert_non_null(hosts);
	for (int i = 0; i < N; i++)
		at += (size_t)snprintf(hosts + at, 64, "::1 t%d interval=%dms timeout=%dms\n", i,
		    i < N - 1 ? 1000 + i : 1000, i < N - 1 ? 1000 + i : 1001);
	config_dir_put("hosts.txt", hosts);
	free(hosts);
	loaded = config_dir_load("targets_file = \"hosts.txt\";");
	bytes = loaded->bytes;
	s = malloc(bytes);
	assert_non_null(s);
	memcpy(s, loaded, bytes);
	assert_true(settings_check(s, bytes));
	REFUSED(s, plan(s, N - 1)->interval_ns, 1001 * NSEC_PER_MSEC - 1);
	REFUSED(s, plan(s, N - 1)->timeout_ns, 1001 * NSEC_PER_MSEC - 1);
	for (uint32_t i = 0; i < SETTINGS_DEPENDS_DEPTH_MAX; i++)
		target(s, i)->depends = i + 1;
	assert_true(settings_check(s, bytes));
	REFUSED(s, target(s, SETTINGS_DEPENDS_DEPTH_MAX)->depends, SETTINGS_DEPENDS_DEPTH_MAX + 1);
	free(s);
}

/* Reads all that a user of the block may read. */
static uint64_t
touch(const struct settings *s)
{
	uint64_t sum =
	    strlen(settings_text(s, s->file)) + strlen(settings_text(s, s->stats_socket));

	for (uint32_t i = 0; i < s->n_targets; i++) {
		const struct settings_target *t = &settings_targets(s)[i];
		const struct settings_plan *p = settings_plan_of(s, t);

		sum += strlen(settings_text(s, t->name)) + strlen(settings_text(s, t->host)) +
		       strlen(settings_text(s, p->source)) + strlen(settings_text(s, p->file));
		for (uint32_t k = 0; k < p->alarms_n; k++)
			sum += strlen(settings_text(
			    s, settings_alarms(s)[settings_refs(s)[p->alarms_first + k]].name));
		for (uint32_t k = 0; k < t->labels_n; k++)
			sum +=
			    strlen(settings_text(s, settings_labels(s)[t->labels_first + k].value));
	}
	for (uint32_t i = 0; i < s->n_alarms; i++) {
		const struct settings_alarm *a = &settings_alarms(s)[i];

		sum += strlen(settings_text(s, a->raise_text));
		for (uint32_t k = 0; k < a->on_raise_n; k++)
			sum += strlen(
			    settings_text(s, settings_string_refs(s)[a->on_raise_first + k]));
	}
	return sum;
}

TEST(test_settings_random_damage_is_harmless)
{
	const uint64_t seed = 20260101;
	struct settings *s = copy_block();
	size_t bytes = s->bytes;
	char *good = malloc(bytes);
	struct rng rng;
	uint64_t sum = 0;
	uint32_t passed = 0;

	print_message("seed %llu\n", (unsigned long long)seed);
	assert_non_null(good);
	memcpy(good, s, bytes);
	rng_seed(&rng, seed);
	for (int round = 0; round < 200000; round++) {
		size_t at = rng_below(&rng, bytes);

		((char *)s)[at] = (char)rng_next(&rng);
		if (rng_below(&rng, 2) == 0)
			((char *)s)[rng_below(&rng, bytes)] ^= (char)(1 << rng_below(&rng, 8));
		if (settings_check(s, bytes)) {
			sum += touch(s);
			passed++;
		}
		memcpy(s, good, bytes);
	}
	assert_true(passed > 0 && sum > 0);
	free(good);
	free(s);
}

TEST(test_settings_names_and_labels)
{
	char long_name[SETTINGS_NAME_MAX + 2];

	memset(long_name, 'a', sizeof(long_name));
	long_name[sizeof(long_name) - 1] = '\0';
	assert_false(settings_name_valid(long_name));
	assert_false(settings_label_valid(long_name));
	assert_true(settings_name_valid(long_name + 1));
	assert_true(settings_label_valid(long_name + 1));
	assert_true(settings_name_valid("Az09._:-"));
	assert_false(settings_name_valid(""));
	assert_false(settings_name_valid("a b"));
	assert_false(settings_name_valid("a\n"));
	assert_false(settings_name_valid("a/b"));
	assert_true(settings_label_valid("_a1"));
	assert_false(settings_label_valid(""));
	assert_false(settings_label_valid("1a"));
	assert_false(settings_label_valid("__a"));
	assert_false(settings_label_valid("a-b"));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_settings_head_is_checked),
	    CASE(test_settings_targets_are_checked),
	    CASE(test_settings_alarms_groups_and_lists_are_checked),
	    CASE(test_settings_depth_and_number_of_intervals_are_checked),
	    CASE(test_settings_random_damage_is_harmless),
	    CASE(test_settings_names_and_labels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
