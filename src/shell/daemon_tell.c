/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What happened, to those who want to know: events to the log, to the actions of alarms and to the
 * followers of the stats server.
 */
#include <stdio.h>
#include <string.h>

#include "core/render_text.h"
#include "shell/daemon_internal.h"

#define EVENTS_PER_TURN_MAX 512 /* the rest waits for the next turn, a millisecond later */
#define NAME_WORDS 128 /* bytes of "NAME=" before a value in an action's environment */

static const struct settings_alarm *
find_alarm(const struct settings *s, const struct settings_plan *p, const char *name)
{
	for (uint32_t i = 0; i < p->alarms_n; i++) {
		const struct settings_alarm *alarm =
		    &settings_alarms(s)[settings_refs(s)[p->alarms_first + i]];

		if (strcmp(settings_text(s, alarm->name), name) == 0)
			return alarm;
	}
	return NULL;
}

static void
run_action(struct daemon *d, const struct event *event, uint32_t first, uint32_t n)
{
	const struct settings *s = d->config.settings;
	char store[RENDER_FIELDS_BYTES], key[RENDER_KEY_MAX];
	char words[RENDER_FIELDS_MAX][NAME_WORDS + EVENT_REASON_MAX];
	const char *argv[HELPER_ARGS_MAX], *env[RENDER_FIELDS_MAX];
	struct render_field fields[RENDER_FIELDS_MAX];
	struct helper_action action = {.target = event->target, .argv = argv, .env = env};
	struct text text;
	int error;

	if (n > HELPER_ARGS_MAX)
		n = HELPER_ARGS_MAX; /* the configuration allows no more */
	for (uint32_t i = 0; i < n; i++)
		argv[i] = settings_text(s, settings_string_refs(s)[first + i]);
	action.argc = n;
	text_init(&text, store, sizeof(store));
	action.envc = render_event_fields(event, &text, fields);
	for (size_t i = 0; i < action.envc; i++) {
		(void)snprintf(words[i], sizeof(words[i]), "%s=%s",
		    render_journal_key(fields[i].key, key), fields[i].value);
		env[i] = words[i];
	}
	error = helper_run(d->helper, &action);
	if (error < 0)
		log_warnx("the action of alarm %s of %s was not run: %s", event->alarm,
		    event->target, strerror(-error));
}

static void
act(struct daemon *d, const struct event *event)
{
	const struct settings *s = d->config.settings;
	const struct settings_alarm *alarm;
	uint32_t series;

	if (event->suppressed || !monitor_series_find(d->monitor, event->target, &series))
		return;
	alarm = find_alarm(
	    s, settings_plan_of(s, monitor_series_target(d->monitor, series)), event->alarm);
	if (alarm == NULL)
		return;
	if (event->kind == EVENT_ALARM_RAISED && alarm->on_raise_n > 0)
		run_action(d, event, alarm->on_raise_first, alarm->on_raise_n);
	if (event->kind == EVENT_ALARM_CLEARED && alarm->on_clear_n > 0)
		run_action(d, event, alarm->on_clear_first, alarm->on_clear_n);
}

/* Whether the line of a state says all that the line of the alarm behind it would. */
static bool
says_the_same(const struct event *state, const struct event *alarm)
{
	return state->kind == EVENT_STATE && strcmp(state->target, alarm->target) == 0 &&
	       strcmp(state->alarm, alarm->alarm) == 0 && strcmp(state->reason, alarm->reason) == 0;
}

void
daemon_tell_events(struct daemon *d)
{
	struct event event, alarm = {.kind = EVENT_KIND_COUNT}; /* alarm: not in the log yet */
	int n = 0;

	while (n < EVENTS_PER_TURN_MAX && monitor_next_event(d->monitor, &event)) {
		if (event.kind == EVENT_RELOAD)
			event.value = d->reload_took_ns; /* the engine sees only its own part */
		if (alarm.kind != EVENT_KIND_COUNT && !says_the_same(&event, &alarm))
			log_event(&alarm);
		alarm.kind = EVENT_KIND_COUNT;
		if (event.kind == EVENT_ALARM_RAISED || event.kind == EVENT_ALARM_CLEARED) {
			act(d, &event);
			alarm = event;
		} else
			log_event(&event);
		n++;
	}
	if (alarm.kind != EVENT_KIND_COUNT)
		log_event(&alarm);
	if (n > 0 && d->http != NULL)
		http_events_ready(d->http);
	d->events_left = n == EVENTS_PER_TURN_MAX;
}
