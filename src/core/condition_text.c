/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The text of conditions: "METRIC OP VALUE over SPAN", read with one sentence for every mistake,
 * and written.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/condition.h"
#include "core/duration.h"

#define WORDS_MAX 8
#define WORD_MAX 32
#define EXAMPLE "write for example \"loss > 5%% over 1m\""

static const struct {
	const char *text;
	bool ratio;
} metrics[CONDITION_METRIC_COUNT] = {
#define X(name, text, ratio) [CONDITION_##name] = {text, ratio},
    CONDITION_METRICS(X)
#undef X
};

static const char *const ops[] = {
    [CONDITION_GT] = ">",
    [CONDITION_GE] = ">=",
    [CONDITION_LT] = "<",
    [CONDITION_LE] = "<=",
    [CONDITION_EQ] = "==",
};

/* Splits at spaces and around operators. */
static int
split(const char *text, char words[WORDS_MAX][WORD_MAX])
{
	int n = 0;

	while (*text != '\0') {
		size_t len = 0, kind;

		text += strspn(text, " \t");
		if (*text == '\0')
			break;
		kind = strspn(text, "<>=!");
		len = kind > 0 ? kind : strcspn(text, " \t<>=!");
		if (n == WORDS_MAX || len >= WORD_MAX)
			return -1;
		memcpy(words[n], text, len);
		words[n++][len] = '\0';
		text += len;
	}
	return n;
}

static int
find(const char *word, const char *const table[], int n)
{
	for (int i = 0; i < n; i++) {
		if (strcmp(word, table[i]) == 0)
			return i;
	}
	return -1;
}

static bool
parse_span(char words[WORDS_MAX][WORD_MAX], int n, struct condition *c, char *why, size_t why_bytes)
{
	if (n == 6 && (strcmp(words[5], "probes") == 0 || strcmp(words[5], "probe") == 0)) {
		char *end;
		unsigned long probes = strtoul(words[4], &end, 10);

		if (*end == '\0' && words[4][0] >= '0' && words[4][0] <= '9' && probes >= 1 &&
		    probes <= 36000) {
			c->span_probes = (uint32_t)probes;
			return true;
		}
		(void)snprintf(
		    why, why_bytes, "\"%s probes\" is no span: write 1 to 36000 probes", words[4]);
		return false;
	}
	if (n == 5 && duration_parse(words[4], &c->span_ns) && c->span_ns > 0)
		return true;
	(void)snprintf(why, why_bytes,
	    "the span \"%s%s%s\" is neither a duration like 1m nor a number of probes like \"5 "
	    "probes\"",
	    words[4], n > 5 ? " " : "", n > 5 ? words[5] : "");
	return false;
}

bool
condition_parse(const char *text, struct condition *ret_condition, char *why, size_t why_bytes)
{
	char words[WORDS_MAX][WORD_MAX];
	struct condition c = {0};
	int n = split(text, words), metric = -1, op;

	if (n < 5 || n > 6 || strcmp(words[3], "over") != 0) {
		(void)snprintf(
		    why, why_bytes, "a condition is METRIC OP VALUE over SPAN: " EXAMPLE);
		return false;
	}
	for (int i = 0; i < CONDITION_METRIC_COUNT; i++) {
		if (strcmp(words[0], metrics[i].text) == 0)
			metric = i;
	}
	if (metric < 0) {
		(void)snprintf(why, why_bytes,
		    "unknown metric \"%s\": write loss, late, unreachable, unsent, unmeasured, "
		    "min, mean, p50, p90, p95, p99, max or jitter",
		    words[0]);
		return false;
	}
	op = find(words[1], ops, (int)(sizeof(ops) / sizeof(ops[0])));
	if (op < 0) {
		(void)snprintf(why, why_bytes,
		    "unknown comparison \"%s\": write >, >=, <, <= or ==", words[1]);
		return false;
	}
	c.metric = (uint8_t)metric;
	c.op = (uint8_t)op;
	if (metrics[metric].ratio ? !ratio_parse(words[2], &c.value)
				  : !duration_parse(words[2], &c.value)) {
		(void)snprintf(why, why_bytes,
		    metrics[metric].ratio ? "%s is a share: \"%s\" must be a percentage like 5%%"
					  : "%s is a time: \"%s\" must be a duration like 100ms",
		    words[0], words[2]);
		return false;
	}
	if (op == CONDITION_EQ &&
	    (!metrics[metric].ratio || (c.value != 0 && c.value != 1000000))) {
		(void)snprintf(
		    why, why_bytes, "== goes only with 0%% and 100%%: write > or < instead");
		return false;
	}
	if (!parse_span(words, n, &c, why, why_bytes))
		return false;
	*ret_condition = c;
	return true;
}

uint32_t
condition_span_samples(const struct condition *c, nsec_t interval_ns)
{
	nsec_t samples;

	if (c->span_probes > 0)
		return c->span_probes;
	samples = (c->span_ns + interval_ns - 1) / interval_ns;
	return samples > UINT32_MAX ? UINT32_MAX : (uint32_t)samples;
}

char *
condition_format(const struct condition *c, char *text, size_t text_bytes)
{
	char value[32], span[32];

	if (metrics[c->metric].ratio)
		(void)ratio_format(c->value, value, sizeof(value));
	else
		(void)duration_format(c->value, value, sizeof(value));
	if (c->span_probes > 0)
		(void)snprintf(span, sizeof(span), "%u probe%s", c->span_probes,
		    c->span_probes == 1 ? "" : "s");
	else
		(void)duration_format(c->span_ns, span, sizeof(span));
	(void)snprintf(
	    text, text_bytes, "%s %s %s over %s", metrics[c->metric].text, ops[c->op], value, span);
	return text;
}
