/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Holds a whole scrape against the rules of its format: Prometheus text 0.0.4 or OpenMetrics 1.0.
 */
#ifndef ICMPMON_TESTS_METRICS_CHECK_H
#define ICMPMON_TESTS_METRICS_CHECK_H

#include <stdbool.h>
#include <stddef.h>

/* Fails the running test at the first line that breaks a rule: one HELP and TYPE for each family,
 * families in one piece, names, labels and numbers well-formed, no series twice, histograms that
 * add up, # EOF at the end or nowhere. Takes text apart. Returns how many series there were. */
size_t metrics_check(char *text, bool openmetrics);

/* The rest of s behind prefix, NULL when it does not begin so. */
const char *metrics_behind(const char *s, const char *prefix);

#endif
