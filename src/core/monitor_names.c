/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Addresses of targets: what a new answer of the resolver changes, and series that come and go with
 * the addresses of a name.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

static void
use_slot(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	uint32_t target = M_WARM(m, series)->config;
	enum state was = group_target_state(m, target);

	monitor_flags(m, series, SERIES_USED, 0);
	M_COLD(m, series)->born_ns = now_ns;
	M_COLD(m, series)->since_ns = now_ns;
	m->n_used++;
	m->states[M_WARM(m, series)->state]++;
	group_changed(m, now_ns, target, was);
}

static void
set_address(struct monitor *m, nsec_t now_ns, uint32_t series, const struct addr *address)
{
	struct series_hot *hot = M_HOT(m, series);
	struct event event = {.kind = EVENT_ADDRESS};
	bool had = hot->address.family != 0;
	char text[ADDR_TEXT_MAX];

	if (had)
		addrs_remove(m, now_ns, series);
	hot->address = *address;
	addrs_insert(m, series);
	if (!(hot->flags & SERIES_USED))
		use_slot(m, now_ns, series);
	monitor_flags(m, series, SERIES_ACTIVE, SERIES_VANISHED);
	if (!had)
		return;
	(void)snprintf(
	    event.reason, sizeof(event.reason), "address is now %s", addr_format(address, text));
	(void)monitor_emit(m, now_ns, &event, series);
}

static bool
listed(const struct addr *address, const struct addr addresses[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (addr_equal(address, &addresses[i]))
			return true;
	}
	return false;
}

static void
name_failed(struct monitor *m, nsec_t now_ns, uint32_t series, const char *why, bool tell)
{
	struct series_hot *hot = M_HOT(m, series);
	struct series_rare *rare = monitor_rare(m, series);
	struct event event = {.kind = EVENT_NAME_FAILED};
	bool before = hot->flags & SERIES_NAME_FAILED;

	(void)snprintf(rare->name_error, sizeof(rare->name_error), "%s", why);
	monitor_flags(m, series, SERIES_NAME_FAILED, 0);
	if (tell && !before) {
		(void)snprintf(event.reason, sizeof(event.reason), "%.100s%s", why,
		    hot->address.family != 0 ? ", the last address stays" : "");
		(void)monitor_emit(m, now_ns, &event, series);
	}
	if (hot->address.family != 0 || before)
		return;
	monitor_flags(
	    m, series, SERIES_ACTIVE, 0); /* its attempts are unsent, with the name as the cause */
	if (!(hot->flags & SERIES_PAUSED))
		health_set(m, now_ns, series, STATE_UNKNOWN, WHY_NAME, NULL, NONE);
}

static void
name_found(struct monitor *m, nsec_t now_ns, uint32_t series, bool tell)
{
	struct event event = {.kind = EVENT_ADDRESS, .reason = "the name has an address again"};

	if (!(M_HOT(m, series)->flags & SERIES_NAME_FAILED))
		return;
	monitor_flags(m, series, 0, SERIES_NAME_FAILED);
	if (monitor_rare_read(m, series)->blind_cause.kind == CAUSE_NAME)
		monitor_flags(m, series, 0, SERIES_BLIND);
	if (M_COLD(m, series)->why == WHY_NAME)
		M_COLD(m, series)->why = WHY_NO_DATA;
	if (tell)
		(void)monitor_emit(m, now_ns, &event, series);
}

static void
vanish(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	if (M_HOT(m, series)->flags & SERIES_VANISHED)
		return;
	monitor_flags(m, series, SERIES_VANISHED, SERIES_ACTIVE | SERIES_BLIND);
	wait_give_up(m, now_ns, series);
	monitor_rare(m, series)->vanished_ns = now_ns;
	m->wake_series_ns = nsec_min(m->wake_series_ns, nsec_add(now_ns, VANISHED_KEPT_NS));
	flow_test_cancel(m, series);
	alarm_forget(m, now_ns, series, "the name no longer has this address");
	if (!(M_HOT(m, series)->flags & SERIES_PAUSED))
		health_set(m, now_ns, series, STATE_UNKNOWN, WHY_VANISHED, NULL, NONE);
}

static void
come_back(struct monitor *m, uint32_t series)
{
	if (!(M_HOT(m, series)->flags & SERIES_VANISHED))
		return;
	monitor_flags(m, series, SERIES_ACTIVE, SERIES_VANISHED);
	if (M_COLD(m, series)->why == WHY_VANISHED)
		M_COLD(m, series)->why = WHY_NO_DATA;
}

/* What is still known of its flights would be taken for those of the next address. */
static void
forget_flights(struct monitor *m, uint32_t series)
{
	for (uint64_t i = 0; i <= m->ledger.mask; i++) {
		if (M_FLIGHTS(m)[i].target == series)
			M_FLIGHTS(m)[i].state = FLIGHT_FREE;
	}
	M_HOT(m, series)->last_flight = LEDGER_NONE;
}

static void
clear_records(struct monitor *m, uint32_t series)
{
	struct series_cold *cold = M_COLD(m, series);
	const struct settings_plan *p = monitor_plan(m, series);

	M_HOT(m, series)->head = 0;
	responders_clear(m, series);
	cold->detail_next = cold->detail_n = 0;
	cold->minute = MINUTE_UNKNOWN;
	if (cold->history_at != 0)
		memset(monitor_at_unit(m, cold->history_at), 0,
		    p->history_minutes * sizeof(struct history_bin));
	if (cold->histogram_at != 0)
		memset(monitor_at_unit(m, cold->histogram_at), 0, sizeof(struct histogram_classic));
	for (uint32_t a = 0; a < p->alarms_n; a++)
		memset(monitor_alarm_state(m, series, a), 0, sizeof(struct alarm_state));
}

static void
clear_counts(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	struct series_warm *warm = M_WARM(m, series);
	struct series_rare *rare = monitor_rare(m, series), kept = *rare;

	memset(rare, 0, sizeof(*rare));
	rare->test_queued = kept.test_queued; /* it may still stand in the queue */
	rare->test_next = kept.test_next;
	rare->wait_queued = kept.wait_queued; /* as above */
	rare->wait_next = kept.wait_next;
	rare->ifindex = kept.ifindex;
	warm->settled = warm->attempts = warm->answered = warm->lost = 0;
	warm->last_rtt_ns = -1;
	warm->last_ttl = -1;
	warm->last_outcome = OUTCOME_IN_FLIGHT;
	M_COLD(m, series)->since_ns = now_ns;
}

static bool
alone(const struct monitor *m, uint32_t target)
{
	uint32_t s = M_FIRST(m)[target];

	return !monitor_next_slot(m, target, &s);
}

/* The series ends; what it counted stays in the sums. Its slot is free for another address, or
 * stands in for a target that has none. */
static void
gone(struct monitor *m, nsec_t now_ns, uint32_t series)
{
	uint32_t target = M_WARM(m, series)->config;
	struct totals totals;
	enum state was;

	wait_give_up(m, now_ns, series);
	was = group_target_state(m, target);
	report_totals(m, series, &totals);
	report_totals_add(&m->gone, &totals, 1);
	addrs_remove(m, now_ns, series);
	memset(&M_HOT(m, series)->address, 0, sizeof(struct addr));
	m->n_used--;
	m->states[M_WARM(m, series)->state]--;
	forget_flights(m, series);
	clear_records(m, series);
	monitor_flags(m, series, 0, UINT16_MAX & ~(unsigned)SERIES_ODD);
	clear_counts(m, now_ns, series);
	monitor_pause_slot(m, series, monitor_plan(m, series)->paused);
	group_changed(m, now_ns, target, was);
	if (alone(m, target))
		use_slot(m, now_ns, M_FIRST(m)[target]);
}

/* A slot for one more address: a free one, else of those whose address vanished the one that did so
 * first. NONE: none. */
static uint32_t
free_slot(struct monitor *m, nsec_t now_ns, uint32_t first)
{
	uint32_t oldest = NONE;

	for (uint32_t s = first; s < first + SETTINGS_ADDRESSES_MAX; s++) {
		if (M_HOT(m, s)->address.family == 0)
			return s;
		if (M_HOT(m, s)->flags & SERIES_VANISHED && M_HOT(m, s)->in_flight == 0 &&
		    (oldest == NONE || monitor_rare_read(m, s)->vanished_ns <
					   monitor_rare_read(m, oldest)->vanished_ns))
			oldest = s;
	}
	if (oldest != NONE)
		gone(m, now_ns, oldest);
	return oldest;
}

/* Every listed address gets a series of its own; one that vanished keeps its slot for a while. */
static void
assign_all(
    struct monitor *m, nsec_t now_ns, uint32_t first, const struct addr addresses[], size_t n)
{
	bool taken[SETTINGS_ADDRESSES_MAX] = {false};

	for (uint32_t s = first; s < first + SETTINGS_ADDRESSES_MAX; s++) {
		bool found = false;

		if (M_HOT(m, s)->address.family == 0)
			continue;
		for (size_t i = 0; i < n && !found; i++) {
			if (!taken[i] && addr_equal(&M_HOT(m, s)->address, &addresses[i]))
				found = taken[i] = true;
		}
		if (found)
			come_back(m, s);
		else
			vanish(m, now_ns, s);
	}
	for (size_t i = 0; i < n; i++) {
		uint32_t s = taken[i] || listed(&addresses[i], addresses, i)
				 ? NONE
				 : free_slot(m, now_ns, first);

		if (s != NONE)
			set_address(m, now_ns, s, &addresses[i]);
	}
}

void
monitor_on_address(struct monitor *m, nsec_t now_ns, uint32_t target, const struct addr addresses[],
    size_t n, int error, const char *why)
{
	bool failed = error != 0 || n == 0, tell = true;
	uint32_t s;

	if (target >= m->n_targets)
		return;
	s = M_FIRST(m)[target];
	if (n > SETTINGS_ADDRESSES_MAX)
		n = SETTINGS_ADDRESSES_MAX;
	for (; monitor_next_slot(m, target, &s); s++, tell = false) {
		if (failed)
			name_failed(
			    m, now_ns, s, why != NULL ? why : "the name has no address", tell);
		else
			name_found(m, now_ns, s, tell && M_HOT(m, s)->address.family != 0);
	}
	if (failed)
		return;
	s = M_FIRST(m)[target];
	if (monitor_plan_of(m, target)->addresses_all)
		assign_all(m, now_ns, s, addresses, n);
	else if (M_HOT(m, s)->address.family == 0 || !listed(&M_HOT(m, s)->address, addresses, n))
		set_address(m, now_ns, s, &addresses[0]);
}

void
monitor_on_source(struct monitor *m, uint32_t target, uint32_t ifindex, bool missing)
{
	uint32_t first, n;

	if (target >= m->n_targets)
		return;
	first = M_FIRST(m)[target];
	n = settings_plan_series(monitor_plan_of(m, target));
	for (uint32_t s = first; s < first + n; s++)
		monitor_rare(m, s)->ifindex = missing ? 0 : ifindex;
}

void
names_housekeeping(struct monitor *m, nsec_t now_ns)
{
	for (uint32_t s = 0; s < m->n_series; s++) {
		nsec_t end;

		if (!(M_HOT(m, s)->flags & SERIES_VANISHED))
			continue;
		end = nsec_add(monitor_rare_read(m, s)->vanished_ns, VANISHED_KEPT_NS);
		if (end <= now_ns && M_HOT(m, s)->in_flight == 0)
			gone(m, now_ns, s);
		else
			m->wake_series_ns = nsec_min(m->wake_series_ns, end);
	}
}
