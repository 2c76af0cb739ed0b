/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A line in the words of each reader. It refuses to know how it gets there. Sources: RFC 3164 and
 * glibc's syslog(3), systemd's JOURNAL_NATIVE_PROTOCOL, sd-daemon(3).
 */
#include <assert.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "shell/log_internal.h"

#define FACILITY_DAEMON 3
/* The journal's frame around a value: key, "=" or newline and length, newline. */
#define FIELD_FRAME_BYTES (RENDER_KEY_MAX + 10)
#define HEAD_BYTES 256 /* the fields that every line has, MESSAGE's value not counted */

static_assert(RENDER_LINE_MAX <= LOG_LINE_MAX, "any line of the core fits");
static_assert(
    LOG_LINE_MAX + RENDER_FIELDS_BYTES + RENDER_FIELDS_MAX * FIELD_FRAME_BYTES + HEAD_BYTES <
	LOG_MESSAGE_MAX,
    "any line fits with all its fields");

/* English and without zone, whatever the locale: readers parse it. */
static void
add_stamp(struct text *t, nsec_t wall_ns)
{
	static const char months[12][4] = {
	    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL)
		tm = (struct tm){.tm_mday = 1}; /* a year that int does not hold */
	text_printf(t, "%s %2d %02d:%02d:%02d ", months[tm.tm_mon], tm.tm_mday, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}

size_t
log_form_syslog(const struct log_line *line, nsec_t wall_ns, pid_t pid,
    char ret_message[static LOG_MESSAGE_MAX])
{
	struct text t;

	text_init(&t, ret_message, LOG_MESSAGE_MAX);
	text_printf(&t, "<%d>", FACILITY_DAEMON << 3 | line->priority);
	add_stamp(&t, wall_ns);
	text_printf(&t, LOG_TAG "[%d]: %s", (int)pid, line->text);
	return t.len;
}

/* KEY=VALUE, or where the value has a newline: KEY, newline, length in 64 bits little-endian,
 * value; then a newline. */
static void
add_field(struct text *t, const char *key, const char *value)
{
	size_t before = t->len, bytes = strlen(value);

	text_add(t, key);
	if (strchr(value, '\n') == NULL)
		text_add(t, "=");
	else {
		text_add(t, "\n");
		for (unsigned shift = 0; shift < 64; shift += 8) {
			char byte = (char)((uint64_t)bytes >> shift & 0xff);

			text_add_bytes(t, &byte, 1);
		}
	}
	text_add_bytes(t, value, bytes);
	text_add(t, "\n");
	if (t->overflow)
		text_rewind(t, before);
}

size_t
log_form_journal(const struct log_line *line, char ret_message[static LOG_MESSAGE_MAX])
{
	char key[RENDER_KEY_MAX];
	struct text t;

	text_init(&t, ret_message, LOG_MESSAGE_MAX);
	add_field(&t, "MESSAGE", line->text);
	text_printf(&t, "PRIORITY=%d\nSYSLOG_FACILITY=%d\nSYSLOG_IDENTIFIER=" LOG_TAG "\n",
	    line->priority, FACILITY_DAEMON);
	if (line->message_id != NULL)
		add_field(&t, "MESSAGE_ID", line->message_id);
	for (size_t i = 0; i < line->fields_n; i++)
		add_field(&t, render_journal_key(line->fields[i].key, key), line->fields[i].value);
	return t.len;
}

size_t
log_form_plain(const struct log_line *line, nsec_t wall_ns, bool terminal,
    char ret_message[static LOG_MESSAGE_MAX])
{
	struct text t;

	text_init(&t, ret_message, LOG_MESSAGE_MAX);
	if (terminal)
		add_stamp(&t, wall_ns);
	else
		text_printf(&t, "<%d>", line->priority);
	text_printf(&t, "%s\n", line->text);
	return t.len;
}

size_t
log_split_facts(char *facts, struct render_field ret_fields[static RENDER_FIELDS_MAX])
{
	size_t n = 0;
	char *next = facts;

	while (next != NULL && n < RENDER_FIELDS_MAX) {
		char *key = strsep(&next, " ");
		char *value = strchr(key, '=');

		if (value == NULL || value[1] == '"')
			break;
		*value++ = '\0';
		ret_fields[n++] = (struct render_field){.key = key, .value = value};
	}
	return n;
}
