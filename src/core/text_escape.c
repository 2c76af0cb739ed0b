/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Strings from outside, made harmless for each notation.
 */
#include <string.h>

#include "core/text.h"

/* Length of the well-formed UTF-8 sequence at s (RFC 3629), 0 when there is none. */
static size_t
utf8_sequence(const unsigned char *s)
{
	size_t len;

	if (s[0] < 0x80)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	len = s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	for (size_t i = 1; i < len; i++) { /* stops at the final NUL */
		if ((s[i] & 0xc0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xf0 && s[1] < 0x90)) /* longer than needed */
		return 0;
	if ((s[0] == 0xed && s[1] >= 0xa0) ||
	    (s[0] == 0xf4 && s[1] >= 0x90)) /* surrogate, above U+10FFFF */
		return 0;
	return len;
}

void
text_json_string(struct text *t, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	if (s == NULL) {
		text_add(t, "null");
		return;
	}
	text_add(t, "\"");
	while (*p != '\0') {
		size_t len = utf8_sequence(p);

		if (len == 0) {
			text_add(t, "\\ufffd");
			p++;
			continue;
		}
		if (*p == '"' || *p == '\\')
			text_printf(t, "\\%c", *p);
		else if (*p == '\n')
			text_add(t, "\\n");
		else if (*p == '\t')
			text_add(t, "\\t");
		else if (*p < 0x20 || *p == 0x7f ||
			 *p == '<') /* '<': harmless inside a script element too */
			text_printf(t, "\\u%04x", *p);
		else
			text_add_bytes(t, (const char *)p, len);
		p += len;
	}
	text_add(t, "\"");
}

void
text_label(struct text *t, const char *s)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p != '\0') {
		size_t len = utf8_sequence(p);

		if (len == 0) {
			text_add(t, "\xef\xbf\xbd"); /* U+FFFD */
			p++;
			continue;
		}
		if (*p == '"' || *p == '\\')
			text_printf(t, "\\%c", *p);
		else if (*p == '\n')
			text_add(t, "\\n");
		else
			text_add_bytes(t, (const char *)p, len);
		p += len;
	}
}

/* Escapes all that could end a line, move a cursor, or pass for one of the characters in also. */
static void
add_escaped(struct text *t, const char *s, const char *also)
{
	const unsigned char *p = (const unsigned char *)s;

	while (*p != '\0') {
		size_t len = utf8_sequence(p);
		bool c1 = len == 2 && p[0] == 0xc2 && p[1] < 0xa0; /* C1 controls */

		if (len == 0 || *p < 0x20 || *p == 0x7f || c1 || strchr(also, *p) != NULL) {
			text_printf(t, "\\x%02x", *p);
			if (c1)
				text_printf(t, "\\x%02x", p[1]);
			p += c1 ? 2 : 1;
			continue;
		}
		text_add_bytes(t, (const char *)p, len);
		p += len;
	}
}

void
text_log_words(struct text *t, const char *s)
{
	add_escaped(t, s, "|");
}

void
text_log_value(struct text *t, const char *s)
{
	bool plain = *s != '\0';

	for (const char *p = s; *p != '\0'; p++) {
		if (!(*p >= 'a' && *p <= 'z') && !(*p >= 'A' && *p <= 'Z') &&
		    !(*p >= '0' && *p <= '9') && strchr("._:-/%@+,", *p) == NULL)
			plain = false;
	}
	if (plain) {
		text_add(t, s);
		return;
	}
	text_add(t, "\"");
	add_escaped(t, s, "|\"\\");
	text_add(t, "\"");
}

bool
text_glob(const char *pattern, const char *s)
{
	const char *star = NULL, *resume = NULL;

	while (*s != '\0') {
		if (*pattern == '*') {
			star = pattern++;
			resume = s;
		} else if (*pattern == '?' || *pattern == *s) {
			pattern++;
			s++;
		} else if (star != NULL) { /* let the last star take one more */
			pattern = star + 1;
			s = ++resume;
		} else
			return false;
	}
	while (*pattern == '*')
		pattern++;
	return *pattern == '\0';
}
