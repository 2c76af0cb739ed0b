/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Strings from outside: escapers whose output must be harmless in its notation, and readers whose
 * result is written and read again as the same. Input: what to do (1), room in the buffer (1), the
 * string.
 */
#include <arpa/inet.h>

#include "core/addr.h"
#include "core/condition.h"
#include "core/duration.h"
#include "core/text.h"
#include "fuzz.h"

#define STRING_MAX 400
#define OUT_MAX (6 * STRING_MAX + 3)

typedef void writer(struct text *t, const char *s);

/* RFC 3629, written another way than the one that is tested. */
static bool
is_utf8(const char *string)
{
	const unsigned char *s = (const unsigned char *)string;

	while (*s != '\0') {
		uint32_t point = *s, least = 0;
		int more = 0;

		if (*s >= 0xf0 && *s < 0xf8) {
			more = 3;
			point &= 7;
			least = 0x10000;
		} else if (*s >= 0xe0 && *s < 0xf0) {
			more = 2;
			point &= 15;
			least = 0x800;
		} else if (*s >= 0xc0 && *s < 0xe0) {
			more = 1;
			point &= 31;
			least = 0x80;
		} else if (*s >= 0x80)
			return false;
		for (s++; more > 0; more--, s++) {
			if ((*s & 0xc0) != 0x80)
				return false;
			point = point << 6 | (*s & 63);
		}
		if (point < least || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
			return false;
	}
	return true;
}

static bool
has_control(const char *s, const char *also)
{
	for (; *s != '\0'; s++) {
		if ((unsigned char)*s < 0x20 || *s == 0x7f || strchr(also, *s) != NULL)
			return true;
	}
	return false;
}

/* Writes s twice: with all the room it may need into out, and with little room, which cuts it. */
static void
write_both(writer *write, const char *s, size_t room, char out[static OUT_MAX])
{
	char small[300];
	struct text t;

	text_init(&t, out, OUT_MAX);
	write(&t, s);
	CHECK(!t.overflow && t.len == strlen(out));
	CHECK(is_utf8(out));
	memset(small, 'x', sizeof(small));
	text_init(&t, small, room + 1);
	write(&t, s);
	CHECK(t.len == strlen(small) && t.len <= room);
	CHECK(small[room + 1] == 'x');
	CHECK(t.overflow == (strlen(out) > room));
	CHECK(strncmp(small, out, t.len) == 0);
	CHECK(is_utf8(small));
}

static void
check_log(const char *s, size_t room)
{
	char out[OUT_MAX];
	size_t len;

	write_both(text_log_words, s, room, out);
	CHECK(!has_control(out, "|"));
	write_both(text_log_value, s, room, out);
	CHECK(!has_control(out, "|"));
	len = strlen(out);
	if (out[0] != '"') {
		CHECK(len > 0 && strpbrk(out, " =\"\\") == NULL);
		CHECK(strcmp(out, s) == 0);
		return;
	}
	CHECK(len >= 2 && out[len - 1] == '"');
	out[len - 1] = '\0';
	CHECK(strchr(out + 1, '"') == NULL);
}

static unsigned
hex4(const char *s)
{
	char digits[5] = {s[0], s[1], s[2], s[3], '\0'};

	CHECK(strspn(digits, "0123456789abcdef") == 4);
	return (unsigned)strtoul(digits, NULL, 16);
}

/* The string between the quotation marks, unescaped by RFC 8259. */
static void
json_unescape(const char *out, char *back)
{
	CHECK(*out == '"');
	for (out++; *out != '"'; out++) {
		CHECK(*out != '\0' && (unsigned char)*out >= 0x20);
		if (*out != '\\') {
			*back++ = *out;
			continue;
		}
		out++;
		if (*out == 'u') {
			unsigned point = hex4(out + 1);

			out += 4;
			if (point == 0xfffd) {
				memcpy(back, "\xef\xbf\xbd", 3);
				back += 3;
			} else {
				CHECK(point < 0x80);
				*back++ = (char)point;
			}
		} else {
			CHECK(strchr("\"\\nt", *out) != NULL);
			*back++ = (char)(*out == 'n' ? '\n' : *out == 't' ? '\t' : *out);
		}
	}
	CHECK(out[1] == '\0');
	*back = '\0';
}

static void
check_json(const char *s, size_t room)
{
	char out[OUT_MAX], back[OUT_MAX];

	write_both(text_json_string, s, room, out);
	CHECK(!has_control(out, "<"));
	json_unescape(out, back);
	if (is_utf8(s))
		CHECK(strcmp(back, s) == 0);
}

static void
check_label(const char *s, size_t room)
{
	char out[OUT_MAX], back[OUT_MAX], *b = back;

	write_both(text_label, s, room, out);
	CHECK(strchr(out, '\n') == NULL);
	for (const char *p = out; *p != '\0'; p++) {
		CHECK(*p != '"');
		if (*p == '\\') {
			p++;
			CHECK(strchr("\\\"n", *p) != NULL && *p != '\0');
			*b++ = (char)(*p == 'n' ? '\n' : *p);
		} else
			*b++ = *p;
	}
	*b = '\0';
	if (is_utf8(s))
		CHECK(strcmp(back, s) == 0);
}

static void
check_time(const char *s)
{
	nsec_t ns = 77, again;
	char out[64];
	struct text t;

	if (!text_parse_time(s, &ns)) {
		CHECK(ns == 77);
		return;
	}
	text_init(&t, out, sizeof(out));
	text_time(&t, ns);
	if (ns < 0) /* a zone has moved it before 1970, which is not read */
		return;
	if (text_parse_time(out, &again))
		CHECK(again == ns - ns % NSEC_PER_MSEC);
	else
		CHECK(strncmp(out, "2262", 4) == 0);
}

/* Whether pattern from p on matches s from i on, for all p and i at once. */
static bool
plain_glob(const char *pattern, const char *s)
{
	static bool match[STRING_MAX + 1][STRING_MAX + 1];
	size_t n = strlen(pattern), m = strlen(s);

	for (size_t p = n + 1; p-- > 0;) {
		for (size_t i = m + 1; i-- > 0;) {
			if (p == n)
				match[p][i] = i == m;
			else if (pattern[p] == '*')
				match[p][i] = match[p + 1][i] || (i < m && match[p][i + 1]);
			else
				match[p][i] = i < m && (pattern[p] == '?' || pattern[p] == s[i]) &&
					      match[p + 1][i + 1];
		}
	}
	return match[0][0];
}

static void
check_glob(const char *s)
{
	const char *slash = strchr(s, '/');
	char pattern[STRING_MAX + 1];

	if (slash == NULL)
		return;
	memcpy(pattern, s, (size_t)(slash - s));
	pattern[slash - s] = '\0';
	CHECK(text_glob(pattern, slash + 1) == plain_glob(pattern, slash + 1));
}

static void
check_duration(const char *s)
{
	int64_t value = 77, again;
	uint64_t bytes = 77;
	char out[64];

	if (duration_parse(s, &value)) {
		CHECK(value >= 0 && value <= 36525 * NSEC_PER_DAY);
		CHECK(duration_parse(duration_format(value, out, sizeof(out)), &again));
		CHECK(again == value);
		(void)duration_words(value, out, sizeof(out));
		CHECK(strlen(out) >= 2 && strlen(out) < 12);
		(void)rtt_format_ms(value, out, sizeof(out));
		CHECK(out[strspn(out, "0123456789.")] == '\0');
	} else
		CHECK(value == 77);
	value = 77;
	if (ratio_parse(s, &value)) {
		CHECK(value >= 0 && value <= 1000000);
		CHECK(ratio_parse(ratio_format(value, out, sizeof(out)), &again));
		CHECK(again == value);
	} else
		CHECK(value == 77);
	if (bytes_parse(s, &bytes))
		CHECK(bytes <= UINT64_C(1) << 62);
	else
		CHECK(bytes == 77);
}

static void
check_condition(const char *s, size_t room)
{
	struct condition c, again;
	char why[300], out[128];

	memset(why, 'x', sizeof(why));
	memset(&c, 0xa5, sizeof(c));
	again = c;
	if (!condition_parse(s, &c, why, room + 1)) {
		CHECK(memcmp(&c, &again, sizeof(c)) == 0);
		CHECK(memchr(why, '\0', room + 1) != NULL && why[room + 1] == 'x');
		CHECK(room == 0 || why[0] != '\0');
		return;
	}
	CHECK(c.metric < CONDITION_METRIC_COUNT && c.op <= CONDITION_EQ);
	CHECK((c.span_probes > 0) != (c.span_ns > 0));
	CHECK(condition_span_samples(&c, 10 * NSEC_PER_MSEC) > 0);
	CHECK(condition_parse(condition_format(&c, out, sizeof(out)), &again, why, sizeof(why)));
	CHECK(memcmp(&c, &again, sizeof(c)) == 0);
}

static void
check_addr(const char *s)
{
	struct addr a, again;
	uint8_t theirs[16];
	char text[ADDR_TEXT_MAX];
	bool ours = addr_parse(s, &a);

	if (strchr(s, '%') == NULL) { /* the C library is the second opinion */
		bool six = strchr(s, ':') != NULL;

		CHECK(ours == (inet_pton(six ? AF_INET6 : AF_INET, s, theirs) == 1));
		CHECK(!ours || memcmp(a.bytes, theirs, six ? 16 : 4) == 0);
	}
	if (!ours)
		return;
	CHECK(addr_parse(addr_format(&a, text), &again));
	CHECK(addr_equal(&a, &again));
	CHECK(a.scope == 0 || addr_is_link_local(&a) || addr_classify(&a) == ADDR_MULTICAST);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t what = (uint8_t)take(&in, 1);
	size_t room = (size_t)take(&in, 1);
	char s[STRING_MAX + 1];
	size_t len = in.left < STRING_MAX ? in.left : STRING_MAX;

	memcpy(s, in.bytes, len);
	s[len] = '\0';
	switch (what % 8) {
	case 0:
		check_log(s, room);
		break;
	case 1:
		check_json(s, room);
		break;
	case 2:
		check_label(s, room);
		break;
	case 3:
		check_time(s);
		break;
	case 4:
		check_glob(s);
		break;
	case 5:
		check_duration(s);
		break;
	case 6:
		check_condition(s, room);
		break;
	default:
		check_addr(s);
		break;
	}
	return 0;
}
