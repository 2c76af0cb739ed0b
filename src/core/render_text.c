/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Sentences, fields and lines of events. Summaries are in render_summary.c.
 */
#include <string.h>

#include "core/duration.h"
#include "core/render_text.h"

/* Drawn once at random; the journal catalog refers to them. */
static const char *const message_ids[] = {
    [EVENT_STATE] = "f87ffaedb5ad9f40bb6ade68176dab29",
    [EVENT_ALARM_RAISED] = "a2eceda99bb9367aca240c71c7e9d323",
    [EVENT_ALARM_CLEARED] = "628846c1d7f3e7397ce597e91daea199",
    [EVENT_GROUP_STATE] = "0c177e426b2aeea34a70d80e69198f84",
    [EVENT_ADDRESS] = "225a6be55eab066c83707cba2cbe395f",
    [EVENT_NAME_FAILED] = "a402f6304e4b9c18d98cdcf06d1f9a23",
    [EVENT_SEND_FAILED] = "00c0cd3c52ef24b8d19cdf30427a4519",
    [EVENT_SEND_RESUMED] = "3b9aa202eec6938f6b71f5e10f397aac",
    [EVENT_INTERRUPTION] = "bb13ce2f892b7ae3c2f15b22aa8f33dc",
    [EVENT_RX_DROPS] = "f56e26ea3c3df75f3dd9838949b1a2a7",
    [EVENT_CLOCK_STEP] = "2742ccbb4588cd28dcbd8e70f575ffc7",
    [EVENT_OVERLOAD] = "b55f959d28173a3c2624959afea92097",
    [EVENT_STUCK_FLOW] = "265f221052b6f608f6b56d0949e928dc",
    [EVENT_PAUSED] = "684fbfc49f7715add1e1c515e1925c04",
    [EVENT_RESUMED] = "18446b5ff63f0e3780868075378cfc38",
    [EVENT_RELOAD] = "857e7b332430af650ef7abea03ddee9a",
    [EVENT_START] = "826c8b0d30c19286a6c4063ed70ffa55",
};

const char *
render_message_id(enum event_kind kind)
{
	return (unsigned)kind < EVENT_KIND_COUNT ? message_ids[kind] : message_ids[EVENT_STATE];
}

char *
render_journal_key(const char *key, char buf[static RENDER_KEY_MAX])
{
	size_t n = 8;

	memcpy(buf, "ICMPMON_", n);
	for (; *key != '\0' && n < RENDER_KEY_MAX - 1; key++)
		buf[n++] = *key >= 'a' && *key <= 'z' ? (char)(*key - 'a' + 'A') : *key;
	buf[n] = '\0';
	return buf;
}

static const char *
loud(enum state state)
{
	static const char *const words[] = {
	    [STATE_UNKNOWN] = "UNKNOWN",
	    [STATE_UP] = "UP",
	    [STATE_DEGRADED] = "DEGRADED",
	    [STATE_DOWN] = "DOWN",
	    [STATE_PAUSED] = "PAUSED",
	};

	return (unsigned)state < STATE_COUNT ? words[state] : "?";
}

/* "isp-gw (192.0.2.1)", without the address where it is the name. */
static void
add_subject(struct text *t, const struct event *e)
{
	char address[ADDR_TEXT_MAX];

	text_log_words(t, e->target);
	if (e->address.family != 0 && strcmp(addr_format(&e->address, address), e->target) != 0)
		text_printf(t, " (%s)", address);
}

static bool
is_return_to_up(const struct event *e)
{
	return e->state == STATE_UP && (e->prev == STATE_DOWN || e->prev == STATE_DEGRADED);
}

static void
add_state_sentence(struct text *t, const struct event *e)
{
	const char *reason = e->reason;
	char age[48];

	if (e->kind == EVENT_GROUP_STATE) {
		text_add(t, "group ");
		text_log_words(t, e->target);
	} else
		add_subject(t, e);
	text_printf(t, " %s", loud((enum state)e->state));
	if (is_return_to_up(e))
		text_printf(t, " again after %s", duration_words(e->prev_ns, age, sizeof(age)));
	if (e->suppressed)
		text_add(t, " behind its parent, which is down");
	if (e->state == STATE_PAUSED && strncmp(reason, "paused", 6) == 0)
		reason += strncmp(reason, "paused: ", 8) == 0 ? 8 : 6;
	if (*reason != '\0') {
		text_add(t, ": ");
		text_log_words(t, reason);
	}
}

static void
add_reload_sentence(struct text *t, const struct event *e)
{
	if (!e->ok) {
		text_add(t, "configuration refused, the running one stays: ");
		text_log_words(t, e->reason);
		return;
	}
	text_printf(t, "configuration loaded: %u target%s (%u added, %u removed, %u changed)",
	    e->targets, e->targets == 1 ? "" : "s", e->added, e->removed, e->changed);
}

static void
add_phrase(struct text *t, const struct event *e, const char *between)
{
	add_subject(t, e);
	text_add(t, between);
	text_log_words(t, e->reason);
}

void
render_event_sentence(struct text *t, const struct event *e)
{
	switch ((enum event_kind)e->kind) {
	case EVENT_STATE:
	case EVENT_GROUP_STATE:
		add_state_sentence(t, e);
		break;
	case EVENT_ALARM_RAISED:
	case EVENT_ALARM_CLEARED:
		add_subject(t, e);
		text_add(t, " alarm ");
		text_log_words(t, e->alarm);
		text_add(t, e->kind == EVENT_ALARM_RAISED ? " raised: " : " cleared: ");
		text_log_words(t, e->reason);
		break;
	case EVENT_NAME_FAILED:
		text_log_words(t, e->target);
		text_add(t, ": the name did not resolve: ");
		text_log_words(t, e->reason);
		break;
	case EVENT_SEND_FAILED:
		add_phrase(t, e, ": cannot send: ");
		break;
	case EVENT_SEND_RESUMED:
		add_subject(t, e);
		text_add(t, ": sending again");
		break;
	case EVENT_STUCK_FLOW:
		add_phrase(t, e, ": stuck flow: ");
		break;
	case EVENT_ADDRESS: /* the reason names the address */
		text_log_words(t, e->target);
		text_add(t, ": ");
		text_log_words(t, e->reason);
		break;
	case EVENT_PAUSED:
	case EVENT_RESUMED:
		add_phrase(t, e, " ");
		break;
	case EVENT_RELOAD:
		add_reload_sentence(t, e);
		break;
	case EVENT_START:
		text_printf(t, "started with %u target%s", e->targets, e->targets == 1 ? "" : "s");
		break;
	case EVENT_INTERRUPTION:
	case EVENT_RX_DROPS:
	case EVENT_CLOCK_STEP:
	case EVENT_OVERLOAD:
	case EVENT_KIND_COUNT:
	default:
		text_log_words(t, e->reason);
		break;
	}
}

int
render_event_line(const struct event *e, char *buf, size_t bytes)
{
	struct render_field fields[RENDER_FIELDS_MAX];
	char values[RENDER_FIELDS_BYTES];
	struct text t, store;
	uint32_t n;

	text_init(&t, buf, bytes);
	text_init(&store, values, sizeof(values));
	render_event_sentence(&t, e);
	text_add(&t, " |");
	n = render_event_fields(e, &store, fields);
	for (uint32_t i = 0; i < n; i++) {
		if (fields[i].journal_only)
			continue;
		text_printf(&t, " %s=", fields[i].key);
		text_log_value(&t, fields[i].value);
	}
	return (int)t.len;
}
