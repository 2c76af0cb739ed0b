/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The checks, one function each.
 */
#include "ctl/doctor.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ctl/human.h"
#include "ctl/jv.h"

/* Of p99, and a bound of its buckets: what a tick may be late without a batch growing too large. */
#define LAG_GOOD_NS (NSEC_PER_SEC / 64)
#define MIB 1048576.0

struct visit {
	const struct json_t *status;
	const struct doctor_machine *machine;
	struct text text, advice;
};

static void
daemon_check(struct visit *v)
{
	char age[HUMAN_BYTES];

	text_printf(&v->text, "icmpmond %.64s, up %s; what is counted here is since then",
	    jv_text(v->status, "version", "?"), human_age(jv_seconds(v->status, "uptime_s"), age));
}

static void
configuration(struct visit *v)
{
	text_printf(&v->text, "%.128s", jv_text(v->status, "config.file", "?"));
	if (jv_is_null(v->status, "config.last_reload_error"))
		return;
	text_add(&v->text, ", the last reload was refused");
	text_add(&v->advice, "icmpmond -t tells what is wrong in it, then icmpctl reload");
}

static void
sockets(struct visit *v)
{
	const char *four = jv_text(v->status, "sockets.ipv4.mode", "none");
	const char *six = jv_text(v->status, "sockets.ipv6.mode", "none");

	text_printf(&v->text, "IPv4 %.16s, IPv6 %.16s", four, six);
	if (strcmp(four, "dgram") == 0 || strcmp(six, "dgram") == 0)
		text_add(&v->advice,
		    "without a raw socket errors are seen by the kernel's choice, and no flow can "
		    "be tested: run the unit, or setcap cap_net_raw+ep on icmpmond");
	else if (strcmp(four, "none") == 0)
		text_add(&v->advice, "targets of IPv4 cannot be probed: see the log of the start");
}

/* The kernel counts the memory that packets take, and grants twice what was asked for. */
static void
receive_buffer(struct visit *v)
{
	int64_t asked = jv_int(v->status, "receive_buffer_asked_bytes", 0);
	int64_t four = jv_int(v->status, "sockets.ipv4.receive_buffer_bytes", 0) / 2;
	int64_t six = jv_int(v->status, "sockets.ipv6.receive_buffer_bytes", 0) / 2;
	int64_t least = six == 0 || (four != 0 && four < six) ? four : six;

	text_printf(&v->text, "%.1f MiB granted, %.1f MiB asked for", (double)least / MIB,
	    (double)asked / MIB);
	if (least < asked)
		text_printf(&v->advice,
		    "sysctl -w net.core.rmem_max=%lld (in /etc/sysctl.d to stay), then restart",
		    (long long)asked);
}

static void
receive_drops(struct visit *v)
{
	int64_t drops = jv_int(v->status, "rx_dropped", 0);
	char count[HUMAN_BYTES];

	text_printf(&v->text, "%s packets dropped by the kernel before we read them",
	    drops == 0 ? "no" : human_count(drops, count));
	if (drops > 0)
		text_add(&v->advice,
		    "probes that were out then are unmeasured: raise receive_buffer and "
		    "net.core.rmem_max; a flood of replies needs a packet filter");
}

static void
send_lag(struct visit *v)
{
	char p50[HUMAN_BYTES], p99[HUMAN_BYTES], max[HUMAN_BYTES];
	nsec_t lag_ns = jv_ms(v->status, "send_lag_ms.p99");

	text_printf(&v->text, "p50 %s, p99 %s, max %s in the last two minutes",
	    human_rtt(jv_ms(v->status, "send_lag_ms.p50"), p50), human_rtt(lag_ns, p99),
	    human_rtt(jv_ms(v->status, "send_lag_ms.max"), max));
	if (lag_ns > LAG_GOOD_NS)
		text_add(&v->advice,
		    "the daemon gets the processor too late: give it a higher priority (Nice= or "
		    "CPUWeight= in the unit), or probe less; round-trip times are right all the "
		    "same");
}

static void
unsent(struct visit *v)
{
	static const struct {
		const char *cause, *advice;
	} rows[] = {
	    {"skipped", "we were late by more than an interval: see send lag"},
	    {"no_route", "no route: see ip route get ADDRESS"},
	    {"link_down", "an interface is down or gone: see ip link"},
	    {"not_permitted",
		"a packet filter of this machine, or a full connection table: nft list "
		"ruleset, sysctl net.netfilter.nf_conntrack_max"},
	    {"message_too_long", "size and df do not fit the MTU: see the log"},
	    {"no_buffer", "full device queue, or neighbour table: ip -s link, sysctl "
			  "net.ipv4.neigh.default.gc_thresh3"},
	    {"no_source", "the configured source is not an address of this machine"},
	    {"other_send", "the kernel refused to send: see the log"},
	    {"name", "names without an address: see resolver"},
	};
	const struct json_t *causes = jv_get(v->status, "causes");
	int64_t n = jv_int(v->status, "probes.unsent", 0), worst = 0;
	const char *comma = ": ", *advice = "";
	char count[HUMAN_BYTES];

	text_printf(&v->text, "%s probes", n == 0 ? "no" : human_count(n, count));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t of = jv_int(causes, rows[i].cause, 0);

		if (of == 0)
			continue;
		text_printf(&v->text, "%s%s %s", comma, human_count(of, count), rows[i].cause);
		comma = ", ";
		if (of > worst) {
			worst = of;
			advice = rows[i].advice;
		}
	}
	text_add(&v->advice, advice);
}

static void
stamps(struct visit *v)
{
	int64_t uncertain = jv_int(v->status, "stamp_uncertain", 0);
	char count[HUMAN_BYTES];

	text_printf(&v->text, "%.128s", jv_text(v->status, "stamps", "?"));
	if (uncertain > 0)
		text_printf(
		    &v->text, "; %s replies without a sure time", human_count(uncertain, count));
}

static void
clock_source(struct visit *v)
{
	const char *source = v->machine->clock_source;

	text_printf(&v->text, "%s", *source != '\0' ? source : "not told by this machine");
	if (strcmp(source, "hpet") == 0 || strcmp(source, "acpi_pm") == 0 ||
	    strcmp(source, "jiffies") == 0)
		text_add(&v->advice,
		    "reading the clock is slow or coarse: see "
		    "/sys/devices/system/clocksource/clocksource0/available_clocksource");
}

static void
resolver(struct visit *v)
{
	int64_t failures = jv_int(v->status, "resolve_failures", 0);
	char count[HUMAN_BYTES];

	text_printf(
	    &v->text, "%s lookups failed", failures == 0 ? "no" : human_count(failures, count));
	if (failures > 0)
		text_add(&v->advice,
		    "icmpctl list --state unknown names the targets; see /etc/resolv.conf");
}

static void
log_lines(struct visit *v)
{
	int64_t dropped = jv_int(v->status, "log_dropped", 0);
	char count[HUMAN_BYTES];

	text_printf(
	    &v->text, "%s lines dropped", dropped == 0 ? "no" : human_count(dropped, count));
	if (dropped > 0)
		text_add(&v->advice, "the reader of the log was too slow or not there");
}

/* "1 0", as Debian has it, is nobody. */
static void
ping_group_range(struct visit *v)
{
	const char *range = v->machine->ping_group_range;
	const char *four = jv_text(v->status, "sockets.ipv4.mode", "none");

	text_printf(&v->text, "%s", *range != '\0' ? range : "not told by this machine");
	text_add(&v->text, strcmp(four, "raw") == 0 ? " (not needed with a raw socket)" : "");
}

unsigned
doctor_examine(
    const struct json_t *status, const struct doctor_machine *machine, doctor_sink sink, void *arg)
{
	static const struct {
		const char *name;
		void (*check)(struct visit *v);
	} checks[] = {
	    {"daemon", daemon_check},
	    {"configuration", configuration},
	    {"sockets", sockets},
	    {"receive buffer", receive_buffer},
	    {"receive drops", receive_drops},
	    {"send lag", send_lag},
	    {"unsent", unsent},
	    {"stamps", stamps},
	    {"clock source", clock_source},
	    {"resolver", resolver},
	    {"log", log_lines},
	    {"ping_group_range", ping_group_range},
	};
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		struct doctor_finding finding = {.check = checks[i].name};
		struct visit v = {.status = status, .machine = machine};

		text_init(&v.text, finding.text, sizeof(finding.text));
		text_init(&v.advice, finding.advice, sizeof(finding.advice));
		checks[i].check(&v);
		finding.good = finding.advice[0] == '\0';
		bad += !finding.good;
		sink(arg, &finding);
	}
	return bad;
}
