/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Members of JSON objects that several renderers share.
 */
#include "core/icmp.h"
#include "core/outcome.h"
#include "core/render_json_internal.h"

void
json_number(struct text *t, const char *key, uint64_t value)
{
	text_printf(t, ",\"%s\":%llu", key, (unsigned long long)value);
}

void
json_string(struct text *t, const char *key, const char *value)
{
	text_printf(t, ",\"%s\":", key);
	text_json_string(t, value);
}

void
json_time(struct text *t, const char *key, nsec_t wall_ns)
{
	text_printf(t, ",\"%s\":", key);
	text_json_time(t, wall_ns);
}

void
json_ms(struct text *t, const char *key, nsec_t ns)
{
	text_printf(t, ",\"%s\":", key);
	text_json_ms(t, ns);
}

void
json_bool(struct text *t, const char *key, bool value)
{
	text_printf(t, ",\"%s\":%s", key, value ? "true" : "false");
}

void
json_address(struct text *t, const char *key, const struct addr *address)
{
	char buf[ADDR_TEXT_MAX];

	json_string(t, key, address->family == 0 ? NULL : addr_format(address, buf));
}

void
json_totals(struct text *t, const struct totals *s)
{
	text_printf(t, "\"attempts\":%llu", (unsigned long long)s->attempts);
	json_number(t, "sent", s->sent);
	json_number(t, "answered", s->answered);
	json_number(t, "lost", s->lost);
	json_number(t, "late", s->late);
	json_number(t, "stale", s->stale);
	json_number(t, "unreachable", s->unreachable);
	json_number(t, "unmeasured", s->unmeasured);
	json_number(t, "unsent", s->unsent);
	json_number(t, "in_flight", s->in_flight);
	json_number(t, "duplicates", s->duplicates);
	json_number(t, "reordered", s->reordered);
	json_number(t, "corrupt", s->corrupt);
	json_number(t, "foreign", s->foreign);
	json_number(t, "extra", s->extra);
}

void
json_causes(struct text *t, const struct totals *s)
{
	const char *comma = "";

	text_add(t, ",\"causes\":{");
	for (int c = LABEL_NONE + 1; c < LABEL_COUNT; c++) {
		if (s->causes[c] == 0)
			continue;
		text_printf(t, "%s\"%s\":%llu", comma, cause_label_text((enum cause_label)c),
		    (unsigned long long)s->causes[c]);
		comma = ",";
	}
	text_add(t, "}");
}

void
json_cause(struct text *t, const struct cause *cause)
{
	char words[128];
	bool icmp = cause->kind == CAUSE_ICMP;
	uint16_t rfc = icmp ? icmp_error_rfc(cause->family, cause->type, cause->code) : 0;

	text_printf(t, "\"kind\":\"%s\"", cause_kind_text((enum cause_kind)cause->kind));
	if (icmp)
		text_printf(t, ",\"type\":%u,\"code\":%u", cause->type, cause->code);
	else
		text_add(t, ",\"type\":null,\"code\":null");
	json_string(t, "text", cause_text(cause, words, sizeof(words)));
	if (rfc != 0)
		text_printf(t, ",\"rfc\":\"RFC %u\"", rfc);
	else
		text_add(t, ",\"rfc\":null");
	json_address(t, "from", &cause->from);
	if (cause->kind == CAUSE_SEND)
		text_printf(t, ",\"errno\":%d", cause->error);
	else
		text_add(t, ",\"errno\":null");
}

void
json_cause_or_null(struct text *t, const struct cause *cause)
{
	text_add(t, ",\"cause\":");
	if (cause->kind == CAUSE_NONE) {
		text_add(t, "null");
		return;
	}
	text_add(t, "{");
	json_cause(t, cause);
	text_add(t, "}");
}
