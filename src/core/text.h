/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A bounded buffer for renderers, and the notations that all outputs share: JSON strings, RFC 3339
 * times, milliseconds, ratios, Prometheus labels, log words. Integer arithmetic only, so that no
 * locale can change a decimal point. It refuses to know what is rendered. Sources: RFC 8259 (JSON),
 * RFC 3629 (UTF-8), RFC 3339 (times).
 */
#ifndef ICMPMON_CORE_TEXT_H
#define ICMPMON_CORE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/units.h"

/* buf always ends in NUL (cap of at least 1). What does not fit is cut off, between characters;
 * overflow says so, and nothing more is taken until text_rewind. */
struct text {
	char *buf;
	size_t cap, len;
	bool overflow;
};

void text_init(struct text *t, char *buf, size_t cap);

/* Back to a length noted before, to take back a piece that overflowed. */
void text_rewind(struct text *t, size_t len);

void text_add(struct text *t, const char *s);
void text_add_bytes(struct text *t, const char *s, size_t len);
__attribute__((format(printf, 2, 3))) void text_printf(struct text *t, const char *format, ...);

/* s in quotation marks, escaped; bytes that are not UTF-8 become U+FFFD. NULL is null. */
void text_json_string(struct text *t, const char *s);

/* "2026-11-23T10:41:07.120Z" of nanoseconds since 1970, milliseconds cut off, years 1678 to 2262.
 */
void text_time(struct text *t, nsec_t wall_ns);

/* The same in quotation marks; null for 0. */
void text_json_time(struct text *t, nsec_t wall_ns);

/* The inverse: "2026-11-23T10:41:07[.fraction](Z|+hh:mm|-hh:mm)". False for all else; *ret_wall_ns
 * is then untouched. */
__attribute__((warn_unused_result)) bool text_parse_time(const char *s, nsec_t *ret_wall_ns);

/* value / 10^places, places of 0..18, zeros behind the point cut: "11.8" of 1180 and 2. */
void text_decimal(struct text *t, int64_t value, int places);

/* Milliseconds with up to six decimals, trailing zeros cut: "11.812345", "12", "0.000001". */
void text_ms(struct text *t, nsec_t ns);

/* The same, null for negative. */
void text_json_ms(struct text *t, nsec_t ns);

/* Milliseconds for people: about three digits ("11.8", "1.25", "0.042", "310.4"). */
void text_ms_short(struct text *t, nsec_t ns);

/* Seconds with up to nine decimals, trailing zeros cut: "0.0118". */
void text_seconds(struct text *t, nsec_t ns);

/* A ratio of parts per million: "0.125", "1", "0". */
void text_ratio(struct text *t, int64_t ppm);

/* A percentage with one decimal: "0.0%", "6.7%", "100%"; what is not quite none or all never reads
 * so: "<0.1%", ">99.9%". */
void text_percent(struct text *t, int64_t ppm);

/* s as the value of a Prometheus label, without the quotation marks: backslash, quote and newline
 * escaped. */
void text_label(struct text *t, const char *s);

/* s as words of a log sentence: control characters, bytes that are not UTF-8, and the separator '|'
 * become \xNN. */
void text_log_words(struct text *t, const char *s);

/* s as the value of key=value: as it is when it holds only plain characters, else quoted and
 * escaped. */
void text_log_value(struct text *t, const char *s);

/* True when s matches pattern: '*' is any run of characters, '?' any one. Cost: at most length
 * times length. */
bool text_glob(const char *pattern, const char *s);

#endif
