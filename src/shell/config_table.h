/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Every setting that a configuration file may hold, once: the parser, "did you mean", -T, the
 * manual and the sample follow this table. It refuses to know files and values.
 */
#ifndef ICMPMON_SHELL_CONFIG_TABLE_H
#define ICMPMON_SHELL_CONFIG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Where a setting belongs. Those of a target may also stand in defaults and in a group. */
enum config_section {
	CONFIG_TOP,
	CONFIG_STATS,
	CONFIG_LOG,
	CONFIG_METRICS,
	CONFIG_ALARM,
	CONFIG_GROUP,
	CONFIG_TARGET,
	CONFIG_SECTION_COUNT
};

/* X(name, what the manual calls it) */
#define CONFIG_TYPES(X)                                        \
	X(SECTION, "group of settings")                        \
	X(MEMBERS, "group of named groups")                    \
	X(TARGETS, "group of named groups, or list of groups") \
	X(FILE, "file")                                        \
	X(INTEGER, "number")                                   \
	X(BYTES, "size with unit")                             \
	X(PAYLOAD, "number, or size with unit")                \
	X(DURATION, "duration")                                \
	X(SWITCH, "true or false")                             \
	X(CHOICE, "word")                                      \
	X(DSCP, "name or number")                              \
	X(NAME, "name")                                        \
	X(HOST, "address or name")                             \
	X(SOURCE, "address or interface")                      \
	X(PATH, "path")                                        \
	X(ENDPOINT, "address and port")                        \
	X(USER_GROUP, "name of a system group")                \
	X(CONDITION, "condition")                              \
	X(QUORUM, "\\(dqN of M\\(dq")                          \
	X(ALARMS, "list of names")                             \
	X(WORDS, "list of words")                              \
	X(LABELS, "group of names and texts")

enum config_type {
#define X(name, text) CONFIG_##name,
	CONFIG_TYPES(X)
#undef X
	    CONFIG_TYPE_COUNT
};

/* Places of a target's setting, beside the target itself. */
#define CONFIG_IN_DEFAULTS 1
#define CONFIG_IN_GROUP 2
#define CONFIG_IN_BOTH (CONFIG_IN_DEFAULTS | CONFIG_IN_GROUP)

/* One row. min and max are of the value: the number, bytes or nanoseconds. */
struct config_key {
	const char *name;
	const char *words; /* of a choice, in the order of its enum, "first|second" */
	const char *initial; /* as one would write it without quotes; NULL: see text */
	const char *text; /* for the manual, mdoc */
	int64_t min, max;
	uint8_t section; /* enum config_section */
	uint8_t type; /* enum config_type */
	uint8_t where; /* CONFIG_IN_... */
	bool zero; /* 0 is allowed too, below min */
};

/* Index of a row. */
enum config_key_index {
	CONFIG_KEY_VERSION,
	CONFIG_KEY_STATS_SECTION,
	CONFIG_KEY_LOG_SECTION,
	CONFIG_KEY_METRICS_SECTION,
	CONFIG_KEY_RECEIVE_BUFFER,
	CONFIG_KEY_MAX_RATE,
	CONFIG_KEY_DEFAULTS,
	CONFIG_KEY_ALARMS_SECTION,
	CONFIG_KEY_GROUPS,
	CONFIG_KEY_TARGETS_SECTION,
	CONFIG_KEY_TARGETS_FILE,
	CONFIG_KEY_STATS_SOCKET,
	CONFIG_KEY_STATS_HTTP,
	CONFIG_KEY_STATS_ADMIN_GROUP,
	CONFIG_KEY_LOG_SUMMARY_INTERVAL,
	CONFIG_KEY_METRICS_RTT,
	CONFIG_KEY_ALARM_RAISE,
	CONFIG_KEY_ALARM_CLEAR,
	CONFIG_KEY_ALARM_STATE,
	CONFIG_KEY_ALARM_TRACE,
	CONFIG_KEY_ALARM_ON_RAISE,
	CONFIG_KEY_ALARM_ON_CLEAR,
	CONFIG_KEY_GROUP_QUORUM,
	CONFIG_KEY_GROUP_TARGETS,
	CONFIG_KEY_GROUP_TARGETS_FILE,
	CONFIG_KEY_NAME_OF_TARGET,
	CONFIG_KEY_HOST_OF_TARGET,
	CONFIG_KEY_FAMILY,
	CONFIG_KEY_ADDRESSES,
	CONFIG_KEY_INTERVAL,
	CONFIG_KEY_TIMEOUT,
	CONFIG_KEY_SIZE,
	CONFIG_KEY_TTL,
	CONFIG_KEY_DSCP_OF_TARGET,
	CONFIG_KEY_DF,
	CONFIG_KEY_SOURCE_OF_TARGET,
	CONFIG_KEY_MARK,
	CONFIG_KEY_PROBE,
	CONFIG_KEY_FLOWS,
	CONFIG_KEY_STAMPS,
	CONFIG_KEY_ALLOW_SPECIAL,
	CONFIG_KEY_SAMPLES,
	CONFIG_KEY_DETAIL,
	CONFIG_KEY_HISTORY,
	CONFIG_KEY_ALARMS_OF_TARGET,
	CONFIG_KEY_DEPENDS,
	CONFIG_KEY_LABELS_OF_TARGET,
	CONFIG_KEY_DPINGER_SOCKET,
	CONFIG_KEY_PAUSED,
	CONFIG_KEY_COUNT
};

/* The row of an index below CONFIG_KEY_COUNT. */
const struct config_key *config_key(unsigned index);

/* "stats", "a target", ...: what a section is called; "" for the top. */
const char *config_section_text(enum config_section section);

/* The manual's word for a type. */
const char *config_type_text(enum config_type type);

#endif
