/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Alarms: the built-in ones, what the user wrote about them, and which of them look at a target
 * with a given interval. A span in time covers at least 5 intervals: of the user's alarms that is a
 * rule; the spans of built-in ones grow with the interval, in steps. It refuses to know how
 * conditions are judged.
 */
#include <assert.h>
#include <string.h>

#include "core/duration.h"
#include "shell/config_internal.h"

#define SENTENCE_BYTES 256

static const struct {
	const char *name, *raise, *clear;
	enum settings_state state;
} built_in[] = {
    {"down", "loss == 100% over 5 probes", "loss < 50% over 10 probes", SETTINGS_STATE_DOWN},
    {"loss", "loss > 5% over 1m", "loss < 2% over 3m", SETTINGS_STATE_DEGRADED},
};

/* What a built-in span of 1m becomes, so that few alarms do for all intervals. */
static const nsec_t steps[CONFIG_STEPS] = {NSEC_PER_MIN, 2 * NSEC_PER_MIN, 5 * NSEC_PER_MIN,
    10 * NSEC_PER_MIN, 30 * NSEC_PER_MIN, NSEC_PER_HOUR, 2 * NSEC_PER_HOUR, 5 * NSEC_PER_HOUR};

static_assert(SETTINGS_SPAN_INTERVALS_MIN * SETTINGS_INTERVAL_MAX_NS <= 5 * NSEC_PER_HOUR,
    "the longest step suits the longest interval");
static_assert(CONFIG_ALARMS_MAX + CONFIG_STEPS * 2 <= SETTINGS_ALARMS_MAX,
    "variants of built-in alarms have room");

static struct config_value
given(int key, int64_t number)
{
	return (struct config_value){.key = (uint8_t)key,
	    .given = CONFIG_GIVEN,
	    .at = {.file = CONFIG_DEFAULT_FILE},
	    .number = number};
}

void
config_alarms_initial(struct config *c)
{
	for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
		const struct config_place at = {.file = CONFIG_DEFAULT_FILE};
		uint32_t index = config_alarm_add(c, built_in[i].name, at);
		config_str raise = config_intern(c, built_in[i].raise, strlen(built_in[i].raise));
		config_str clear = config_intern(c, built_in[i].clear, strlen(built_in[i].clear));
		struct config_value *values = config_alarm(c, index)->values;

		values[CONFIG_KEY_ALARM_RAISE] = given(CONFIG_KEY_ALARM_RAISE, raise);
		values[CONFIG_KEY_ALARM_CLEAR] = given(CONFIG_KEY_ALARM_CLEAR, clear);
		values[CONFIG_KEY_ALARM_STATE] = given(CONFIG_KEY_ALARM_STATE, built_in[i].state);
	}
}

const struct config_value *
config_alarm_value(const struct config *c, uint32_t alarm, int key)
{
	const struct config_value *v = &config_alarm(c, alarm)->values[key];

	return v->given == CONFIG_GIVEN ? v : &c->initial[key];
}

/* One condition of an alarm; its text was read before, so that it parses. */
static bool
read_condition(struct config *c, const struct config_owner *owner, int key,
    const struct config_value *v, struct condition *ret)
{
	char why[SENTENCE_BYTES];

	if (v->given == CONFIG_GIVEN)
		return condition_parse(
		    config_text(c, (config_str)v->number), ret, why, sizeof(why));
	if (v->given == CONFIG_ABSENT && !c->dropped)
		config_error(c, owner->at, owner, "has no %s: write %s = \"loss %s over 1m\";",
		    config_key((unsigned)key)->name, config_key((unsigned)key)->name,
		    key == CONFIG_KEY_ALARM_RAISE ? "> 5%" : "< 2%");
	return false;
}

static bool
looks_up(const struct condition *c)
{
	return c->op == CONDITION_GT || c->op == CONDITION_GE ||
	       (c->op == CONDITION_EQ && c->value > 0);
}

/* Both conditions look at the same figure, and some values of it satisfy both. */
static bool
overlap(const struct condition *raise, const struct condition *clear)
{
	const struct condition *up = looks_up(raise) ? raise : clear;
	const struct condition *down = up == raise ? clear : raise;

	if (raise->metric != clear->metric)
		return false;
	if (looks_up(raise) == looks_up(clear))
		return true;
	return up->value < down->value ||
	       (up->value == down->value && up->op != CONDITION_GT && down->op != CONDITION_LT);
}

static void
read_alarm(struct config *c, uint32_t index)
{
	struct config_alarm *a = config_alarm(c, index);
	const struct config_owner owner = {
	    .level = CONFIG_LEVEL_ALARM, .section = CONFIG_ALARM, .name = a->name, .at = a->at};
	const struct config_value *raise = &a->values[CONFIG_KEY_ALARM_RAISE];
	bool good = read_condition(c, &owner, CONFIG_KEY_ALARM_RAISE, raise, &a->raise);

	good &= read_condition(
	    c, &owner, CONFIG_KEY_ALARM_CLEAR, &a->values[CONFIG_KEY_ALARM_CLEAR], &a->clear);
	a->good = good;
	if (config_alarm_value(c, index, CONFIG_KEY_ALARM_TRACE)->number != 0)
		config_warn(c, raise->at, &owner,
		    "trace = true: this version traces no paths: leave it out");
	if (good && overlap(&a->raise, &a->clear))
		config_warn(c, raise->at, &owner,
		    "raise and clear can hold at once, so that the alarm may flap: leave a gap "
		    "between them");
}

/* The words of an action, once each. */
static uint32_t
put_words(struct config *c, const struct config_value *v, uint32_t *ret_first)
{
	uint32_t n = config_list_n(v);

	*ret_first = c->out_strings.n;
	for (uint32_t i = 0; i < n; i++)
		*(settings_str *)config_array_add(c, &c->out_strings, sizeof(settings_str)) =
		    config_word(c, config_list_first(v) + i);
	return n;
}

void
config_alarms_read(struct config *c)
{
	for (uint32_t i = 0; i < c->alarms.n; i++) {
		struct settings_alarm *out = config_array_add(c, &c->out_alarms, sizeof(*out));
		const struct config_alarm *a = config_alarm(c, i);

		read_alarm(c, i);
		out->name = a->name;
		out->raise = a->raise;
		out->clear = a->clear;
		out->raise_text = (config_str)a->values[CONFIG_KEY_ALARM_RAISE].number;
		out->clear_text = (config_str)a->values[CONFIG_KEY_ALARM_CLEAR].number;
		out->state = (uint8_t)config_alarm_value(c, i, CONFIG_KEY_ALARM_STATE)->number;
		out->trace = (uint8_t)config_alarm_value(c, i, CONFIG_KEY_ALARM_TRACE)->number;
		out->on_raise_n = put_words(
		    c, config_alarm_value(c, i, CONFIG_KEY_ALARM_ON_RAISE), &out->on_raise_first);
		out->on_clear_n = put_words(
		    c, config_alarm_value(c, i, CONFIG_KEY_ALARM_ON_CLEAR), &out->on_clear_first);
	}
	memset(c->variants, 0, sizeof(c->variants));
}

static bool
too_short(const struct condition *condition, nsec_t interval_ns)
{
	return condition->span_probes == 0 &&
	       condition->span_ns / SETTINGS_SPAN_INTERVALS_MIN < interval_ns;
}

static void
stretch(struct config *c, struct condition *condition, nsec_t factor, settings_str *text)
{
	char words[SENTENCE_BYTES];

	if (condition->span_probes > 0)
		return;
	condition->span_ns *= factor;
	(void)condition_format(condition, words, sizeof(words));
	*text = config_intern(c, words, strlen(words));
}

/* A built-in alarm with longer spans, which suit the interval; made when it is first asked for. */
static uint32_t
variant(struct config *c, uint32_t alarm, nsec_t interval_ns)
{
	struct settings_alarm copy = *config_out_alarm(c, alarm);
	size_t step = 1;
	char interval[32];

	while (step < CONFIG_STEPS - 1 && steps[step] / SETTINGS_SPAN_INTERVALS_MIN < interval_ns)
		step++;
	if (c->variants[alarm][step] != 0)
		return c->variants[alarm][step];
	stretch(c, &copy.raise, steps[step] / steps[0], &copy.raise_text);
	stretch(c, &copy.clear, steps[step] / steps[0], &copy.clear_text);
	c->variants[alarm][step] = c->out_alarms.n;
	memcpy(config_array_add(c, &c->out_alarms, sizeof(copy)), &copy, sizeof(copy));
	config_note(c,
	    "the built-in alarm %s looks at longer spans for targets with an interval above %s: "
	    "%s, and %s",
	    config_quote(c, config_text(c, copy.name)),
	    duration_format(
		steps[step - 1] / SETTINGS_SPAN_INTERVALS_MIN, interval, sizeof(interval)),
	    config_text(c, copy.raise_text), config_text(c, copy.clear_text));
	return c->variants[alarm][step];
}

/* Remembers that a condition does not suit an interval; told once for all targets. */
static void
note_fault(struct config *c, uint32_t alarm, bool clear, nsec_t interval_ns, uint32_t target)
{
	uint64_t key = (uint64_t)interval_ns << 8 | alarm << 1 | clear;
	uint32_t index = config_map_get(&c->fault_index, key);
	struct config_span_fault *fault;

	if (index == SETTINGS_NONE) {
		index = c->span_faults.n;
		config_map_put(c, &c->fault_index, key, index);
		fault = config_array_add(c, &c->span_faults, sizeof(*fault));
		fault->alarm = alarm;
		fault->clear = clear;
		fault->interval_ns = interval_ns;
		fault->target = target;
	}
	((struct config_span_fault *)c->span_faults.items)[index].n++;
}

uint32_t
config_alarms_of(struct config *c, const struct config_value *names, nsec_t interval_ns,
    uint32_t target, uint32_t refs[static SETTINGS_TARGET_ALARMS_MAX], uint32_t *ret_samples,
    uint32_t *ret_longest)
{
	uint32_t n = 0;

	*ret_samples = 0;
	for (uint32_t i = 0; i < config_list_n(names); i++) {
		uint32_t alarm =
		    config_map_get(&c->alarm_names, config_word(c, config_list_first(names) + i));
		struct config_alarm *a;

		if (alarm == SETTINGS_NONE)
			continue; /* that was said where the list stands */
		a = config_alarm(c, alarm);
		a->used = true;
		if (!a->good)
			continue;
		refs[n] =
		    a->at.file == CONFIG_DEFAULT_FILE &&
			    (too_short(&a->raise, interval_ns) || too_short(&a->clear, interval_ns))
			? variant(c, alarm, interval_ns)
			: alarm;
		for (int k = 0; k < 2; k++) {
			const struct settings_alarm *out = config_out_alarm(c, refs[n]);
			const struct condition *condition = k == 0 ? &out->raise : &out->clear;
			uint32_t samples = condition_span_samples(condition, interval_ns);

			if (too_short(condition, interval_ns) || samples > SETTINGS_SAMPLES_MAX)
				note_fault(c, alarm, k == 1, interval_ns, target);
			if (samples > *ret_samples) {
				*ret_samples = samples;
				*ret_longest = alarm;
			}
		}
		n++;
	}
	return n;
}
