/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/human.h.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "core/duration.h"
#include "core/text.h"
#include "ctl/human.h"

/* In "2026-11-23 10:41:07". */
#define DATE_CHARS 19
#define MINUTE_CHARS 16
#define CLOCK_AT 11

char *
human_rtt(nsec_t rtt_ns, char buf[static HUMAN_BYTES])
{
	double ms = (double)rtt_ns / 1e6;

	if (rtt_ns < 0)
		(void)snprintf(buf, HUMAN_BYTES, "-");
	else if (ms >= 99950)
		(void)snprintf(buf, HUMAN_BYTES, "%.0f s", ms / 1e3);
	else if (ms >= 999.5)
		(void)snprintf(buf, HUMAN_BYTES, "%.1f s", ms / 1e3);
	else if (ms >= 99.95)
		(void)snprintf(buf, HUMAN_BYTES, "%.0f ms", ms);
	else if (ms >= 0.995)
		(void)snprintf(buf, HUMAN_BYTES, "%.1f ms", ms);
	else if (ms >= 0.0995)
		(void)snprintf(buf, HUMAN_BYTES, "%.2f ms", ms);
	else if (ms >= 0.001 || rtt_ns == 0)
		(void)snprintf(buf, HUMAN_BYTES, rtt_ns == 0 ? "%.0f ms" : "%.3f ms", ms);
	else
		(void)snprintf(buf, HUMAN_BYTES, "<0.001 ms");
	return buf;
}

char *
human_percent(int64_t ppm, char buf[static HUMAN_BYTES])
{
	struct text t;

	text_init(&t, buf, HUMAN_BYTES);
	if (ppm < 0) {
		text_add(&t, "-");
		return buf;
	}
	text_percent(&t, ppm);
	text_rewind(&t, t.len - 1); /* its sign */
	text_add(&t, " %");
	return buf;
}

int64_t
human_loss_ppm(int64_t answered, int64_t lost)
{
	double share;
	int64_t ppm;

	if (answered < 0 || lost < 0 || answered + lost == 0)
		return -1;
	share = (double)lost / ((double)answered + (double)lost);
	ppm = (int64_t)(share * 1e6 + 0.5);
	if (ppm == 0 && lost > 0)
		return 1;
	if (ppm == 1000000 && answered > 0)
		return 999999;
	return ppm;
}

char *
human_count(int64_t count, char buf[static HUMAN_BYTES])
{
	char digits[24];
	size_t n, at = 0;

	(void)snprintf(digits, sizeof(digits), "%lld", (long long)(count < 0 ? 0 : count));
	n = strlen(digits);
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && (n - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	buf[at] = '\0';
	return buf;
}

char *
human_rate(double per_s, char buf[static HUMAN_BYTES])
{
	int64_t tenths = per_s > 0 && per_s < 1e12 ? (int64_t)(per_s * 10 + 0.5) : 0;
	struct text t;
	char whole[HUMAN_BYTES];

	text_init(&t, buf, HUMAN_BYTES);
	if (per_s > 0 && tenths == 0)
		text_add(&t, "<0.1");
	else if (tenths % 10 == 0)
		text_add(&t, human_count(tenths / 10, whole));
	else
		text_printf(&t, "%s.%d", human_count(tenths / 10, whole), (int)(tenths % 10));
	return buf;
}

char *
human_age(nsec_t age_ns, char buf[static HUMAN_BYTES])
{
	if (age_ns < 0)
		age_ns = 0;
	return duration_words(age_ns / NSEC_PER_SEC * NSEC_PER_SEC, buf, HUMAN_BYTES);
}

char *
human_date(nsec_t wall_ns, char buf[static HUMAN_BYTES])
{
	time_t seconds = (time_t)(wall_ns / NSEC_PER_SEC);
	struct tm tm;

	if (localtime_r(&seconds, &tm) == NULL ||
	    strftime(buf, HUMAN_BYTES, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		(void)snprintf(buf, HUMAN_BYTES, "%-*s", DATE_CHARS, "-");
	return buf;
}

char *
human_when(nsec_t wall_ns, nsec_t now_wall_ns, char buf[static HUMAN_BYTES])
{
	nsec_t age_ns = nsec_sub(now_wall_ns, wall_ns);
	bool today = age_ns > -NSEC_PER_HOUR && age_ns < NSEC_PER_DAY;
	char date[HUMAN_BYTES];

	(void)human_date(wall_ns, date);
	if (today)
		(void)snprintf(buf, HUMAN_BYTES, "%s", date + CLOCK_AT);
	else
		(void)snprintf(buf, HUMAN_BYTES, "%.*s", MINUTE_CHARS, date);
	return buf;
}

char *
human_clock_ms(nsec_t wall_ns, char buf[static HUMAN_BYTES])
{
	char date[HUMAN_BYTES];

	(void)snprintf(buf, HUMAN_BYTES, "%.20s.%03d", human_date(wall_ns, date) + CLOCK_AT,
	    (int)(wall_ns % NSEC_PER_SEC / NSEC_PER_MSEC));
	return buf;
}
