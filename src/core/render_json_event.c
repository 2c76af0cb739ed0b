/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Events as JSON objects. Only the members that mean something for the kind are there.
 */
#include "core/render_json_internal.h"
#include "core/render_text.h"

static void
add_states(struct text *t, const struct event *e)
{
	json_string(t, "state", state_text((enum state)e->state));
	json_string(t, "prev", state_text((enum state)e->prev));
	text_add(t, ",\"prev_s\":");
	text_seconds(t, e->prev_ns);
}

static void
add_figures(struct text *t, const struct event *e)
{
	if (e->alarm[0] != '\0')
		json_string(t, "alarm", e->alarm);
	if (e->loss_ppm >= 0 && e->sent > 0) {
		text_add(t, ",\"loss_ratio\":");
		text_ratio(t, e->loss_ppm);
	}
	text_add(t, ",\"p50_ms\":");
	text_json_ms(t, e->p50_ns);
	text_add(t, ",\"p95_ms\":");
	text_json_ms(t, e->p95_ns);
	text_printf(t, ",\"sent\":%llu,\"answered\":%llu", (unsigned long long)e->sent,
	    (unsigned long long)e->answered);
}

static void
add_of_kind(struct text *t, const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_STATE:
		add_states(t, e);
		add_figures(t, e);
		break;
	case EVENT_GROUP_STATE:
		add_states(t, e);
		break;
	case EVENT_ALARM_RAISED:
	case EVENT_ALARM_CLEARED:
		add_figures(t, e);
		break;
	case EVENT_INTERRUPTION:
		text_add(t, ",\"gap_ms\":");
		text_ms(t, e->value);
		break;
	case EVENT_CLOCK_STEP:
		text_add(t, ",\"step_ms\":");
		text_ms(t, e->value);
		break;
	case EVENT_RX_DROPS:
		text_printf(t, ",\"packets\":%lld", (long long)e->value);
		break;
	case EVENT_OVERLOAD:
		text_printf(t, ",\"skipped\":%lld", (long long)e->value);
		break;
	case EVENT_RELOAD:
		text_printf(t,
		    ",\"ok\":%s,\"added\":%u,\"removed\":%u,\"changed\":%u,\"targets\":%u",
		    e->ok ? "true" : "false", e->added, e->removed, e->changed, e->targets);
		break;
	case EVENT_START:
		text_printf(t, ",\"targets\":%u", e->targets);
		break;
	case EVENT_ADDRESS:
	case EVENT_NAME_FAILED:
	case EVENT_SEND_FAILED:
	case EVENT_SEND_RESUMED:
	case EVENT_STUCK_FLOW:
	case EVENT_PAUSED:
	case EVENT_RESUMED:
	case EVENT_KIND_COUNT:
	default:
		break;
	}
}

void
render_json_event(struct text *t, const struct event *e)
{
	char address[ADDR_TEXT_MAX], sentence[RENDER_LINE_MAX];
	struct text s;

	text_printf(t, "{\"id\":%llu,\"at\":", (unsigned long long)e->id);
	text_json_time(t, e->wall_ns);
	json_string(t, "event", event_kind_text((enum event_kind)e->kind));
	text_printf(t, ",\"priority\":%d", event_priority(e));
	if (e->kind == EVENT_GROUP_STATE)
		json_string(t, "group", e->target);
	else
		json_string(t, "target", e->target[0] == '\0' ? NULL : e->target);
	if (e->kind != EVENT_GROUP_STATE && e->target[0] != '\0') {
		json_string(t, "address",
		    e->address.family == 0 ? NULL : addr_format(&e->address, address));
		text_printf(t, ",\"suppressed\":%s", e->suppressed ? "true" : "false");
	}
	add_of_kind(t, e);
	if (e->cause.kind != CAUSE_NONE)
		json_cause_or_null(t, &e->cause);
	json_string(t, "reason", e->reason);
	text_init(&s, sentence, sizeof(sentence));
	render_event_sentence(&s, e);
	json_string(t, "message", sentence);
	text_add(t, "}");
}

void
render_json_gap(struct text *t, uint64_t from_id, uint64_t to_id)
{
	text_printf(t, "{\"event\":\"gap\",\"from_id\":%llu,\"to_id\":%llu,\"lost\":%llu}",
	    (unsigned long long)from_id, (unsigned long long)to_id,
	    (unsigned long long)(to_id - from_id + 1));
}
