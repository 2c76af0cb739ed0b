/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What an unquoted word of a configuration file is: the numbers and switches of libconfig 1.5, less
 * those that it or a later one would read otherwise than one thinks.
 */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shell/config_lex.h"

/* A number that needs no suffix any more; base 10 or 16. */
static enum config_kind
classify_integer(const char *digits, int base, bool suffix)
{
	long long value;

	errno = 0;
	value = strtoll(digits, NULL, base);
	if (errno == ERANGE)
		return CONFIG_KIND_HUGE;
	return suffix || value < INT_MIN || value > INT_MAX ? CONFIG_KIND_LONG
							    : CONFIG_KIND_INTEGER;
}

enum config_kind
config_word_kind(const char *word)
{
	const char *digits = word + (word[0] == '+' || word[0] == '-');
	size_t len = strspn(digits, "0123456789"), hex = 0;
	const char *p = digits + len;

	if (strcasecmp(word, "true") == 0 || strcasecmp(word, "false") == 0)
		return CONFIG_KIND_SWITCH;
	if (digits == word && word[0] == '0' && (word[1] == 'x' || word[1] == 'X'))
		hex = strspn(word + 2, "0123456789abcdefABCDEF");
	if (hex > 0)
		p = word + 2 + hex;
	if (strcmp(p, "") == 0 || strcmp(p, "L") == 0 || strcmp(p, "LL") == 0) {
		if (hex > 0)
			return classify_integer(word, 16, *p != '\0');
		if (len == 0)
			return CONFIG_KIND_OTHER;
		return len > 1 && digits[0] == '0' ? CONFIG_KIND_ZEROS
						   : classify_integer(word, 10, *p != '\0');
	}
	if (len == 0 || hex > 0)
		return CONFIG_KIND_OTHER;
	if (*p == '.') {
		size_t fraction = strspn(p + 1, "0123456789");

		if (fraction == 0)
			return CONFIG_KIND_OTHER;
		p += 1 + fraction;
	}
	if (*p == 'e' || *p == 'E') {
		p += 1 + (p[1] == '+' || p[1] == '-');
		len = strspn(p, "0123456789");
		p = len > 0 ? p + len : "?";
	}
	return *p == '\0' ? CONFIG_KIND_FLOAT : CONFIG_KIND_OTHER;
}
