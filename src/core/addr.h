/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * An address of either family, with the interface scope of a link-local one. It refuses to know
 * sockaddr and names.
 */
#ifndef ICMPMON_CORE_ADDR_H
#define ICMPMON_CORE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDR_TEXT_MAX 64 /* longest text form with "%scope" and the final NUL */

struct addr {
	uint8_t family; /* 4, 6, or 0: none */
	uint8_t reserved[3]; /* zero, so that equal addresses are equal bytes */
	uint32_t scope; /* interface index of an IPv6 link-local or multicast address, else 0 */
	uint8_t bytes[16]; /* network order; an IPv4 address in the first four, the rest zero */
};

enum addr_kind { ADDR_UNICAST, ADDR_LOOPBACK, ADDR_UNSPECIFIED, ADDR_MULTICAST, ADDR_BROADCAST };

/* An IPv4 address from its four bytes in network order. */
struct addr addr_ipv4(const uint8_t bytes[static 4]);
/* An IPv6 address from its sixteen bytes in network order and a scope (0: none). */
struct addr addr_ipv6(const uint8_t bytes[static 16], uint32_t scope);

bool addr_equal(const struct addr *a, const struct addr *b);

/* Unkeyed 64-bit mix of all that addr_equal compares; for tables whose keys come from the
 * configuration. */
uint64_t addr_hash(const struct addr *a);

/* Numeric text to address: dotted quad with four decimal parts, or RFC 4291 section 2.2, a
 * link-local or multicast one with an optional "%NUMBER" scope. False when the text is anything
 * else; *ret_addr is then untouched. */
__attribute__((warn_unused_result)) bool addr_parse(const char *text, struct addr *ret_addr);

/* Canonical text (RFC 5952), "%scope" appended as a number when scope is not 0. Returns text,
 * always NUL-terminated. */
char *addr_format(const struct addr *a, char text[static ADDR_TEXT_MAX]);

/* What the address is for: 255.255.255.255 and 240.0.0.0/4 are ADDR_BROADCAST (never a sensible
 * target). */
enum addr_kind addr_classify(const struct addr *a);

/* True for fe80::/10, which means nothing without a scope (RFC 4007). */
bool addr_is_link_local(const struct addr *a);

#endif
