/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The resolution of targets, between the files that implement it. A part of the configuration
 * module.
 */
#ifndef ICMPMON_SHELL_CONFIG_RESOLVE_H
#define ICMPMON_SHELL_CONFIG_RESOLVE_H

#include "shell/config_internal.h"

#define CONFIG_HISTORY_UNDECIDED UINT32_MAX /* until the number of series is known */

struct config_label_range {
	uint32_t first, n;
};

struct config_resolver {
	struct config *c;
	struct config_owner owner; /* of the target in hand */
	const struct config_value *inherited[CONFIG_KEY_COUNT]; /* of the group that is in hand */
	uint32_t group;
	const struct config_value *values[CONFIG_KEY_COUNT]; /* of the target in hand */
	struct settings_target *t;
	struct settings_plan plan; /* of the target in hand; padding is zero */
	struct config_map plans; /* by their bytes: those that there are */
	struct config_map alarm_lists; /* by list and interval: where their refs begin */
	uint32_t last_samples, last_longest; /* of the alarms of the target in hand */
	struct config_label_range defaults; /* labels */
	struct config_map samples_told; /* places of values found too small */
	bool told_probe, told_dpinger; /* that they do nothing yet */
};

/* What targets of a group (or none) have before their own. */
void config_inherited(
    const struct config *c, uint32_t group, const struct config_value *ret_values[]);
/* A target's own values in place of those. */
void config_overlay_own(
    const struct config *c, const struct config_target *t, const struct config_value *ret_values[]);
/* Appends to out_labels those of a range that is there already, and those of a level, which win. */
struct config_label_range config_merge_labels(struct config *c, struct config_label_range outer,
    const struct config_value *level, const struct config_owner *owner);
/* Fills one of out_targets. Targets come in order of their indices. */
void config_resolve_target(struct config_resolver *r, uint32_t index);

#endif
