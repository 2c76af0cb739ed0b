/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The grammar of a configuration file, between the files that implement it. A part of the
 * configuration module. It refuses to know what settings there are.
 */
#ifndef ICMPMON_SHELL_CONFIG_SCAN_H
#define ICMPMON_SHELL_CONFIG_SCAN_H

#include "shell/config_lex.h"

struct config_scan {
	struct config_lexer l;
	uint32_t groups; /* numbered, so that names of each are apart */
	uint32_t nesting;
	uint64_t compares; /* of names, that libconfig will do */
	uint32_t values;
};

/* The setting that is being read. */
struct config_scan_item {
	const struct config_scan_item *outer; /* whose group it stands in; NULL: the top */
	struct config_token name;
	bool drop; /* it has a fault: libconfig shall not see it */
};

/* The present token is of this kind. */
bool config_scan_at(const struct config_scan *s, enum config_token_kind kind);
/* A token's text, escaped; in a quote buffer. */
const char *config_scan_text(struct config_scan *s, const struct config_token *t);

/* An error about something in a setting's group, or at the top (NULL). */
__attribute__((format(printf, 4, 5))) void config_scan_complain(struct config_scan *s,
    const struct config_scan_item *outer, struct config_place at, const char *format, ...);
/* A fault after which nothing can be told apart any more. A text that is not closed may have
 * swallowed what is missing, and was reported: then nothing is said. */
__attribute__((format(printf, 4, 5))) void config_scan_broken(struct config_scan *s,
    const struct config_scan_item *outer, struct config_place at, const char *format, ...);
/* The rest of the text is not looked at. */
void config_scan_fatal(struct config_scan *s);

/* One level deeper; false when that is too deep. */
bool config_scan_enter(struct config_scan *s, const struct config_scan_item *item);
/* The present token is a word; it and what follows a list's ( or [ are left behind. */
enum config_kind config_scan_word(struct config_scan *s, struct config_scan_item *item);
void config_scan_list(struct config_scan *s, struct config_scan_item *item);
/* Any value. element: of a list. */
enum config_kind config_scan_value(
    struct config_scan *s, struct config_scan_item *item, bool element);

#endif
