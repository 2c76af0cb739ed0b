/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Start and stop, in order: helper, configuration, sockets, no more privileges, engine, names,
 * loop.
 */
#include "shell/daemon.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "shell/daemon_internal.h"
#include "shell/loop_defect.h"

#define LOG_FLUSH_NS (200 * NSEC_PER_MSEC)

static void
on_answer(
    void *arg, uint32_t target, const struct addr addresses[], size_t n, int error, const char *why)
{
	struct daemon *d = arg;

	monitor_on_address(d->monitor, clock_now_ns(), target, addresses, n, error, why);
	if (d->turns > 0 && !d->settings_changing)
		loop_wake_at(d->loop, monitor_next_wake_ns(d->monitor));
}

static void
on_stop_signal(void *arg)
{
	struct daemon *d = arg;

	notify_stopping(d->notify);
	loop_stop(d->loop);
}

static void
on_reload_signal(void *arg)
{
	daemon_reload(arg);
}

static int
watch_signals(struct daemon *d)
{
	int error = 0;

	(void)signal(SIGPIPE, SIG_IGN); /* cannot fail for a known signal */
	if ((error = loop_on_signal(d->loop, SIGTERM, on_stop_signal, d)) < 0 ||
	    (error = loop_on_signal(d->loop, SIGINT, on_stop_signal, d)) < 0 ||
	    (error = loop_on_signal(d->loop, SIGHUP, on_reload_signal, d)) < 0)
		log_errx("signals cannot be watched: %s", strerror(-error));
	return error;
}

/* All that can fail, with an exit status for each. */
static int
start(struct daemon *d)
{
	struct resolve_options names = {
	    .arg = d, .answer = on_answer, .has_route = netif_has_route};
	int status, error;

	if (loop_libevent_is_defective()) {
		log_errx("this libevent ends the process when a client has a certain name "
			 "(CVE-2026-63388): install libevent 2.1.13, or Debian's "
			 "2.1.12-stable-8+deb12u1");
		return 1;
	}
	error = helper_start(&d->helper);
	if (error == 0)
		error = loop_new(&d->loop);
	if (error == 0)
		error = notify_new(&d->notify);
	if (error == 0)
		error = watch_signals(d);
	if (error < 0) {
		log_errx("cannot start: %s", strerror(-error));
		return 1;
	}
	status = daemon_load_first(d->helper, d->options->config_file, &d->config);
	if (status == 0)
		status = daemon_open(d);
	if (status != 0)
		return status;
	names.base = loop_base(d->loop);
	if (getrandom(&names.seed, sizeof(names.seed), 0) < 0)
		names.seed = (uint64_t)clock_wall_ns(); /* only spreads look-ups over time */
	error = resolve_new(&d->resolve, &names);
	if (error < 0) {
		log_errx("names cannot be looked up: %s", strerror(-error));
		return 1;
	}
	return 0;
}

static void
run(struct daemon *d)
{
	char status[DAEMON_TEXT_MAX];

	d->started_ns = d->turn_ns = d->drops_read_ns = clock_now_ns();
	d->started_wall_ns = d->loaded_wall_ns = clock_wall_ns();
	d->last_reload_ok = true;
	monitor_note_start(d->monitor, d->started_ns);
	daemon_settings_changed(d);
	if (loop_watch(d->loop, helper_fd(d->helper), daemon_on_helper, d) < 0)
		log_warnx("the helper process cannot be watched: reload will not work");
	if (d->netif != NULL && loop_watch(d->loop, netif_fd(d->netif), daemon_on_netif, d) < 0)
		log_warnx("changes of links and routes cannot be followed");
	loop_on_wake(d->loop, daemon_turn, d);
	daemon_turn(d);
	(void)snprintf(status, sizeof(status), "probing %u targets", d->config.settings->n_targets);
	notify_ready(d->notify, status);
	if (loop_run(d->loop) < 0) {
		log_errx("the event loop failed");
		d->exit_status = 1;
	}
	log_info("stopped");
}

static void
stop(struct daemon *d)
{
	daemon_summary_done(d);
	http_free(d->http);
	resolve_free(d->resolve);
	netif_free(d->netif);
	sock_free(d->sock);
	helper_free(d->helper);
	notify_free(d->notify);
	loop_free(d->loop);
	daemon_config_done(&d->config);
}

int
daemon_run(const struct daemon_options *options)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int status;

	process_open_standard();
	log_open(options->log, options->debug);
	if (d == NULL) {
		log_errx("no memory");
		return 1;
	}
	d->options = options;
	d->planned_ns = NSEC_NEVER;
	d->summary.next_ns = NSEC_NEVER;
	clock_init(&d->clock);
	status = start(d);
	if (status == 0) {
		run(d);
		status = d->exit_status;
	}
	stop(d);
	free(d);
	log_flush(LOG_FLUSH_NS);
	log_close();
	return status;
}
