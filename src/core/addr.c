/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/addr.h.
 */
#include "core/addr.h"

#include <stdio.h>
#include <string.h>

#define GROUPS 8 /* of 16 bits in an IPv6 address */

struct addr
addr_ipv4(const uint8_t bytes[static 4])
{
	struct addr a = {.family = 4};

	memcpy(a.bytes, bytes, 4);
	return a;
}

struct addr
addr_ipv6(const uint8_t bytes[static 16], uint32_t scope)
{
	struct addr a = {.family = 6, .scope = scope};

	memcpy(a.bytes, bytes, 16);
	return a;
}

bool
addr_equal(const struct addr *a, const struct addr *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

uint64_t
addr_hash(const struct addr *a)
{
	uint64_t words[2], hash;

	memcpy(words, a->bytes, sizeof(words));
	hash = words[0] * UINT64_C(0x9e3779b97f4a7c15) ^ ((uint64_t)a->family << 32 | a->scope);
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93) ^ words[1];
	hash = (hash ^ hash >> 32) * UINT64_C(0xd6e8feb86659fd93);
	return hash ^ hash >> 32;
}

/* A decimal number without leading zeros, up to max. */
static bool
decimal(const char **text, uint32_t max, uint32_t *ret)
{
	const char *p = *text;
	uint64_t value = 0;
	uint32_t n = 0;

	while (p[n] >= '0' && p[n] <= '9' && value <= max)
		value = value * 10 + (uint64_t)(p[n++] - '0');
	if (n == 0 || value > max || (n > 1 && p[0] == '0'))
		return false;
	*text += n;
	*ret = (uint32_t)value;
	return true;
}

static bool
parse_ipv4(const char **text, uint8_t bytes[static 4])
{
	for (int i = 0; i < 4; i++) {
		uint32_t part;

		if (i > 0 && *(*text)++ != '.')
			return false;
		if (!decimal(text, 255, &part))
			return false;
		bytes[i] = (uint8_t)part;
	}
	return true;
}

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

struct ipv6_parts {
	uint8_t bytes[16];
	int n; /* bytes so far */
	int gap; /* where "::" stands, -1: nowhere */
};

static bool
parse_ipv6_parts(const char **text, struct ipv6_parts *v)
{
	const char *p = *text;

	if (p[0] == ':' && p[1] == ':') {
		v->gap = 0;
		p += 2;
	}
	while (v->n < 16 && hex_digit(*p) >= 0) {
		const char *start = p;
		uint32_t group = 0;

		while (hex_digit(*p) >= 0 && p - start < 4)
			group = group << 4 | (uint32_t)hex_digit(*p++);
		if (*p == '.') { /* the last 32 bits as an IPv4 address */
			p = start;
			if (v->n > 12 || !parse_ipv4(&p, v->bytes + v->n))
				return false;
			v->n += 4;
			break;
		}
		v->bytes[v->n++] = (uint8_t)(group >> 8);
		v->bytes[v->n++] = (uint8_t)group;
		if (*p != ':')
			break;
		if (p[1] == ':') {
			if (v->gap >= 0)
				return false;
			v->gap = v->n;
			p += 2;
		} else if (hex_digit(p[1]) < 0 || v->n == 16)
			return false;
		else
			p++;
	}
	*text = p;
	return v->gap >= 0 ? v->n < 16 : v->n == 16;
}

static bool
may_have_scope(const struct addr *a)
{
	return addr_is_link_local(a) || a->bytes[0] == 0xff;
}

static bool
parse_ipv6(const char *text, struct addr *ret_addr)
{
	struct ipv6_parts v = {.gap = -1};
	struct addr a = {.family = 6};

	if (!parse_ipv6_parts(&text, &v))
		return false;
	if (v.gap < 0)
		v.gap = 16;
	memcpy(a.bytes, v.bytes, (size_t)v.gap);
	if (v.gap < v.n)
		memcpy(a.bytes + 16 - (v.n - v.gap), v.bytes + v.gap, (size_t)(v.n - v.gap));
	if (*text == '%') {
		text++;
		if (!may_have_scope(&a) || !decimal(&text, INT32_MAX, &a.scope) || a.scope == 0)
			return false;
	}
	if (*text != '\0')
		return false;
	*ret_addr = a;
	return true;
}

bool
addr_parse(const char *text, struct addr *ret_addr)
{
	struct addr a = {.family = 4};
	const char *p = text;

	if (strchr(text, ':') != NULL)
		return parse_ipv6(text, ret_addr);
	if (!parse_ipv4(&p, a.bytes) || *p != '\0')
		return false;
	*ret_addr = a;
	return true;
}

/* The longest run of two or more zero groups, the first of equals (RFC 5952 section 4.2). */
static int
zero_run(const uint8_t bytes[static 16], int *ret_len)
{
	int best = -1, best_len = 1;

	for (int i = 0; i < GROUPS; i++) {
		int len = 0;

		while (
		    i + len < GROUPS && bytes[2 * (i + len)] == 0 && bytes[2 * (i + len) + 1] == 0)
			len++;
		if (len > best_len) {
			best = i;
			best_len = len;
		}
		i += len > 0 ? len - 1 : 0;
	}
	*ret_len = best < 0 ? 0 : best_len;
	return best;
}

static char *
format_ipv6(const struct addr *a, char text[static ADDR_TEXT_MAX])
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	int len = 0, run_len, run = zero_run(a->bytes, &run_len);

	if (memcmp(a->bytes, mapped, sizeof(mapped)) == 0) {
		len = snprintf(text, ADDR_TEXT_MAX, "::ffff:%u.%u.%u.%u", a->bytes[12],
		    a->bytes[13], a->bytes[14], a->bytes[15]);
	} else {
		for (int i = 0; i < GROUPS; i++) {
			if (i == run) {
				len += snprintf(text + len, ADDR_TEXT_MAX - (size_t)len, "::");
				i += run_len - 1;
				continue;
			}
			len += snprintf(text + len, ADDR_TEXT_MAX - (size_t)len, "%s%x",
			    i > 0 && i != run + run_len ? ":" : "",
			    (unsigned)(a->bytes[2 * i] << 8 | a->bytes[2 * i + 1]));
		}
	}
	if (a->scope != 0)
		(void)snprintf(text + len, ADDR_TEXT_MAX - (size_t)len, "%%%u", a->scope);
	return text;
}

char *
addr_format(const struct addr *a, char text[static ADDR_TEXT_MAX])
{
	if (a->family == 6)
		return format_ipv6(a, text);
	if (a->family == 4)
		(void)snprintf(text, ADDR_TEXT_MAX, "%u.%u.%u.%u", a->bytes[0], a->bytes[1],
		    a->bytes[2], a->bytes[3]);
	else
		(void)snprintf(text, ADDR_TEXT_MAX, "-");
	return text;
}

enum addr_kind
addr_classify(const struct addr *a)
{
	static const uint8_t zero[16], one[16] = {[15] = 1};

	if (a->family == 4) {
		if (a->bytes[0] == 0)
			return ADDR_UNSPECIFIED; /* 0.0.0.0/8 means this network, RFC 1122
						    section 3.2.1.3 */
		if (a->bytes[0] == 127)
			return ADDR_LOOPBACK;
		if (a->bytes[0] >= 240)
			return ADDR_BROADCAST;
		return a->bytes[0] >= 224 ? ADDR_MULTICAST : ADDR_UNICAST;
	}
	if (memcmp(a->bytes, zero, 16) == 0)
		return ADDR_UNSPECIFIED;
	if (memcmp(a->bytes, one, 16) == 0)
		return ADDR_LOOPBACK;
	return a->bytes[0] == 0xff ? ADDR_MULTICAST : ADDR_UNICAST;
}

bool
addr_is_link_local(const struct addr *a)
{
	return a->family == 6 && a->bytes[0] == 0xfe && (a->bytes[1] & 0xc0) == 0x80;
}
