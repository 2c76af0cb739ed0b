/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Paths, forms and hosts: the pure helpers of http_request.h around percent-encoding.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "shell/http_request.h"

#define HOST_MAX 256 /* a name has at most 253 bytes */

static int
hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool
http_decode(char *s, bool plus)
{
	char *to = s;

	for (; *s != '\0'; s++, to++) {
		if (*s == '%') {
			int high = hex(s[1]), low = high < 0 ? -1 : hex(s[2]);

			if (low < 0 || (high == 0 && low == 0))
				return false;
			*to = (char)(high << 4 | low);
			s += 2;
		} else
			*to = plus && *s == '+' ? ' ' : *s;
	}
	*to = '\0';
	return true;
}

bool
http_form_parse(char *text, struct http_form *ret_form, struct http_fault *ret_fault)
{
	struct http_form form = {0};

	for (char *field; (field = strsep(&text, "&")) != NULL;) {
		char *key = strsep(&field, "=");

		if (*key == '\0' && field == NULL)
			continue;
		if (form.n == HTTP_FORM_FIELDS_MAX) {
			*ret_fault = (struct http_fault){
			    400, "There are more than 16 fields in the query or body."};
			return false;
		}
		if (!http_decode(key, true) || (field != NULL && !http_decode(field, true))) {
			*ret_fault = (struct http_fault){400,
			    "The query or body holds a '%' that is not followed by two hexadecimal "
			    "digits other than 00; write %25 for '%' itself."};
			return false;
		}
		form.fields[form.n].key = key;
		form.fields[form.n++].value = field != NULL ? field : "";
	}
	*ret_form = form;
	return true;
}

const char *
http_form_get(const struct http_form *form, const char *key)
{
	for (uint32_t i = 0; i < form->n; i++) {
		if (strcmp(form->fields[i].key, key) == 0)
			return form->fields[i].value;
	}
	return NULL;
}

int
http_path_split(char *path, char *parts[], int max)
{
	char *rest = path + 1;
	int n = 0;

	if (*rest == '\0')
		return 0;
	for (char *part; (part = strsep(&rest, "/")) != NULL; n++) {
		if (n == max)
			return -1;
		if (!http_decode(part, false))
			return -2;
		parts[n] = part;
	}
	return n;
}

/* An address as it may stand in a Host field: an IPv6 one with or without its zone. */
static bool
is_address(char *host)
{
	struct in6_addr six;
	struct in_addr four;
	size_t len = strlen(host);

	if (host[0] != '[')
		return inet_pton(AF_INET, host, &four) == 1;
	if (host[len - 1] != ']')
		return false;
	host[len - 1] = '\0';
	host[strcspn(host, "%")] = '\0';
	return inet_pton(AF_INET6, host + 1, &six) == 1;
}

bool
http_host_allowed(const char *host, const char *machine)
{
	size_t brackets = host[0] == '[' ? strcspn(host, "]") : 0;
	size_t len = brackets + strcspn(host + brackets, ":");
	char name[HOST_MAX];

	if (len == 0 || len >= sizeof(name) ||
	    (host[len] == ':' && host[len + 1 + strspn(host + len + 1, "0123456789")] != '\0'))
		return false;
	(void)snprintf(name, sizeof(name), "%.*s", (int)len, host);
	if (strcasecmp(name, "localhost") == 0 ||
	    (machine[0] != '\0' && strcasecmp(name, machine) == 0))
		return true;
	return is_address(name);
}
