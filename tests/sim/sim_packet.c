/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements sim_packet.h.
 */
#include "sim_packet.h"

#include <assert.h>
#include <string.h>

#define IPV4_BYTES 20
#define IPV6_BYTES 40

static uint16_t
checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	if (len % 2)
		sum += (uint32_t)bytes[len - 1] << 8;
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

struct addr
packet_our_address(uint8_t family)
{
	struct addr a = {.family = family, .bytes = {192, 0, 2, 254}};

	if (family == 6)
		memcpy(a.bytes, (const uint8_t[16]){0x20, 1, 0xd, 0xb8, [15] = 0xfe}, 16);
	return a;
}

struct addr
packet_router(uint8_t family)
{
	struct addr a = packet_our_address(family);

	a.bytes[family == 4 ? 3 : 15] = 250;
	return a;
}

uint8_t *
packet_icmp(struct packet *p)
{
	return p->bytes + (p->meta.from.family == 4 ? IPV4_BYTES : 0);
}

void
packet_seal(struct packet *p)
{
	uint8_t *icmp = packet_icmp(p);
	uint16_t sum;

	if (p->meta.from.family == 6)
		return;
	icmp[2] = icmp[3] = 0;
	sum = checksum(icmp, p->len - IPV4_BYTES);
	icmp[2] = (uint8_t)(sum >> 8);
	icmp[3] = (uint8_t)sum;
}

/* A packet with so many bytes of ICMP from an address to us. */
static struct packet
empty(const struct addr *from, uint32_t icmp_bytes)
{
	bool four = from->family == 4;
	struct packet p = {.len = (four ? IPV4_BYTES : 0) + icmp_bytes};

	assert(p.len <= PACKET_MAX);
	p.meta = (struct rx_meta){.path = RX_RAW,
	    .from = *from,
	    .to = packet_our_address(from->family),
	    .kernel_stamp = true,
	    .full_bytes = p.len,
	    .hop_limit = 60,
	    .dscp = -1};
	if (!four)
		return p;
	p.bytes[0] = 0x45;
	p.bytes[2] = (uint8_t)(p.len >> 8);
	p.bytes[3] = (uint8_t)p.len;
	p.bytes[8] = 60;
	p.bytes[9] = 1;
	memcpy(p.bytes + 12, from->bytes, 4);
	return p;
}

/* The message of the probe as it is on the wire. */
static void
message_of(const struct probe_out *out, uint8_t *icmp)
{
	assert(out->len_bytes <= 8 + SIM_PAYLOAD_MAX);
	memcpy(icmp, out->head, out->head_bytes);
	if (out->len_bytes > out->head_bytes)
		memcpy(icmp + out->head_bytes, probe_pattern() + out->head_bytes - 8,
		    out->len_bytes - out->head_bytes);
}

struct packet
packet_reply(const struct probe_out *out)
{
	struct packet p = empty(&out->to, out->len_bytes);
	uint8_t *icmp = packet_icmp(&p);

	message_of(out, icmp);
	icmp[0] = out->to.family == 4 ? 0 : 129;
	packet_seal(&p);
	return p;
}

struct packet
packet_error(const struct probe_out *out, uint8_t type, uint8_t code, uint32_t quoted_bytes)
{
	bool four = out->to.family == 4;
	struct addr router = packet_router(out->to.family),
		    self = packet_our_address(out->to.family);
	uint32_t inner_bytes = four ? IPV4_BYTES : IPV6_BYTES,
		 quoted = quoted_bytes < out->len_bytes ? quoted_bytes : out->len_bytes;
	uint32_t total = (four ? inner_bytes : 0) + out->len_bytes; /* as the length field has it */
	struct packet p = empty(&router, 8 + inner_bytes + quoted);
	uint8_t *icmp = packet_icmp(&p), *inner = icmp + 8, message[8 + SIM_PAYLOAD_MAX];

	icmp[0] = type;
	icmp[1] = code;
	inner[0] = four ? 0x45 : 0x60;
	inner[four ? 2 : 4] = (uint8_t)(total >> 8);
	inner[four ? 3 : 5] = (uint8_t)total;
	inner[four ? 8 : 7] = 3; /* time to live */
	inner[four ? 9 : 6] = four ? 1 : 58;
	memcpy(inner + (four ? 12 : 8), self.bytes, four ? 4 : 16);
	memcpy(inner + (four ? 16 : 24), out->to.bytes, four ? 4 : 16);
	message_of(out, message);
	memcpy(inner + inner_bytes, message, quoted);
	packet_seal(&p);
	return p;
}
