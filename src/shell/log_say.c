/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What is said: events, summaries and sentences, made into lines. It refuses to know who reads
 * them.
 */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "shell/log_internal.h"

void
log_event(const struct event *event)
{
	struct render_field fields[RENDER_FIELDS_MAX];
	char text[LOG_LINE_MAX], values[RENDER_FIELDS_BYTES];
	struct log_line line = {.text = text, .fields = fields};
	struct text store;
	int saved_errno = errno;

	line.priority = (enum log_priority)event_priority(event);
	if (log_admit(line.priority)) {
		(void)render_event_line(event, text, sizeof(text));
		text_init(&store, values, sizeof(values));
		line.fields_n = render_event_fields(event, &store, fields);
		line.message_id = render_message_id((enum event_kind)event->kind);
		log_put(&line);
	}
	errno = saved_errno;
}

void
log_summary(const char *text)
{
	struct render_field fields[RENDER_FIELDS_MAX];
	char facts[LOG_LINE_MAX] = "";
	const char *bar = strstr(text, " | ");
	struct log_line line = {.priority = LOG_PRIORITY_INFO,
	    .text = text,
	    .message_id = RENDER_MESSAGE_ID_SUMMARY,
	    .fields = fields};
	int saved_errno = errno;

	if (log_admit(line.priority)) {
		if (bar != NULL)
			(void)snprintf(facts, sizeof(facts), "%s", bar + strlen(" | "));
		line.fields_n = log_split_facts(facts, fields);
		log_put(&line);
	}
	errno = saved_errno;
}

/* What is too long ends in "...", and never within a character. */
static void
mark_cut(struct text *t)
{
	size_t len = t->len - strlen("...");

	while (len > 0 && ((unsigned char)t->buf[len] & 0xc0) == 0x80)
		len--;
	text_rewind(t, len);
	text_add(t, "...");
}

__attribute__((format(printf, 3, 0))) static void
say(enum log_priority priority, bool with_errno, const char *format, va_list args)
{
	char raw[LOG_LINE_MAX + 4]; /* cut within a character only where text has ended before */
	char text[LOG_LINE_MAX];
	struct log_line line = {.priority = priority, .text = text};
	int saved_errno = errno;
	struct text t;

	if (log_admit(priority)) {
		(void)vsnprintf(raw, sizeof(raw), format, args);
		text_init(&t, text, sizeof(text));
		text_log_words(&t, raw);
		if (with_errno) {
			text_add(&t, ": ");
			text_add(&t, strerror(saved_errno));
		}
		if (t.overflow)
			mark_cut(&t);
		log_put(&line);
	}
	errno = saved_errno;
}

#define SAY(priority, with_errno)                            \
	do {                                                 \
		va_list args;                                \
		va_start(args, format);                      \
		say((priority), (with_errno), format, args); \
		va_end(args);                                \
	} while (0)

void
log_debug(const char *format, ...)
{
	SAY(LOG_PRIORITY_DEBUG, false);
}

void
log_info(const char *format, ...)
{
	SAY(LOG_PRIORITY_INFO, false);
}

void
log_notice(const char *format, ...)
{
	SAY(LOG_PRIORITY_NOTICE, false);
}

void
log_warnx(const char *format, ...)
{
	SAY(LOG_PRIORITY_WARNING, false);
}

void
log_warn(const char *format, ...)
{
	SAY(LOG_PRIORITY_WARNING, true);
}

void
log_errx(const char *format, ...)
{
	SAY(LOG_PRIORITY_ERROR, false);
}
