/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Log lines: a sentence, " | ", then key=value with units in the keys; the same facts as fields for
 * the journal. Whatever came from outside is escaped, so that no name can forge a line or a field.
 * It refuses to know syslog.
 */
#ifndef ICMPMON_CORE_RENDER_TEXT_H
#define ICMPMON_CORE_RENDER_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/event.h"
#include "core/report.h"
#include "core/text.h"
#include "core/units.h"

#define RENDER_LINE_MAX 1024 /* bytes that hold any line without escapes, NUL included */
#define RENDER_FIELDS_MAX 24
#define RENDER_FIELDS_BYTES 1024 /* of store for render_event_fields */
#define RENDER_KEY_MAX 40
#define RENDER_MESSAGE_ID_SUMMARY "5f0d3c1b7a9e4d62b8f41c0e6a27d953"

struct render_field {
	const char *key; /* "target", "prev_s" */
	const char *value; /* unescaped, in the store */
	bool journal_only; /* not in the line, where the sentence says it already */
};

/* The sentence alone. */
void render_event_sentence(struct text *t, const struct event *e);

/* The facts of an event in order; store keeps the values. Returns how many. For EVENT_RELOAD
 * e->value is how long the reload took in ns, 0: not known. */
uint32_t render_event_fields(const struct event *e, struct text *store,
    struct render_field fields[static RENDER_FIELDS_MAX]);

/* The whole line without priority and newline. Returns its length, always below bytes; what does
 * not fit is cut off. */
int render_event_line(const struct event *e, char *buf, size_t bytes);

/* "ICMPMON_TARGET" of "target". Returns buf. */
char *render_journal_key(const char *key, char buf[static RENDER_KEY_MAX]);

/* The fixed MESSAGE_ID of a kind, 32 hexadecimal digits (journal catalog). */
const char *render_message_id(enum event_kind kind);

/* "isp-gw 5m: 600 sent, 0.0% loss, ..." of the first window of the report. Returns the length. */
int render_summary_line(const struct report *r, char *buf, size_t bytes);

/* One line for a whole group: its states, and its probes since the last summary (now minus before).
 * Returns the length. */
int render_group_summary_line(const struct report_group *g, const struct totals *before,
    nsec_t window_ns, char *buf, size_t bytes);

#endif
