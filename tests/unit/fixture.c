/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements fixture.h.
 */
#include "fixture.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct block {
	struct settings head;
	struct settings_target targets[FIXTURE_TARGETS];
	struct settings_plan plans[2];
	struct settings_group groups[1];
	struct settings_alarm alarms[2];
	struct settings_label labels[9];
	uint32_t refs[2];
	char strings[1024];
} block;

static settings_str
put(const char *text)
{
	size_t len = strlen(text) + 1;

	assert(block.head.strings_bytes + len <= sizeof(block.strings));
	memcpy(block.strings + block.head.strings_bytes, text, len);
	block.head.strings_bytes += (uint32_t)len;
	return (settings_str)(offsetof(struct block, strings) + block.head.strings_bytes - len);
}

static struct settings_alarm
alarm(const char *name, const char *raise, const char *clear, enum settings_state state)
{
	struct settings_alarm a = {.name = put(name),
	    .raise_text = put(raise),
	    .clear_text = put(clear),
	    .state = (uint8_t)state};
	char why[200];

	if (!condition_parse(raise, &a.raise, why, sizeof(why)) ||
	    !condition_parse(clear, &a.clear, why, sizeof(why)))
		abort();
	return a;
}

static struct settings_target
target(const char *name, const char *host, uint32_t group, uint32_t labels_first, uint32_t labels_n)
{
	return (struct settings_target){.name = put(name),
	    .host = put(host),
	    .depends = SETTINGS_NONE,
	    .plan = group == SETTINGS_NONE,
	    .labels_first = labels_first,
	    .labels_n = labels_n};
}

static struct settings_plan
plan(uint32_t group)
{
	return (struct settings_plan){.group = group,
	    .alarms_n = group == SETTINGS_NONE ? 0 : 2,
	    .size_bytes = 56,
	    .samples = 300,
	    .detail = 16,
	    .flows = 1,
	    .interval_ns = 500 * NSEC_PER_MSEC,
	    .timeout_ns = 2 * NSEC_PER_SEC};
}

static struct settings_label
label(const char *key, const char *value)
{
	return (struct settings_label){put(key), put(value)};
}

const struct settings *
fixture_settings(void)
{
	memset(&block, 0, sizeof(block));
	block.head = (struct settings){.magic = SETTINGS_MAGIC,
	    .version = SETTINGS_VERSION,
	    .bytes = sizeof(block),
	    .n_targets = FIXTURE_TARGETS,
	    .n_groups = 1,
	    .n_alarms = 2,
	    .n_labels = 9,
	    .n_refs = 2,
	    .n_plans = 2,
	    .targets_at = offsetof(struct block, targets),
	    .plans_at = offsetof(struct block, plans),
	    .groups_at = offsetof(struct block, groups),
	    .alarms_at = offsetof(struct block, alarms),
	    .labels_at = offsetof(struct block, labels),
	    .refs_at = offsetof(struct block, refs),
	    .string_refs_at = offsetof(struct block, strings),
	    .warnings_at = offsetof(struct block, strings),
	    .strings_at = offsetof(struct block, strings),
	    .max_rate_per_s = 200000};
	(void)put("");
	block.labels[0] = label("site", "fra1");
	block.labels[1] = label("group", "a\"b\\c\nd\xff");
	block.labels[2] = label("1-st", "x");
	block.labels[3] = label("__name__", "y");
	block.labels[4] = label("a.b", "first");
	block.labels[5] = label("a-b", "the same name to a metric");
	block.labels[6] = label("Zone~Z{", "1");
	block.labels[7] = label("_a", "2");
	block.labels[8] = label("", "3");
	block.targets[FIXTURE_GATEWAY] = target("isp-gw", "192.0.2.1", 0, 0, 1);
	block.targets[FIXTURE_HOSTILE] = target("far", "a\"b\\c\n|\x1b\xc3", 0, 1, 5);
	block.targets[FIXTURE_ALONE] = target("nas", "2001:db8::40", SETTINGS_NONE, 6, 3);
	block.plans[0] = plan(0);
	block.plans[1] = plan(SETTINGS_NONE);
	block.groups[0] = (struct settings_group){
	    .name = put("wan"), .quorum_need = 1, .quorum_of = 2, .labels_n = 1};
	block.alarms[0] = alarm(
	    "down", "loss == 100% over 5 probes", "loss < 50% over 10 probes", SETTINGS_STATE_DOWN);
	block.alarms[1] =
	    alarm("loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED);
	block.refs[1] = 1;
	return &block.head;
}
