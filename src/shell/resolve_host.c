/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What a host text is: a number, an address with the name of an interface, a name that DNS may be
 * asked for, or nothing of these. Sources: RFC 1123 section 2.1 (host names), 1035 section 2.3.4
 * (lengths), 4007 section 11 (scopes), 6761 section 6.3 (localhost).
 */
#include <net/if.h>
#include <string.h>

#include "shell/resolve_internal.h"

#define LABEL_MAX 63

static char
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

size_t
resolve_name_len(const char *name)
{
	size_t len = strlen(name);

	return len > 0 && name[len - 1] == '.' ? len - 1 : len;
}

/* FNV-1a: the names are the administrator's own. */
uint32_t
resolve_name_hash(const char *name, size_t len)
{
	uint32_t hash = UINT32_C(2166136261);

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)lower(name[i])) * UINT32_C(16777619);
	return hash;
}

bool
resolve_name_equal(const char *a, size_t a_len, const char *b, size_t b_len)
{
	if (a_len != b_len)
		return false;
	for (size_t i = 0; i < a_len; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

/* "ADDRESS%INTERFACE" with a link-local address: *ret has no scope yet. NULL: it is not, else the
 * interface. */
static const char *
scoped(const char *text, struct addr *ret)
{
	const char *percent = strchr(text, '%');
	char number[ADDR_TEXT_MAX];
	size_t len = percent == NULL ? 0 : (size_t)(percent - text);

	if (len == 0 || len >= sizeof(number) || percent[1] == '\0' ||
	    strlen(percent + 1) >= IF_NAMESIZE)
		return NULL;
	memcpy(number, text, len);
	number[len] = '\0';
	if (!addr_parse(number, ret) ||
	    !(addr_is_link_local(ret) || addr_classify(ret) == ADDR_MULTICAST) || ret->family != 6)
		return NULL;
	return percent + 1;
}

bool
resolve_addr_parse(const char *text, struct addr *ret)
{
	struct addr a;
	const char *interface;

	if (addr_parse(text, ret))
		return true;
	interface = scoped(text, &a);
	if (interface == NULL)
		return false;
	a.scope = if_nametoindex(interface);
	if (a.scope == 0)
		return false;
	*ret = a;
	return true;
}

static bool
in_name(char c)
{
	return (lower(c) >= 'a' && lower(c) <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
	       c == '_';
}

/* Labels of letters, digits, '-' and '_'. The last is no number: that would be an address with too
 * few or too many parts, not a name. */
static bool
is_name(const char *name, size_t len)
{
	size_t label = 0, digits = 0;

	if (len == 0 || len > RESOLVE_NAME_MAX)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (name[i] == '.') {
			if (label == 0)
				return false;
			label = digits = 0;
			continue;
		}
		if (!in_name(name[i]) || ++label > LABEL_MAX)
			return false;
		digits += name[i] >= '0' && name[i] <= '9';
	}
	return label > digits;
}

enum resolve_kind
resolve_host_kind(const char *host, struct addr *ret_addr)
{
	static const char local[] = "localhost";
	const size_t local_len = sizeof(local) - 1;
	size_t len = resolve_name_len(host);
	struct addr a;

	if (addr_parse(host, ret_addr))
		return RESOLVE_NUMERIC;
	if (strchr(host, '%') != NULL)
		return scoped(host, &a) != NULL ? RESOLVE_SCOPED : RESOLVE_BAD;
	if (!is_name(host, len))
		return RESOLVE_BAD;
	if (len >= local_len &&
	    resolve_name_equal(host + len - local_len, local_len, local, local_len) &&
	    (len == local_len || host[len - local_len - 1] == '.'))
		return RESOLVE_LOCALHOST;
	return RESOLVE_NAME;
}
