/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/config_table.h. The texts are mdoc: after a change, run
 * "tests/unit/test_config_documents --write" in the build directory, which writes them into
 * man/icmpmond.conf.5.
 */
#include "shell/config_table.h"

#include <string.h>

#include "core/probe.h"
#include "core/settings.h"

static const struct config_key table[CONFIG_KEY_COUNT] = {
    [CONFIG_KEY_VERSION] = {.section = CONFIG_TOP,
	.name = "version",
	.type = CONFIG_INTEGER,
	.min = 1,
	.max = 1,
	.initial = "1",
	.text = "The version of this language."},
    [CONFIG_KEY_STATS_SECTION] = {.section = CONFIG_TOP,
	.name = "stats",
	.type = CONFIG_SECTION,
	.text = "Where figures are served, see below."},
    [CONFIG_KEY_LOG_SECTION] = {.section = CONFIG_TOP,
	.name = "log",
	.type = CONFIG_SECTION,
	.text = "What is logged, see below."},
    [CONFIG_KEY_METRICS_SECTION] = {.section = CONFIG_TOP,
	.name = "metrics",
	.type = CONFIG_SECTION,
	.text = "What is exported to Prometheus, see below."},
    [CONFIG_KEY_RECEIVE_BUFFER] = {.section = CONFIG_TOP,
	.name = "receive_buffer",
	.type = CONFIG_BYTES,
	.min = SETTINGS_BUFFER_MIN_BYTES,
	.max = SETTINGS_BUFFER_MAX_BYTES,
	.initial = "16MiB",
	.text = "What is asked of the kernel for replies that wait to be read. When it grants "
		"less, the log tells at the start."},
    [CONFIG_KEY_MAX_RATE] = {.section = CONFIG_TOP,
	.name = "max_rate",
	.type = CONFIG_INTEGER,
	.min = 1,
	.max = SETTINGS_RATE_MAX,
	.initial = "200000",
	.text = "Probes per second of all targets together. A configuration that would send more "
		"is refused."},
    [CONFIG_KEY_DEFAULTS] = {.section = CONFIG_TOP,
	.name = "defaults",
	.type = CONFIG_SECTION,
	.text = "Settings of targets, for all that do not have their own."},
    [CONFIG_KEY_ALARMS_SECTION] = {.section = CONFIG_TOP,
	.name = "alarms",
	.type = CONFIG_MEMBERS,
	.text = "Alarms by name, see below."},
    [CONFIG_KEY_GROUPS] = {.section = CONFIG_TOP,
	.name = "groups",
	.type = CONFIG_MEMBERS,
	.text = "Groups of targets by name, see below."},
    [CONFIG_KEY_TARGETS_SECTION] = {.section = CONFIG_TOP,
	.name = "targets",
	.type = CONFIG_TARGETS,
	.text = "Targets that belong to no group."},
    [CONFIG_KEY_TARGETS_FILE] = {.section = CONFIG_TOP,
	.name = "targets_file",
	.type = CONFIG_FILE,
	.text =
	    "A file of targets that belong to no group, one a line. A relative path counts from "
	    "the directory of the file that names it."},

    [CONFIG_KEY_STATS_SOCKET] = {.section = CONFIG_STATS,
	.name = "socket",
	.type = CONFIG_PATH,
	.initial = ICMPMON_RUN_DIR "/stats.sock",
	.text = "The unix socket that\n.Xr icmpctl 1\nand scrapers read. Default:\n.Pa "
		"stats.sock\nin the run directory."},
    [CONFIG_KEY_STATS_HTTP] = {.section = CONFIG_STATS,
	.name = "http",
	.type = CONFIG_ENDPOINT,
	.initial = "",
	.text = "A TCP listener beside the socket that only reads, as\n.Ql 127.0.0.1:PORT\nor\n.Ql "
		"[::1]:PORT .\nEmpty: none."},
    [CONFIG_KEY_STATS_ADMIN_GROUP] = {.section = CONFIG_STATS,
	.name = "admin_group",
	.type = CONFIG_USER_GROUP,
	.initial = "",
	.text = "Members of this group may ping, trace, pause, resume and reload through the "
		"socket. Empty: root alone."},

    [CONFIG_KEY_LOG_SUMMARY_INTERVAL] = {.section = CONFIG_LOG,
	.name = "summary_interval",
	.type = CONFIG_DURATION,
	.min = SETTINGS_SUMMARY_MIN_NS,
	.max = SETTINGS_SUMMARY_MAX_NS,
	.zero = true,
	.initial = "5m",
	.text = "How often the figures of each target are logged; of each group, above 50 "
		"targets.\n.Ql 0s\nis never."},

    [CONFIG_KEY_METRICS_RTT] = {.section = CONFIG_METRICS,
	.name = "rtt",
	.type = CONFIG_SWITCH,
	.text = "Whether each target has a histogram of its round-trip times; else each group has "
		"one. Default: true up to 5,000 targets."},

    [CONFIG_KEY_ALARM_RAISE] = {.section = CONFIG_ALARM,
	.name = "raise",
	.type = CONFIG_CONDITION,
	.text = "The condition that raises the alarm. Must be there."},
    [CONFIG_KEY_ALARM_CLEAR] = {.section = CONFIG_ALARM,
	.name = "clear",
	.type = CONFIG_CONDITION,
	.text = "The condition that clears it again. Must be there, and should not hold while\n.Ic "
		"raise\ndoes."},
    [CONFIG_KEY_ALARM_STATE] = {.section = CONFIG_ALARM,
	.name = "state",
	.type = CONFIG_CHOICE,
	.words = "degraded|down",
	.initial = "degraded",
	.text = "The state of a target while the alarm is raised."},
    [CONFIG_KEY_ALARM_TRACE] = {.section = CONFIG_ALARM,
	.name = "trace",
	.type = CONFIG_SWITCH,
	.initial = "false",
	.text = "Whether the path to the target is traced when the alarm is raised."},
    [CONFIG_KEY_ALARM_ON_RAISE] = {.section = CONFIG_ALARM,
	.name = "on_raise",
	.type = CONFIG_WORDS,
	.initial = "",
	.text = "A program and its arguments, run without a shell when the alarm is raised. The "
		"facts are in environment variables\n.Ev ICMPMON_* ."},
    [CONFIG_KEY_ALARM_ON_CLEAR] = {.section = CONFIG_ALARM,
	.name = "on_clear",
	.type = CONFIG_WORDS,
	.initial = "",
	.text = "The same for when it is cleared."},

    [CONFIG_KEY_GROUP_QUORUM] = {.section = CONFIG_GROUP,
	.name = "quorum",
	.type = CONFIG_QUORUM,
	.initial = "",
	.text = "The group is down when fewer than N of its M targets answer (are up or degraded). "
		"M must be the number of its targets."},
    [CONFIG_KEY_GROUP_TARGETS] = {.section = CONFIG_GROUP,
	.name = "targets",
	.type = CONFIG_TARGETS,
	.text = "The targets of the group."},
    [CONFIG_KEY_GROUP_TARGETS_FILE] = {.section = CONFIG_GROUP,
	.name = "targets_file",
	.type = CONFIG_FILE,
	.text = "A file of further targets of the group."},

    [CONFIG_KEY_NAME_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "name",
	.type = CONFIG_NAME,
	.text = "The name of a target in a list. Default: the host."},
    [CONFIG_KEY_HOST_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "host",
	.type = CONFIG_HOST,
	.text = "What is probed: an IPv4 or IPv6 address, a link-local one with its "
		"interface\n.Pq Ql fe80::1%eth0 ,\nor a name. Must be there."},
    [CONFIG_KEY_FAMILY] = {.section = CONFIG_TARGET,
	.name = "family",
	.type = CONFIG_CHOICE,
	.words = "auto|ipv4|ipv6",
	.where = CONFIG_IN_BOTH,
	.initial = "auto",
	.text =
	    "Which addresses of a name are taken.\n.Ql auto\nis IPv6 when there is a route, and "
	    "stays with an address while it is still listed."},
    [CONFIG_KEY_ADDRESSES] = {.section = CONFIG_TARGET,
	.name = "addresses",
	.type = CONFIG_CHOICE,
	.words = "first|all",
	.where = CONFIG_IN_BOTH,
	.initial = "first",
	.text =
	    "Whether only the first address of a name is probed, or all of them (up to 16), each "
	    "as a series\n.Ql NAME:ADDRESS ."},
    [CONFIG_KEY_INTERVAL] = {.section = CONFIG_TARGET,
	.name = "interval",
	.type = CONFIG_DURATION,
	.min = SETTINGS_INTERVAL_MIN_NS,
	.max = SETTINGS_INTERVAL_MAX_NS,
	.where = CONFIG_IN_BOTH,
	.initial = "1s",
	.text = "The time between two probes. One configuration may hold 1,024 different ones."},
    [CONFIG_KEY_TIMEOUT] = {.section = CONFIG_TARGET,
	.name = "timeout",
	.type = CONFIG_DURATION,
	.min = SETTINGS_TIMEOUT_MIN_NS,
	.max = SETTINGS_TIMEOUT_MAX_NS,
	.where = CONFIG_IN_BOTH,
	.initial = "2s",
	.text = "A probe without reply for so long is lost. May be longer than the interval."},
    [CONFIG_KEY_SIZE] = {.section = CONFIG_TARGET,
	.name = "size",
	.type = CONFIG_PAYLOAD,
	.min = 0,
	.max = PROBE_PAYLOAD_MAX,
	.where = CONFIG_IN_BOTH,
	.initial = "56",
	.text =
	    "Bytes of payload. Below 18 the ICMP checksum of the probes varies, so that they may "
	    "take different paths; below 16 there is no room for number and tag, so that a reply "
	    "is believed by its source, id and sequence alone."},
    [CONFIG_KEY_TTL] = {.section = CONFIG_TARGET,
	.name = "ttl",
	.type = CONFIG_INTEGER,
	.min = 1,
	.max = 255,
	.zero = true,
	.where = CONFIG_IN_BOTH,
	.initial = "0",
	.text = "Time to live, or hop limit.\n.Ql 0\nis the system's default."},
    [CONFIG_KEY_DSCP_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "dscp",
	.type = CONFIG_DSCP,
	.min = 0,
	.max = 63,
	.where = CONFIG_IN_BOTH,
	.initial = "0",
	.text = "The code point of differentiated services: 0 to 63,\n.Ql EF ,\n.Ql CS0\n"
		"to\n.Ql CS7 ,\n.Ql AF11\nto\n.Ql AF43 ,\n.Ql LE\nor\n.Ql VA ."},
    [CONFIG_KEY_DF] = {.section = CONFIG_TARGET,
	.name = "df",
	.type = CONFIG_CHOICE,
	.words = "auto|yes|no",
	.where = CONFIG_IN_BOTH,
	.initial = "auto",
	.text = "Whether probes may not be fragmented on their way.\n.Ql auto\nforbids it up to "
		"1,200 bytes of payload."},
    [CONFIG_KEY_SOURCE_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "source",
	.type = CONFIG_SOURCE,
	.where = CONFIG_IN_BOTH,
	.initial = "",
	.text = "The address that probes are sent from, or the interface. Empty: what the routes "
		"say."},
    [CONFIG_KEY_MARK] = {.section = CONFIG_TARGET,
	.name = "mark",
	.type = CONFIG_INTEGER,
	.min = 0,
	.max = UINT32_MAX,
	.where = CONFIG_IN_BOTH,
	.initial = "0",
	.text = "The firewall mark of the probes, for policy routing.\n.Ql 0\nis none."},
    [CONFIG_KEY_PROBE] = {.section = CONFIG_TARGET,
	.name = "probe",
	.type = CONFIG_CHOICE,
	.words = "echo|timestamp",
	.where = CONFIG_IN_BOTH,
	.initial = "echo",
	.text = "The kind of ICMP request. Timestamp requests exist for IPv4 alone."},
    [CONFIG_KEY_FLOWS] = {.section = CONFIG_TARGET,
	.name = "flows",
	.type = CONFIG_INTEGER,
	.min = 1,
	.max = SETTINGS_FLOWS_MAX,
	.where = CONFIG_IN_BOTH,
	.initial = "1",
	.text =
	    "Over how many flows the probes are spread in turn, so that they take all of several "
	    "equal paths."},
    [CONFIG_KEY_STAMPS] = {.section = CONFIG_TARGET,
	.name = "stamps",
	.type = CONFIG_CHOICE,
	.words = "interpolated|kernel",
	.where = CONFIG_IN_BOTH,
	.initial = "interpolated",
	.text =
	    "Where send times come from: the clock around each batch, or the kernel's own stamp, "
	    "which costs more."},
    [CONFIG_KEY_ALLOW_SPECIAL] = {.section = CONFIG_TARGET,
	.name = "allow_special",
	.type = CONFIG_SWITCH,
	.where = CONFIG_IN_BOTH,
	.initial = "false",
	.text =
	    "Whether the host may be a multicast, broadcast or unspecified address. The last 64 "
	    "who answer are listed; a probe is lost when nobody does."},
    [CONFIG_KEY_SAMPLES] = {.section = CONFIG_TARGET,
	.name = "samples",
	.type = CONFIG_INTEGER,
	.min = 1,
	.max = SETTINGS_SAMPLES_MAX,
	.where = CONFIG_IN_BOTH,
	.text = "How many of the last probes are kept for exact figures. Default: what the longest "
		"span of an alarm needs, and at least 5 minutes of them."},
    [CONFIG_KEY_DETAIL] = {.section = CONFIG_TARGET,
	.name = "detail",
	.type = CONFIG_INTEGER,
	.min = 0,
	.max = SETTINGS_DETAIL_MAX,
	.where = CONFIG_IN_BOTH,
	.text = "How many of the last probes are kept in full, for\n.Ql icmpctl probes .\nDefault: "
		"256; 0 above 10,000 targets."},
    [CONFIG_KEY_HISTORY] = {.section = CONFIG_TARGET,
	.name = "history",
	.type = CONFIG_DURATION,
	.min = NSEC_PER_MIN,
	.max = SETTINGS_HISTORY_MAX_MINUTES * NSEC_PER_MIN,
	.zero = true,
	.where = CONFIG_IN_BOTH,
	.text =
	    "For how long the figures of each minute are kept. Default: 24h; less when those of "
	    "all targets would take more than 64 MiB."},
    [CONFIG_KEY_ALARMS_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "alarms",
	.type = CONFIG_ALARMS,
	.where = CONFIG_IN_BOTH,
	.initial = "down,loss",
	.text = "Which alarms watch the target, up to 8."},
    [CONFIG_KEY_DEPENDS] = {.section = CONFIG_TARGET,
	.name = "depends",
	.type = CONFIG_NAME,
	.where = CONFIG_IN_GROUP,
	.initial = "",
	.text = "The target that this one is behind: while it is down, this one's alarms are "
		"suppressed. Of a group: for all its targets but that one. Empty: none."},
    [CONFIG_KEY_LABELS_OF_TARGET] = {.section = CONFIG_TARGET,
	.name = "labels",
	.type = CONFIG_LABELS,
	.where = CONFIG_IN_BOTH,
	.initial = "",
	.text = "Names and texts that go with the target into metrics and JSON, up to 16. Those of "
		"defaults, group and target add up; the inner one wins."},
    [CONFIG_KEY_DPINGER_SOCKET] = {.section = CONFIG_TARGET,
	.name = "dpinger_socket",
	.type = CONFIG_NAME,
	.initial = "",
	.text = "Serves the figures of this target as\n.Sy dpinger\ndoes, on the socket\n.Pa "
		"dpinger/NAME.sock\nof the run directory. Empty: not."},
    [CONFIG_KEY_PAUSED] = {.section = CONFIG_TARGET,
	.name = "paused",
	.type = CONFIG_SWITCH,
	.where = CONFIG_IN_BOTH,
	.initial = "false",
	.text = "Whether no probes are sent until\n.Ql icmpctl resume ."},
};

const struct config_key *
config_key(unsigned index)
{
	return &table[index];
}

const char *
config_section_text(enum config_section section)
{
	static const char *const texts[CONFIG_SECTION_COUNT] = {
	    [CONFIG_TOP] = "",
	    [CONFIG_STATS] = "stats",
	    [CONFIG_LOG] = "log",
	    [CONFIG_METRICS] = "metrics",
	    [CONFIG_ALARM] = "an alarm",
	    [CONFIG_GROUP] = "a group",
	    [CONFIG_TARGET] = "a target",
	};

	return texts[section];
}

const char *
config_type_text(enum config_type type)
{
	static const char *const texts[CONFIG_TYPE_COUNT] = {
#define X(name, text) [CONFIG_##name] = text,
	    CONFIG_TYPES(X)
#undef X
	};

	return texts[type];
}
