/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Reload: the helper reads the files while probing goes on; only an accepted configuration replaces
 * the running one, in one step between two turns. And what follows from new settings or a changed
 * network beside the engine: names, sources, summaries.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "shell/daemon_internal.h"

#define WARNINGS_TOLD_MAX 5
#define ERRORS_TOLD_MAX 10

void
daemon_look_up_sources(struct daemon *d)
{
	const struct settings *s = d->config.settings;
	const struct settings_target *t = settings_targets(s);
	settings_str known = 0; /* neighbours mostly share their interface */
	uint32_t ifindex = 0;

	for (uint32_t i = 0; i < s->n_targets; i++) {
		const struct settings_plan *p = settings_plan_of(s, &t[i]);

		if (p->source == 0 || p->source_is_address)
			continue;
		if (p->source != known)
			ifindex = netif_index(settings_text(s, p->source));
		known = p->source;
		monitor_on_source(d->monitor, i, ifindex, ifindex == 0);
	}
}

void
daemon_on_netif(void *arg)
{
	struct daemon *d = arg;
	unsigned int changed = netif_drain(d->netif);

	if (changed & NETIF_LINKS)
		daemon_look_up_sources(d);
	if (changed != 0)
		resolve_network_changed(d->resolve);
}

/* The log's budget is for what happens: a reload says them all again. */
static void
tell_warnings(const struct settings *s)
{
	for (uint32_t i = 0; i < s->n_warnings && i < WARNINGS_TOLD_MAX; i++)
		log_warnx("%s", settings_text(s, settings_warnings(s)[i]));
	if (s->n_warnings > WARNINGS_TOLD_MAX)
		log_warnx("and %u more warnings: icmpmond -t lists them all",
		    s->n_warnings - WARNINGS_TOLD_MAX);
}

void
daemon_settings_changed(struct daemon *d)
{
	const struct settings *s = d->config.settings;

	d->tx_stamps = false;
	for (uint32_t i = 0; i < s->n_plans && !d->tx_stamps; i++)
		d->tx_stamps = settings_plans(s)[i].stamps == SETTINGS_STAMPS_KERNEL;
	(void)snprintf(d->stamps_text, sizeof(d->stamps_text), "kernel receive, %s send",
	    d->tx_stamps ? "kernel and interpolated" : "interpolated");
	tell_warnings(s);
	daemon_look_up_sources(d);
	daemon_summary_start(d, clock_now_ns());
	d->settings_changing = true;
	if (resolve_set(d->resolve, s) < 0)
		log_errx("no memory to look up names");
	d->settings_changing = false;
}

static void
reload_ended(struct daemon *d, bool ok, const char *errors)
{
	d->reload_request = 0;
	d->reload_took_ns = clock_now_ns() - d->reload_started_ns;
	d->last_reload_ok = ok;
	if (d->reload_again) { /* files may have changed: who waits hears of the last load */
		d->reload_again = false;
		daemon_reload(d);
		return;
	}
	http_reload_done(d->http, ok, errors);
	notify_ready(d->notify, NULL);
}

/* errors: one a line. The first stands for all where there is room for one only. */
static void
refused(struct daemon *d, const char *errors)
{
	size_t first = strcspn(errors, "\n");
	const char *line = errors;

	(void)snprintf(d->last_reload_error, sizeof(d->last_reload_error), "%.*s",
	    (int)(first < sizeof(d->last_reload_error) ? first : sizeof(d->last_reload_error) - 1),
	    errors);
	for (int n = 0; *line != '\0'; n++) {
		size_t len = strcspn(line, "\n");

		if (n == ERRORS_TOLD_MAX) {
			log_errx("and more errors: icmpmond -t lists them all");
			break;
		}
		log_errx("%.*s", (int)(len < LOG_LINE_MAX ? len : LOG_LINE_MAX), line);
		line += len + (line[len] == '\n');
	}
	monitor_note_reload_failed(d->monitor, clock_now_ns(), d->last_reload_error);
	reload_ended(d, false, errors);
}

static void
refused_by_answer(struct daemon *d, struct helper_answer *answer)
{
	size_t bytes = answer->bytes;
	const char *errors = answer->fd < 0 ? NULL : helper_map(answer);
	char *text = errors == NULL ? NULL : strndup(errors, bytes);

	if (errors != NULL)
		(void)munmap((void *)(uintptr_t)errors, bytes);
	refused(
	    d, text != NULL ? text
	       : answer->text[0] != '\0'
		   ? answer->text
		   : "the configuration has errors, and no memory is left for them: icmpmond -t");
	free(text);
}

/* What only a restart can change is told, and stays as it is. */
static void
tell_unchanged(const struct daemon *d, const struct settings *new)
{
	const struct settings *old = d->config.settings;

	if (new->receive_buffer_bytes != old->receive_buffer_bytes)
		log_notice("receive_buffer changes with the next restart");
	if (strcmp(settings_text(new, new->stats_socket), settings_text(old, old->stats_socket)) !=
		0 ||
	    strcmp(settings_text(new, new->http), settings_text(old, old->http)) != 0)
		log_notice("the listeners of stats change with the next restart");
}

static void
accepted(struct daemon *d, struct helper_answer *answer)
{
	struct daemon_config config, old = d->config;
	char why[DAEMON_TEXT_MAX];

	if (!daemon_config_take(answer, &config, why, sizeof(why))) {
		refused(d, why);
		return;
	}
	tell_unchanged(d, config.settings);
	d->monitor = monitor_apply(config.arena, config.settings, d->monitor, clock_now_ns());
	d->config = config;
	http_engine_changed(d->http);
	d->loaded_wall_ns = clock_wall_ns();
	d->last_reload_error[0] = '\0';
	daemon_settings_changed(d);
	daemon_config_done(&old);
	reload_ended(d, true, "");
	loop_wake_at(d->loop, 0);
}

void
daemon_on_helper(void *arg)
{
	struct daemon *d = arg;
	struct helper_answer answer;

	while (helper_next(d->helper, &answer)) {
		switch (answer.kind) {
		case HELPER_LOADED:
			accepted(d, &answer);
			break;
		case HELPER_REFUSED:
			refused_by_answer(d, &answer);
			break;
		case HELPER_GONE:
			log_warnx("%s; it is started again when it is needed", answer.text);
			if (answer.request != 0)
				refused(d,
				    "the helper process ended while it read the configuration: "
				    "try again");
			break;
		case HELPER_ACTION_ENDED:
			log_warnx("%s", answer.text);
			break;
		case HELPER_PRINTED:
			break;
		}
	}
}

void
daemon_reload(struct daemon *d)
{
	int64_t request;

	if (d->reload_request != 0) {
		d->reload_again = true;
		return;
	}
	d->reload_started_ns = clock_now_ns();
	notify_reloading(d->notify, d->reload_started_ns);
	request = helper_load(d->helper, d->options->config_file, false);
	if (request < 0) {
		char why[DAEMON_TEXT_MAX];

		(void)snprintf(why, sizeof(why), "the configuration cannot be read: %s",
		    strerror((int)-request));
		refused(d, why);
		return;
	}
	d->reload_request = request;
}
