/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Values that name something of a network: hosts, sources, endpoints, code points. Their form
 * alone: nothing is resolved, no interface is looked for. Sources: RFC 1123 section 2.1 (names of
 * hosts), RFC 4007 (scopes), RFC 2474, 2597, 3246, 5865, 8622 (code points).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shell/config_internal.h"

#define HOST_MAX 253
#define HOST_LABEL_MAX 63
#define INTERFACE_MAX 15 /* IFNAMSIZ, NUL apart */
#define PORT_MAX 65535
#define CODE_POINT_MAX 63

static bool
is_interface(const char *text)
{
	size_t len = strcspn(text, "/: \t\n\r\f\v");

	return text[len] == '\0' && len >= 1 && len <= INTERFACE_MAX && strcmp(text, ".") != 0 &&
	       strcmp(text, "..") != 0 && config_text_plain(text);
}

bool
config_host_addr(const char *host, struct addr *ret_addr)
{
	const char *scope = strchr(host, '%');
	char plain[ADDR_TEXT_MAX];
	size_t len = scope == NULL ? strlen(host) : (size_t)(scope - host);

	if (len >= sizeof(plain))
		return false;
	memcpy(plain, host, len);
	plain[len] = '\0';
	return addr_parse(plain, ret_addr);
}

/* An address with "%interface" where it needs one, and only there. */
static bool
check_scope(struct config *c, const struct config_item *item, const struct addr *addr)
{
	static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
	const char *scope = strchr(item->raw.text, '%');
	bool multicast = addr->family == 6 && addr->bytes[0] == 0xff;
	bool needs = addr_is_link_local(addr) || (multicast && (addr->bytes[1] & 15) <= 2);

	if (addr->family == 6 && memcmp(addr->bytes, mapped, sizeof(mapped)) == 0)
		config_item_error(c, item,
		    "an IPv4 address in the dress of IPv6: write %u.%u.%u.%u", addr->bytes[12],
		    addr->bytes[13], addr->bytes[14], addr->bytes[15]);
	else if (scope != NULL && !is_interface(scope + 1))
		config_item_error(c, item,
		    "no interface stands after %%: write the name of one, like fe80::1%%eth0");
	else if (scope != NULL && !needs && !multicast)
		config_item_error(c, item,
		    "only a link-local address has an interface: take %%%s out, and write source = "
		    "\"%s\" if it matters",
		    config_escape(c, scope + 1), config_escape(c, scope + 1));
	else if (scope == NULL && needs)
		config_item_error(c, item,
		    "this address is one of every link: write the interface too, %s%%eth0",
		    config_escape(c, item->raw.text));
	else
		return true;
	return false;
}

/* Letters, digits, - and _ between dots; what looks like an address but is none is no name. */
static const char *
name_fault(const char *host)
{
	const char *p = host;
	size_t len = 0;

	if (strlen(host) > HOST_MAX)
		return "is longer than the 253 bytes of a name: write a shorter one";
	for (;; p += len + 1) {
		len = strcspn(p, ".");
		if (len == 0 || len > HOST_LABEL_MAX)
			return "has a part of no or of more than 63 letters: write a name like "
			       "host.example";
		if (p[0] == '-' || p[len - 1] == '-')
			return "has a part that begins or ends with -: write a name like "
			       "host.example";
		if (strspn(p, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") <
		    len)
			return "is neither an address nor a name: write one like 192.0.2.1, "
			       "2001:db8::1 or host.example";
		if (p[len] == '\0' || p[len + 1] == '\0')
			break;
	}
	if (strspn(p, "0123456789") == len)
		return "is no IPv4 address: write four numbers from 0 to 255 with dots between";
	return NULL;
}

bool
config_parse_host(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	const char *host = item->raw.text, *fault = NULL;
	struct addr addr;

	if (!config_is_text(item) || *host == '\0') {
		config_item_error(c, item,
		    "must be an address or a name: write \"192.0.2.1\" or \"host.example\"");
		return false;
	}
	if (config_host_addr(host, &addr)) {
		if (!check_scope(c, item, &addr))
			return false;
	} else {
		fault = strpbrk(host, ":%") != NULL
			    ? "is no IPv6 address: write one like 2001:db8::1 or fe80::1%eth0"
			    : name_fault(host);
		if (fault != NULL) {
			config_item_error(c, item, "%s", fault);
			return false;
		}
	}
	*ret_number = config_intern(c, host, strlen(host));
	return true;
}

bool
config_parse_source(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	const char *text = item->raw.text;
	struct addr addr;

	if (!config_is_text(item)) {
		config_item_error(
		    c, item, "must be an address or an interface: write \"192.0.2.2\" or \"eth0\"");
		return false;
	}
	if (addr_parse(text, &addr)) {
		enum addr_kind kind = addr_classify(&addr);

		if (kind != ADDR_UNICAST && kind != ADDR_LOOPBACK) {
			config_item_error(c, item,
			    "nothing is sent from such an address: write one of this machine's");
			return false;
		}
	} else if (*text != '\0' && !is_interface(text)) {
		config_item_error(c, item,
		    "is neither an address (without %%) nor the name of an interface: write "
		    "\"192.0.2.2\" or \"eth0\"");
		return false;
	}
	*ret_number = config_intern(c, text, strlen(text));
	return true;
}

/* EF, VA, LE, BE, DF, CS0..7, AF11..43; -1: none of them. */
static int
code_point(const char *text)
{
	static const struct {
		const char *name;
		int value;
	} names[] = {{"EF", 46}, {"VA", 44}, {"LE", 1}, {"BE", 0}, {"DF", 0}};
	size_t len = strlen(text);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcasecmp(text, names[i].name) == 0)
			return names[i].value;
	}
	if (len == 3 && strncasecmp(text, "CS", 2) == 0 && text[2] >= '0' && text[2] <= '7')
		return (text[2] - '0') * 8;
	if (len == 4 && strncasecmp(text, "AF", 2) == 0 && text[2] >= '1' && text[2] <= '4' &&
	    text[3] >= '1' && text[3] <= '3')
		return (text[2] - '0') * 8 + (text[3] - '0') * 2;
	return -1;
}

bool
config_parse_dscp(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	int64_t value = -1;

	if (config_is_text(item))
		value = code_point(item->raw.text);
	else if (item->raw.kind == CONFIG_RAW_INTEGER)
		value = item->raw.number;
	if (value < 0 || value > CODE_POINT_MAX) {
		config_item_error(c, item,
		    "is no code point: write EF, CS0 to CS7, AF11 to AF43, LE or VA in quotation "
		    "marks, or a number from 0 to %d",
		    CODE_POINT_MAX);
		return false;
	}
	*ret_number = value;
	return true;
}

/* ADDRESS:PORT or [ADDRESS]:PORT, the address numeric. */
static bool
is_endpoint(const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[ADDR_TEXT_MAX], *end;
	struct addr addr;
	unsigned long port;
	bool brackets;
	size_t len;

	if (colon == NULL || colon[1] < '1' || colon[1] > '9')
		return false;
	port = strtoul(colon + 1, &end, 10);
	len = (size_t)(colon - text);
	if (*end != '\0' || port > PORT_MAX || len >= sizeof(host) || len < 3)
		return false;
	brackets = text[0] == '[' && text[len - 1] == ']';
	text += brackets;
	len -= brackets ? 2 : 0;
	memcpy(host, text, len);
	host[len] = '\0';
	return addr_parse(host, &addr) && addr.scope == 0 && addr.family == (brackets ? 6 : 4);
}

bool
config_parse_endpoint(struct config *c, const struct config_item *item, int64_t *ret_number)
{
	const char *text = item->raw.text;

	if (!config_is_text(item) || (*text != '\0' && !is_endpoint(text))) {
		config_item_error(c, item,
		    "must be a numeric address and a port: write \"127.0.0.1:PORT\" or "
		    "\"[::1]:PORT\"");
		return false;
	}
	*ret_number = config_intern(c, text, strlen(text));
	return true;
}
