/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The facts of an event as keys and values, in the order in which the line shows them.
 */
#include <string.h>

#include "core/icmp.h"
#include "core/render_text.h"

/* Values go one after the other into the store, each with its NUL. */
struct collector {
	struct text *store;
	struct render_field *fields;
	uint32_t n;
};

/* Begins a value; what is appended to the store until finish() belongs to it. Returns where it
 * starts. */
static size_t
begin(struct collector *c)
{
	return c->store->len;
}

static void
finish(struct collector *c, const char *key, size_t at)
{
	if (c->n >= RENDER_FIELDS_MAX || c->store->overflow) {
		text_rewind(c->store, at);
		return;
	}
	c->fields[c->n++] = (struct render_field){.key = key, .value = c->store->buf + at};
	text_add_bytes(c->store, "", 1);
}

static void
field(struct collector *c, const char *key, const char *value)
{
	size_t at = begin(c);

	text_add(c->store, value);
	finish(c, key, at);
}

static void
field_number(struct collector *c, const char *key, uint64_t value)
{
	size_t at = begin(c);

	text_printf(c->store, "%llu", (unsigned long long)value);
	finish(c, key, at);
}

static void
field_ms(struct collector *c, const char *key, nsec_t ns)
{
	size_t at = begin(c);

	text_ms_short(c->store, ns);
	finish(c, key, at);
}

static void
fields_state(struct collector *c, const struct event *e)
{
	field(c, "state", state_text((enum state)e->state));
	field(c, "prev", state_text((enum state)e->prev));
	field_number(c, "prev_s", e->prev_ns < 0 ? 0 : (uint64_t)(e->prev_ns / NSEC_PER_SEC));
}

static void
fields_figures(struct collector *c, const struct event *e)
{
	if (e->alarm[0] != '\0')
		field(c, "alarm", e->alarm);
	if (e->sent == 0)
		return;
	if (e->loss_ppm >= 0) {
		bool nearly = e->loss_ppm < 1000 || e->loss_ppm > 999000; /* none or all: exact */
		size_t at = begin(c);

		text_ratio(c->store, nearly ? e->loss_ppm : (e->loss_ppm + 500) / 1000 * 1000);
		finish(c, "loss_ratio", at);
	}
	if (e->p50_ns >= 0)
		field_ms(c, "p50_ms", e->p50_ns);
	if (e->p95_ns >= 0)
		field_ms(c, "p95_ms", e->p95_ns);
	field_number(c, "sent", e->sent);
	field_number(c, "answered", e->answered);
}

static void
fields_cause(struct collector *c, const struct cause *cause)
{
	uint16_t rfc = icmp_error_rfc(cause->family, cause->type, cause->code);
	char from[ADDR_TEXT_MAX];

	if (cause->kind == CAUSE_NONE)
		return;
	field(c, "cause", cause_label_text(cause_label(cause)));
	if (cause->kind == CAUSE_SEND)
		field_number(c, "errno", (uint64_t)cause->error);
	if (cause->kind != CAUSE_ICMP)
		return;
	field_number(c, "icmp_type", cause->type);
	field_number(c, "icmp_code", cause->code);
	if (rfc != 0)
		field_number(c, "rfc", rfc);
	if (cause->from.family != 0)
		field(c, "from", addr_format(&cause->from, from));
}

static void
fields_of_kind(struct collector *c, const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_STATE:
		fields_state(c, e);
		if (e->state != STATE_UP) {
			fields_figures(c, e);
			fields_cause(c, &e->cause);
		}
		break;
	case EVENT_GROUP_STATE:
		fields_state(c, e);
		break;
	case EVENT_ALARM_RAISED:
	case EVENT_ALARM_CLEARED:
		fields_figures(c, e);
		fields_cause(c, &e->cause);
		break;
	case EVENT_INTERRUPTION:
		field_ms(c, "gap_ms", e->value);
		break;
	case EVENT_CLOCK_STEP:
		field_ms(c, "step_ms", e->value);
		break;
	case EVENT_RX_DROPS:
		field_number(c, "packets", (uint64_t)e->value);
		break;
	case EVENT_OVERLOAD:
		field_number(c, "skipped", (uint64_t)e->value);
		break;
	case EVENT_RELOAD:
		field_number(c, "ok", e->ok);
		if (e->value > 0)
			field_number(c, "took_ms",
			    (uint64_t)((e->value + NSEC_PER_MSEC / 2) / NSEC_PER_MSEC));
		break;
	case EVENT_START:
		field_number(c, "targets", e->targets);
		break;
	case EVENT_SEND_FAILED:
		fields_cause(c, &e->cause);
		break;
	case EVENT_ADDRESS:
	case EVENT_NAME_FAILED:
	case EVENT_SEND_RESUMED:
	case EVENT_STUCK_FLOW:
	case EVENT_PAUSED:
	case EVENT_RESUMED:
	case EVENT_KIND_COUNT:
	default:
		break;
	}
}

static void
hide(struct collector *c, uint32_t n_before)
{
	if (c->n > n_before)
		c->fields[c->n - 1].journal_only = true;
}

uint32_t
render_event_fields(
    const struct event *e, struct text *store, struct render_field fields[static RENDER_FIELDS_MAX])
{
	struct collector c = {.store = store, .fields = fields};
	bool of_target = e->target[0] != '\0' && e->kind != EVENT_GROUP_STATE;
	bool is_up = e->kind == EVENT_STATE && e->state == STATE_UP;
	uint32_t n;

	field(&c, "event", event_kind_text((enum event_kind)e->kind));
	if (e->target[0] != '\0')
		field(&c, of_target ? "target" : "group", e->target);
	if (of_target && e->address.family != 0) {
		char address[ADDR_TEXT_MAX];

		n = c.n;
		field(&c, "addr", addr_format(&e->address, address));
		if (is_up)
			hide(&c, n);
	}
	fields_of_kind(&c, e);
	if (e->suppressed)
		field_number(&c, "suppressed", 1);
	n = c.n;
	if (e->reason[0] != '\0')
		field(&c, "reason", e->reason);
	hide(&c, n);
	n = c.n;
	field_number(&c, "id", e->id);
	if (e->kind == EVENT_RELOAD)
		hide(&c, n);
	return c.n;
}
