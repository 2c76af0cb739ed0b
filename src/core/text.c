/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The bounded buffer and the numbers in it. Escaping is in text_escape.c.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"

void
text_init(struct text *t, char *buf, size_t cap)
{
	t->buf = buf;
	t->cap = cap;
	t->len = 0;
	t->overflow = false;
	buf[0] = '\0';
}

void
text_rewind(struct text *t, size_t len)
{
	t->len = len;
	t->buf[len] = '\0';
	t->overflow = false;
}

void
text_add_bytes(struct text *t, const char *s, size_t len)
{
	size_t room = t->cap - 1 - t->len;

	if (t->overflow)
		return;
	if (len > room) {
		len = room;
		while (len > 0 && ((unsigned char)s[len] & 0xc0) == 0x80) /* within a character */
			len--;
		t->overflow = true;
	}
	memcpy(t->buf + t->len, s, len);
	t->len += len;
	t->buf[t->len] = '\0';
}

void
text_add(struct text *t, const char *s)
{
	text_add_bytes(t, s, strlen(s));
}

void
text_printf(struct text *t, const char *format, ...)
{
	size_t room = t->cap - t->len;
	va_list args;
	int n;

	if (t->overflow)
		return;
	va_start(args, format);
	n = vsnprintf(t->buf + t->len, room, format, args);
	va_end(args);
	if (n < 0) {
		t->buf[t->len] = '\0';
		t->overflow = true;
	} else if ((size_t)n >= room) {
		t->len = t->cap - 1;
		t->overflow = true;
	} else
		t->len += (size_t)n;
}

void
text_decimal(struct text *t, int64_t value, int places)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t unit = 1, fraction;

	for (int i = 0; i < places; i++)
		unit *= 10;
	fraction = magnitude % unit;
	text_printf(t, "%s%llu", value < 0 ? "-" : "", (unsigned long long)(magnitude / unit));
	if (fraction == 0)
		return;
	while (fraction % 10 == 0) {
		fraction /= 10;
		places--;
	}
	text_printf(t, ".%0*llu", places, (unsigned long long)fraction);
}

void
text_ms(struct text *t, nsec_t ns)
{
	text_decimal(t, ns, 6);
}

void
text_json_ms(struct text *t, nsec_t ns)
{
	if (ns < 0)
		text_add(t, "null");
	else
		text_ms(t, ns);
}

void
text_ms_short(struct text *t, nsec_t ns)
{
	uint64_t magnitude = ns < 0 ? 0 - (uint64_t)ns : (uint64_t)ns;
	int places = magnitude >= 10 * NSEC_PER_MSEC ? 1 : magnitude >= NSEC_PER_MSEC ? 2 : 3;
	uint64_t step = places == 1 ? 100000 : places == 2 ? 10000 : 1000; /* ns */
	int64_t rounded = (int64_t)((magnitude + step / 2) / step);

	text_decimal(t, ns < 0 ? -rounded : rounded, places);
}

void
text_seconds(struct text *t, nsec_t ns)
{
	text_decimal(t, ns, 9);
}

void
text_ratio(struct text *t, int64_t ppm)
{
	text_decimal(t, ppm, 6);
}

void
text_percent(struct text *t, int64_t ppm)
{
	int64_t tenths = (ppm + 500) / 1000;

	if (ppm == 1000000)
		text_add(t, "100%");
	else if (ppm > 0 && tenths == 0)
		text_add(t, "<0.1%");
	else if (ppm < 1000000 && tenths == 1000)
		text_add(t, ">99.9%");
	else
		text_printf(t, "%lld.%lld%%", (long long)(tenths / 10), (long long)(tenths % 10));
}

/* Days since 1970 to a civil date and back, for years from 1: the year begins in March, an era has
 * 400 years of 146,097 days. */
static void
civil_from_days(int64_t days, unsigned *ret_year, unsigned *ret_month, unsigned *ret_day)
{
	unsigned shifted = (unsigned)(days + 719468); /* since 0000-03-01 */
	unsigned era = shifted / 146097, day_of_era = shifted % 146097;
	unsigned year =
	    (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	unsigned day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
	unsigned month = (5 * day_of_year + 2) / 153;

	*ret_day = day_of_year - (153 * month + 2) / 5 + 1;
	*ret_month = month < 10 ? month + 3 : month - 9;
	*ret_year = year + era * 400 + (*ret_month <= 2);
}

static int64_t
days_from_civil(unsigned year, unsigned month, unsigned day)
{
	unsigned y = year - (month <= 2);
	unsigned era = y / 400, year_of_era = y % 400;
	unsigned day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;

	return (int64_t)era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
	       day_of_year - 719468;
}

void
text_time(struct text *t, nsec_t wall_ns)
{
	int64_t seconds = wall_ns / NSEC_PER_SEC, rest = wall_ns % NSEC_PER_SEC, days;
	unsigned year, month, day, of_day;

	if (rest < 0) {
		rest += NSEC_PER_SEC;
		seconds--;
	}
	days = (seconds >= 0 ? seconds : seconds - 86399) / 86400;
	of_day = (unsigned)(seconds - days * 86400);
	civil_from_days(days, &year, &month, &day);
	text_printf(t, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ", year, month, day, of_day / 3600,
	    of_day / 60 % 60, of_day % 60, (unsigned)(rest / NSEC_PER_MSEC));
}

void
text_json_time(struct text *t, nsec_t wall_ns)
{
	if (wall_ns == 0) {
		text_add(t, "null");
		return;
	}
	text_add(t, "\"");
	text_time(t, wall_ns);
	text_add(t, "\"");
}

/* Exactly n digits; -1 when they are not there. */
static int
digits(const char **s, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++, (*s)++) {
		if (**s < '0' || **s > '9')
			return -1;
		value = value * 10 + (**s - '0');
	}
	return value;
}

static bool
skip(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

static bool
parse_fraction(const char **s, int64_t *ret_ns)
{
	int64_t ns = 0, place = NSEC_PER_SEC / 10;
	int n = 0;

	for (; **s >= '0' && **s <= '9'; (*s)++, n++) {
		ns += place * (**s - '0');
		place /= 10;
	}
	*ret_ns = ns;
	return n > 0 && n <= 18;
}

static bool
parse_zone(const char **s, int64_t *ret_offset_s)
{
	int sign = **s == '-' ? -1 : 1, hours, minutes;

	*ret_offset_s = 0;
	if (**s == 'Z' || **s == 'z') {
		(*s)++;
		return true;
	}
	if (**s != '+' && **s != '-')
		return false;
	(*s)++;
	hours = digits(s, 2);
	if (hours < 0 || hours > 23 || !skip(s, ':'))
		return false;
	minutes = digits(s, 2);
	if (minutes < 0 || minutes > 59)
		return false;
	*ret_offset_s = sign * (hours * 3600 + minutes * 60);
	return true;
}

bool
text_parse_time(const char *s, nsec_t *ret_wall_ns)
{
	static const int month_days[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, hour, minute, second;
	int64_t fraction = 0, offset;

	year = digits(&s, 4);
	if (year < 1970 || year > 2261 || !skip(&s, '-'))
		return false;
	month = digits(&s, 2);
	if (month < 1 || month > 12 || !skip(&s, '-'))
		return false;
	day = digits(&s, 2);
	if (day < 1 || day > month_days[month - 1] || (*s != 'T' && *s != 't'))
		return false;
	if (month == 2 && day == 29 && (year % 4 != 0 || (year % 100 == 0 && year % 400 != 0)))
		return false;
	s++;
	hour = digits(&s, 2);
	if (hour < 0 || hour > 23 || !skip(&s, ':'))
		return false;
	minute = digits(&s, 2);
	if (minute < 0 || minute > 59 || !skip(&s, ':'))
		return false;
	second = digits(&s, 2); /* 60: a leap second is the next one */
	if (second < 0 || second > 60 || (skip(&s, '.') && !parse_fraction(&s, &fraction)) ||
	    !parse_zone(&s, &offset) || *s != '\0')
		return false;
	*ret_wall_ns =
	    ((days_from_civil((unsigned)year, (unsigned)month, (unsigned)day) * 24 + hour) * 60 +
		minute) *
		NSEC_PER_MIN +
	    (second - offset) * NSEC_PER_SEC + fraction;
	return true;
}
