/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements metrics_check.h.
 */
#include <stdlib.h>

#include "unit.h"

#include "metrics_check.h"

#define SERIES_MAX 1000

const char *
metrics_behind(const char *s, const char *prefix)
{
	return strncmp(s, prefix, strlen(prefix)) == 0 ? s + strlen(prefix) : NULL;
}

/* What a scrape is checked with; grows line by line. */
struct checker {
	bool openmetrics;
	char families[SERIES_MAX][64];
	char type[16];
	char *series[SERIES_MAX];
	size_t n_families, n_series;
	double bucket, edge; /* of the histogram in progress */
	char le[32];
};

static size_t
name_length(const char *s)
{
	return strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_:");
}

/* Checks {...}, gives back what follows, and the value of le. */
static const char *
check_labels(struct checker *c, const char *s)
{
	char names[32][64];
	int n = 0;

	c->le[0] = '\0';
	if (*s != '{')
		return s;
	do {
		size_t len = name_length(++s);
		const char *value = s + len + 2;

		assert_true(len > 0 && len < 64 && n < 32 && !(s[0] >= '0' && s[0] <= '9'));
		assert_null(memchr(s, ':', len));
		assert_null(metrics_behind(s, "__"));
		memcpy(names[n], s, len);
		names[n][len] = '\0';
		for (int i = 0; i < n; i++)
			assert_string_not_equal(names[i], names[n]);
		assert_true(s[len] == '=' && s[len + 1] == '"');
		for (s = value; *s != '"'; s++) {
			assert_true(*s != '\0');
			if (*s == '\\')
				assert_non_null(strchr("\\\"n", *++s));
		}
		if (strcmp(names[n], "le") == 0) {
			assert_true((size_t)(s - value) < sizeof(c->le));
			memcpy(c->le, value, (size_t)(s - value));
			c->le[s - value] = '\0';
		}
		n++;
		s++;
	} while (*s == ',');
	assert_int_equal(*s, '}');
	return s + 1;
}

/* Buckets rise in edge and count; the count is that of the last. */
static void
check_histogram(struct checker *c, const char *suffix, double value)
{
	if (strcmp(suffix, "_bucket") == 0) {
		double edge = strtod(c->le, NULL);

		assert_true(edge > c->edge && value >= c->bucket);
		c->edge = strcmp(c->le, "+Inf") == 0 ? -1 : edge;
		c->bucket = value;
	} else if (strcmp(suffix, "_count") == 0) {
		assert_true(c->edge < 0); /* +Inf was the last */
		assert_true(value == c->bucket);
		c->edge = c->bucket = 0;
	} else
		assert_string_equal(suffix, "_sum");
}

static void
check_sample(struct checker *c, char *line)
{
	const char *family = c->families[c->n_families - 1], *rest, *suffix_at;
	size_t len = name_length(line);
	char suffix[16], *end;
	double value;

	suffix_at = metrics_behind(line, family);
	assert_non_null(suffix_at); /* else it stands outside its family */
	assert_true((size_t)(line + len - suffix_at) < sizeof(suffix));
	memcpy(suffix, suffix_at, (size_t)(line + len - suffix_at));
	suffix[line + len - suffix_at] = '\0';
	rest = check_labels(c, line + len);
	assert_int_equal(*rest, ' ');
	value = strtod(rest + 1, &end);
	assert_true(end > rest + 1 && *end == '\0');
	if (strcmp(c->type, "histogram") == 0)
		check_histogram(c, suffix, value);
	else if (c->openmetrics && strcmp(c->type, "counter") == 0)
		assert_string_equal(suffix, "_total");
	else if (c->openmetrics && strcmp(c->type, "info") == 0)
		assert_string_equal(suffix, "_info");
	else
		assert_string_equal(suffix, "");
	line[rest - line] = '\0';
	assert_true(c->n_series < SERIES_MAX);
	for (size_t i = 0; i < c->n_series; i++)
		assert_string_not_equal(c->series[i], line);
	c->series[c->n_series++] = line;
}

static void
check_head(struct checker *c, const char *line)
{
	const char *name = metrics_behind(line, "# HELP "), *type = metrics_behind(line, "# TYPE "),
		   *unit = metrics_behind(line, "# UNIT ");
	char *family = c->families[c->n_families == 0 ? 0 : c->n_families - 1];

	if (name != NULL) {
		size_t len = name_length(name);

		assert_true(name[len] == ' ' && strlen(name + len + 1) > 5 && len < 64);
		family = c->families[c->n_families++];
		memcpy(family, name, len);
		family[len] = '\0';
		for (size_t i = 0; i + 1 < c->n_families; i++)
			assert_string_not_equal(c->families[i], family);
		return;
	}
	if (type != NULL) {
		type = metrics_behind(type, family);
		assert_non_null(type);
		(void)snprintf(c->type, sizeof(c->type), "%s", type + 1);
		assert_non_null(strstr("counter gauge histogram info", c->type));
		assert_true(c->openmetrics || strcmp(c->type, "info") != 0);
		assert_true(c->openmetrics || strcmp(c->type, "counter") != 0 ||
			    strstr(family, "_total") != NULL);
		return;
	}
	assert_true(c->openmetrics && unit != NULL);
	unit = metrics_behind(unit, family);
	assert_non_null(unit);
	assert_non_null(strstr(family, unit + 1)); /* the unit is the last word of the name */
}

size_t
metrics_check(char *text, bool openmetrics)
{
	static struct checker c;
	char *line = text, *end;
	bool ended = false;

	memset(&c, 0, sizeof(c));
	c.openmetrics = openmetrics;
	for (; *line != '\0'; line = end + 1) {
		end = strchr(line, '\n');
		assert_non_null(end);
		*end = '\0';
		assert_false(ended);
		if (strcmp(line, "# EOF") == 0)
			ended = true;
		else if (*line == '#')
			check_head(&c, line);
		else
			check_sample(&c, line);
	}
	assert_int_equal(ended, openmetrics);
	return c.n_series;
}
