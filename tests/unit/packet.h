/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Packets put together field by field for the tests of the parser, on purpose without core/icmp.
 */
#ifndef ICMPMON_TESTS_PACKET_H
#define ICMPMON_TESTS_PACKET_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define PACKET_MAX 2048

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
};

static inline void
put_bytes(struct packet *p, const void *bytes, size_t n)
{
	assert(p->len + n <= PACKET_MAX);
	if (n > 0)
		memcpy(p->bytes + p->len, bytes, n);
	p->len += n;
}

static inline void
put_number(struct packet *p, uint64_t value, size_t n)
{
	for (size_t i = n; i-- > 0;)
		put_bytes(p, (uint8_t[]){(uint8_t)(value >> 8 * i)}, 1);
}

static inline void
put_zeros(struct packet *p, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put_number(p, 0, 1);
}

/* An IPv4 header from 192.0.2.9 to 192.0.2.1, TTL 3, DSCP 46; options are NOPs. */
static inline void
put_ipv4(struct packet *p, uint8_t protocol, size_t options, size_t payload)
{
	put_number(p, 0x40 | (5 + options / 4), 1);
	put_number(p, 46 << 2, 1);
	put_number(p, 20 + options + payload, 2);
	put_number(p, 0x00004000, 4);
	put_number(p, 3, 1);
	put_number(p, protocol, 1);
	put_number(p, 0, 2);
	put_bytes(p, (uint8_t[]){192, 0, 2, 9, 192, 0, 2, 1}, 8);
	for (size_t i = 0; i < options; i++)
		put_number(p, 1, 1);
}

/* An IPv6 header from 2001:db8::9 to 2001:db8::1, hop limit 3. */
static inline void
put_ipv6(struct packet *p, uint8_t next, size_t payload)
{
	put_number(p, UINT64_C(0x60000000) << 32 | payload << 16 | (unsigned)next << 8 | 3, 8);
	put_number(p, UINT64_C(0x20010db800000000), 8);
	put_number(p, 9, 8);
	put_number(p, UINT64_C(0x20010db800000000), 8);
	put_number(p, 1, 8);
}

/* The head of an ICMP message. */
static inline void
put_icmp(struct packet *p, uint8_t type, uint8_t code, uint32_t rest)
{
	put_number(p, (unsigned)type << 8 | code, 2);
	put_number(p, 0, 2);
	put_number(p, rest, 4);
}

/* An echo request with id 0x1234, sequence 7, checksum beef: 8 bytes, then number 0102.. and tag
 * 1112.. and a pattern, as much as fits. */
static inline void
put_request(struct packet *p, int family, size_t payload)
{
	static const uint8_t head[16] = {
	    1, 2, 3, 4, 5, 6, 7, 8, 0x11, 0x12, 0x13, 0x14, 0x15, 0x16, 0x17, 0x18};

	put_number(p, family == 4 ? 8 : 128, 1);
	put_number(p, 0, 1);
	put_number(p, 0xbeef, 2);
	put_number(p, 0x12340007, 4);
	put_bytes(p, head, payload < 16 ? payload : 16);
	for (size_t i = 16; i < payload; i++)
		put_number(p, i, 1);
}

/* Sets the checksum of the ICMP message that begins at. */
static inline void
set_checksum(struct packet *p, size_t at)
{
	uint32_t sum = 0;

	p->bytes[at + 2] = p->bytes[at + 3] = 0;
	for (size_t i = at; i < p->len; i++)
		sum += (i - at) % 2 == 0 ? (uint32_t)p->bytes[i] << 8 : p->bytes[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	p->bytes[at + 2] = (uint8_t)(~sum >> 8);
	p->bytes[at + 3] = (uint8_t)~sum;
}

#endif
