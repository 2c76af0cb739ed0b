/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the stats server asks of the daemon: the engine, facts about the process, commands, health.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/duration.h"
#include "shell/daemon_internal.h"

#define ABOUT_MAX_AGE_NS NSEC_PER_SEC
#define OVERDUE_NS (5 * NSEC_PER_SEC) /* a planned turn this late means that we do not probe */
#define PAUSE_MAX_NS (366 * NSEC_PER_DAY)

static struct monitor *
source_monitor(void *arg)
{
	return ((struct daemon *)arg)->monitor;
}

static nsec_t
source_now(void *arg)
{
	(void)arg;
	return clock_now_ns();
}

static const char *
mode_text(enum sock_mode mode)
{
	static const char *const texts[] = {
	    [SOCK_MODE_NONE] = "none", [SOCK_MODE_RAW] = "raw", [SOCK_MODE_DGRAM] = "dgram"};

	return texts[mode];
}

static const struct render_daemon *
source_daemon(void *arg)
{
	struct daemon *d = arg;
	nsec_t now = clock_now_ns();
	struct render_daemon *about = &d->about;
	struct process_usage usage;

	about->uptime_ns = now - d->started_ns;
	about->last_reload_ok = d->last_reload_ok;
	about->last_reload_error = d->last_reload_error;
	about->config_loaded_wall_ns = d->loaded_wall_ns;
	about->resolve_failures = resolve_failures(d->resolve);
	about->log_dropped = log_dropped();
	about->http_connections = http_connections(d->http);
	if (d->about_ns != 0 && now - d->about_ns < ABOUT_MAX_AGE_NS)
		return about;
	d->about_ns = now;
	about->version = PACKAGE_VERSION;
	about->instance = "";
	about->started_wall_ns = d->started_wall_ns;
	about->stamps = d->stamps_text;
	about->rx_mode[0] = mode_text(d->sock_status.ipv4.mode);
	about->rx_mode[1] = mode_text(d->sock_status.ipv6.mode);
	about->receive_buffer_bytes[0] = d->sock_status.ipv4.receive_buffer_bytes;
	about->receive_buffer_bytes[1] = d->sock_status.ipv6.receive_buffer_bytes;
	about->receive_buffer_asked_bytes = d->receive_buffer_asked_bytes;
	about->config_file = d->options->config_file;
	process_usage_read(&usage);
	about->cpu_ns = usage.cpu_ns;
	about->resident_bytes = usage.resident_bytes;
	about->virtual_bytes = usage.virtual_bytes;
	about->open_fds = usage.open_fds;
	about->max_fds = usage.max_fds;
	return about;
}

static int
pause_or_resume(struct daemon *d, enum http_command command, const struct http_form *form,
    char *answer, size_t answer_bytes)
{
	const char *target = http_form_get(form, "target"), *span = http_form_get(form, "for");
	char words[32] = "";
	nsec_t now = clock_now_ns(), for_ns = 0;
	uint32_t series;

	if (target == NULL) {
		(void)snprintf(answer, answer_bytes, "the field target is missing");
		return -EINVAL;
	}
	if (!monitor_series_find(d->monitor, target, &series)) {
		(void)snprintf(
		    answer, answer_bytes, "there is no target %.*s", EVENT_NAME_MAX, target);
		return -ENOENT;
	}
	if (command == HTTP_RESUME) {
		(void)snprintf(answer, answer_bytes, "%s is probed again", target);
		return monitor_resume(d->monitor, now, series);
	}
	if (span != NULL &&
	    (!duration_parse(span, &for_ns) || for_ns < NSEC_PER_SEC || for_ns > PAUSE_MAX_NS)) {
		(void)snprintf(answer, answer_bytes,
		    "for=%.32s is not a duration from 1s to 366d: write \"30m\" or \"2h\"", span);
		return -EINVAL;
	}
	if (for_ns > 0)
		(void)duration_words(for_ns, words, sizeof(words));
	(void)snprintf(
	    answer, answer_bytes, "%s is paused%s%s", target, for_ns > 0 ? " for " : "", words);
	return monitor_pause(d->monitor, now, series, for_ns, http_form_get(form, "why"));
}

static int
source_command(void *arg, enum http_command command, const struct http_form *form, char *answer,
    size_t answer_bytes)
{
	struct daemon *d = arg;
	int result;

	if (command == HTTP_RELOAD) {
		daemon_reload(d);
		return 0;
	}
	result = pause_or_resume(d, command, form, answer, answer_bytes);
	daemon_tell_events(d);
	return result;
}

static bool
source_healthy(void *arg, char *why, size_t why_bytes)
{
	const struct daemon *d = arg;
	nsec_t late = d->planned_ns == NSEC_NEVER ? 0 : clock_now_ns() - d->planned_ns;

	if (d->turns > 0 && late < OVERDUE_NS)
		return true;
	(void)snprintf(why, why_bytes, "the last turn of the engine is %lld s overdue",
	    (long long)(late / NSEC_PER_SEC));
	return false;
}

static bool
source_ready(void *arg, char *why, size_t why_bytes)
{
	const struct daemon *d = arg;

	if (d->turns == 0) {
		(void)snprintf(why, why_bytes, "the engine has not started yet");
		return false;
	}
	return source_healthy(arg, why, why_bytes);
}

struct http_source
daemon_source(struct daemon *d)
{
	return (struct http_source){
	    .arg = d,
	    .monitor = source_monitor,
	    .now = source_now,
	    .daemon = source_daemon,
	    .command = source_command,
	    .healthy = source_healthy,
	    .ready = source_ready,
	};
}
