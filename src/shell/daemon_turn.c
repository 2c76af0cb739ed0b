/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One turn of the engine, in the order that its contract asks for: read everything, read the drop
 * counters, judge, send, tell what happened, sleep.
 */
#include <stdio.h>

#include "shell/daemon_internal.h"

#define READS_PER_TURN_MAX                                                                     \
	256 /* batches of one family; what is left waits for the next turn, and its stamps are \
	       kept */
#define STALL_NS NSEC_PER_SEC /* a wake that comes this much late is told */

static void
read_tx_stamps(struct daemon *d, int family)
{
	struct sock_tx_stamp stamps[SOCK_BATCH_MAX];
	size_t n = SOCK_BATCH_MAX;

	for (int i = 0; i < READS_PER_TURN_MAX && n == SOCK_BATCH_MAX; i++) {
		n = sock_receive_tx_stamps(d->sock, family, &d->clock, stamps, SOCK_BATCH_MAX);
		for (size_t k = 0; k < n; k++)
			monitor_on_tx_stamp(d->monitor, stamps[k].number, stamps[k].tx_ns);
	}
}

static void
read_errors(struct daemon *d, int family)
{
	struct rx_batch *batch = &d->batch;

	for (int i = 0; i < READS_PER_TURN_MAX; i++) {
		if (sock_receive_errors(d->sock, family, &d->clock, batch) < 0)
			return;
		for (size_t k = 0; k < batch->n; k++)
			monitor_on_error(d->monitor, &batch->meta[k], batch->error[k].type,
			    batch->error[k].code, &batch->error[k].to, batch->bytes[k],
			    batch->len[k]);
		if (batch->drained || batch->n == 0)
			return;
	}
}

/* Reads a family's queue; returns the time up to which everything that came has been read. */
static nsec_t
read_queue(struct daemon *d, int family)
{
	struct rx_batch *batch = &d->batch;
	nsec_t last = d->drained_ns;

	for (int i = 0; i < READS_PER_TURN_MAX; i++) {
		if (sock_receive(d->sock, family, &d->clock, batch) < 0)
			return last;
		monitor_prefetch(d->monitor, batch->meta, batch->bytes, batch->len, batch->n);
		for (size_t k = 0; k < batch->n; k++) {
			monitor_on_datagram(
			    d->monitor, &batch->meta[k], batch->bytes[k], batch->len[k]);
			last = nsec_max(last, batch->meta[k].rx_ns);
		}
		if (batch->drained)
			return batch->read_ns;
	}
	return last;
}

static void
read_drops(struct daemon *d, nsec_t now_ns)
{
	for (int i = 0; i < 2; i++) {
		int family = i == 0 ? 4 : 6;
		uint64_t drops;

		if (sock_fd(d->sock, family) < 0)
			continue;
		drops = sock_drops(d->sock, family);
		if (drops != d->drops[i])
			monitor_on_queue_drops(d->monitor, (uint8_t)family, d->drops_read_ns,
			    now_ns, drops - d->drops[i]);
		d->drops[i] = drops;
	}
	d->drops_read_ns = now_ns;
}

static void
note_clocks(struct daemon *d, nsec_t now_ns)
{
	nsec_t step, slept;

	clock_update(&d->clock);
	step = clock_step_ns(&d->clock);
	slept = clock_suspended_ns(&d->clock);
	if (step != 0)
		monitor_on_clock_step(d->monitor, now_ns, step);
	if (slept > 0)
		monitor_on_gap(d->monitor, now_ns - slept, now_ns, GAP_SUSPEND);
	else if (d->planned_ns != NSEC_NEVER && now_ns - d->planned_ns > STALL_NS)
		monitor_on_gap(d->monitor, d->planned_ns, now_ns, GAP_STALL);
	monitor_set_wall(d->monitor, now_ns, clock_wall_ns());
}

static void
send_due(struct daemon *d)
{
	size_t n;

	while ((n = monitor_next_send(d->monitor, clock_now_ns(), d->out, PROBE_BATCH_MAX)) > 0) {
		(void)sock_send(d->sock, d->out, n, d->sent); /* refusals are in sent, one by one */
		monitor_on_sent(d->monitor, d->sent, n);
	}
}

/* The service manager hears how it goes; its watchdog is fed by a turn that came to its end. */
static void
tell_manager(struct daemon *d, nsec_t now_ns)
{
	struct report_status status;
	char words[DAEMON_TEXT_MAX];

	notify_watchdog(d->notify, now_ns, true);
	if (!notify_active(d->notify) || now_ns < d->told_ns)
		return;
	d->told_ns = nsec_add(now_ns, 10 * NSEC_PER_SEC);
	monitor_report_status(d->monitor, now_ns, &status);
	(void)snprintf(words, sizeof(words),
	    "%u targets: %u up, %u degraded, %u down, %u unknown; %.1f probes/s",
	    status.targets_total, status.states[STATE_UP], status.states[STATE_DEGRADED],
	    status.states[STATE_DOWN], status.states[STATE_UNKNOWN], status.probes_per_s);
	notify_status(d->notify, now_ns, words);
}

void
daemon_turn(void *arg)
{
	struct daemon *d = arg;
	nsec_t now = clock_now_ns(), drained = NSEC_NEVER;

	note_clocks(d, now);
	for (int family = 4; family <= 6; family += 2) {
		if (sock_fd(d->sock, family) < 0)
			continue;
		if (d->tx_stamps)
			read_tx_stamps(d, family);
		read_errors(d, family);
		drained = nsec_min(drained, read_queue(d, family));
	}
	if (drained == NSEC_NEVER)
		drained = now;
	read_drops(d, clock_now_ns());
	d->drained_ns = drained;
	monitor_advance(d->monitor, nsec_max(now, drained), drained);
	send_due(d);
	daemon_tell_events(d);
	daemon_summary_turn(d, now);
	log_tick(now);
	tell_manager(d, now);
	d->turn_ns = now;
	d->turns++;
	d->planned_ns = monitor_next_wake_ns(d->monitor);
	if (d->events_left)
		d->planned_ns = nsec_min(d->planned_ns, nsec_add(now, NSEC_PER_MSEC));
	loop_wake_at(d->loop, d->planned_ns);
}
