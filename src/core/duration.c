/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/duration.h.
 */
#include "core/duration.h"

#include <stdio.h>
#include <string.h>

#include "core/text.h"

#define DURATION_MAX_DAYS 36525
#define FRACTION_DIGITS_MAX 9

struct unit {
	const char *text;
	int64_t size;
};

static const struct unit durations[] = {
    {"d", NSEC_PER_DAY},
    {"h", NSEC_PER_HOUR},
    {"m", NSEC_PER_MIN},
    {"s", NSEC_PER_SEC},
    {"ms", NSEC_PER_MSEC},
    {"us", NSEC_PER_USEC},
};
static const struct unit sizes[] = {{"B", 1}, {"KiB", 1024}, {"MiB", 1048576}, {"GiB", 1073741824}};
static const struct unit shares[] = {{"%", 10000}}; /* parts per million */

#define N(table) (sizeof(table) / sizeof((table)[0]))

/* Digits with at most nine of them behind a point: value * 10^-scale. */
static const char *
number(const char *text, uint64_t *ret_value, int *ret_scale)
{
	uint64_t value = 0;
	int digits = 0, scale = -1;

	for (; (*text >= '0' && *text <= '9') || (*text == '.' && scale < 0 && digits > 0);
	     text++) {
		if (*text == '.') {
			scale = 0;
			continue;
		}
		if (value > (UINT64_MAX - 9) / 10 || (scale >= 0 && ++scale > FRACTION_DIGITS_MAX))
			return NULL;
		value = value * 10 + (uint64_t)(*text - '0');
		digits++;
	}
	if (digits == 0 || scale == 0)
		return NULL;
	*ret_value = value;
	*ret_scale = scale < 0 ? 0 : scale;
	return text;
}

static bool
parse(const char *text, const struct unit units[], size_t n, int64_t max, int64_t *ret)
{
	uint64_t value;
	int scale;
	const char *unit = number(text, &value, &scale);

	if (unit == NULL)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 product;

		if (strcmp(unit, units[i].text) != 0)
			continue;
		product = (unsigned __int128)value * (uint64_t)units[i].size;
		for (; scale > 0; scale--) {
			if (product % 10 != 0)
				return false; /* finer than the smallest unit */
			product /= 10;
		}
		if (product > (unsigned __int128)max)
			return false;
		*ret = (int64_t)product;
		return true;
	}
	return false;
}

bool
duration_parse(const char *text, nsec_t *ret_ns)
{
	return parse(text, durations, N(durations), DURATION_MAX_DAYS * NSEC_PER_DAY, ret_ns);
}

bool
bytes_parse(const char *text, uint64_t *ret_bytes)
{
	int64_t bytes;

	if (strchr(text, '.') != NULL || !parse(text, sizes, N(sizes), INT64_C(1) << 62, &bytes))
		return false;
	*ret_bytes = (uint64_t)bytes;
	return true;
}

bool
ratio_parse(const char *text, int64_t *ret_ppm)
{
	return parse(text, shares, N(shares), 1000000, ret_ppm);
}

/* value / 10^places and a unit. */
static char *
format(int64_t value, int places, const char *unit, char *text, size_t text_bytes)
{
	struct text t;

	text_init(&t, text, text_bytes);
	text_decimal(&t, value, places);
	text_add(&t, unit);
	return text;
}

char *
ratio_format(int64_t ppm, char *text, size_t text_bytes)
{
	return format(ppm, 4, "%", text, text_bytes);
}

char *
duration_format(nsec_t duration_ns, char *text, size_t text_bytes)
{
	if (duration_ns == 0)
		return format(0, 0, "s", text, text_bytes);
	for (size_t i = 0; i < N(durations); i++) {
		if (duration_ns % durations[i].size == 0)
			return format(duration_ns / durations[i].size, 0, durations[i].text, text,
			    text_bytes);
	}
	return format(duration_ns, 3, "us", text, text_bytes);
}

char *
duration_words(nsec_t duration_ns, char *text, size_t text_bytes)
{
	if (duration_ns < 10 * NSEC_PER_SEC && duration_ns % NSEC_PER_SEC != 0) {
		int64_t tenths = (duration_ns + NSEC_PER_SEC / 20) / (NSEC_PER_SEC / 10);

		if (tenths >= 100)
			return format(10, 0, "s", text, text_bytes);
		(void)snprintf(text, text_bytes, "%lld.%llds", (long long)(tenths / 10),
		    (long long)(tenths % 10));
		return text;
	}
	for (size_t i = 0; i < 3; i++) {
		int64_t whole = duration_ns / durations[i].size;
		int64_t rest = duration_ns % durations[i].size / durations[i + 1].size;

		if (whole == 0)
			continue;
		if (rest == 0)
			return format(whole, 0, durations[i].text, text, text_bytes);
		(void)snprintf(text, text_bytes, "%lld%s%lld%s", (long long)whole,
		    durations[i].text, (long long)rest, durations[i + 1].text);
		return text;
	}
	return format(duration_ns / NSEC_PER_SEC, 0, "s", text, text_bytes);
}

char *
rtt_format_ms(nsec_t rtt_ns, char *text, size_t text_bytes)
{
	static const struct {
		nsec_t below_ns, step_ns;
	} steps[] = {{999500, NSEC_PER_USEC}, {9995000, 10 * NSEC_PER_USEC},
	    {99950000, 100 * NSEC_PER_USEC}};

	for (int i = 0; i < (int)N(steps); i++) {
		if (rtt_ns < steps[i].below_ns)
			return format((rtt_ns + steps[i].step_ns / 2) / steps[i].step_ns, 3 - i, "",
			    text, text_bytes);
	}
	return format(rtt_ns / NSEC_PER_MSEC + (rtt_ns % NSEC_PER_MSEC >= NSEC_PER_MSEC / 2), 0, "",
	    text, text_bytes);
}
