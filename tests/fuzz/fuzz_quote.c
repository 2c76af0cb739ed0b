/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A request of ours in an error as a router may quote it: behind IPv4 options or IPv6 extension
 * headers, cut off anywhere, padded, with an extension structure behind it. What the parser reads
 * of it is what was sent, as far as it is quoted. Input: a script of the quote.
 */
#include "core/icmp.h"
#include "core/probe.h"
#include "fuzz.h"

#define ERROR_MAX 2048

struct builder {
	uint8_t bytes[ERROR_MAX];
	size_t len;
};

static void
put(struct builder *b, uint64_t value, size_t n_bytes)
{
	for (size_t i = n_bytes; i-- > 0 && b->len < ERROR_MAX;)
		b->bytes[b->len++] = (uint8_t)(value >> 8 * i);
}

/* Returns how many extension headers it put. */
static unsigned
put_ipv6(struct builder *b, struct input *in, size_t payload)
{
	static const uint8_t kinds[] = {0, 43, 60, 44};
	uint8_t headers[32][2];
	unsigned n = (unsigned)take(in, 1) % 12;
	size_t extra = 0;

	for (unsigned i = 0; i < n; i++) {
		headers[i][0] = kinds[take(in, 1) % 4];
		headers[i][1] = headers[i][0] == 44 ? 0 : (uint8_t)(take(in, 1) % 4);
		extra += ((size_t)headers[i][1] + 1) * 8;
	}
	put(b, 0x60000000, 4);
	put(b, extra + payload, 2);
	put(b, n > 0 ? headers[0][0] : 58, 1);
	put(b, 9, 1);
	put(b, UINT64_C(0x20010db800000000), 8);
	put(b, 1, 8);
	put(b, UINT64_C(0x20010db800000000), 8);
	put(b, 2, 8);
	for (unsigned i = 0; i < n; i++) {
		put(b, i + 1 < n ? headers[i + 1][0] : 58, 1);
		put(b, headers[i][1], 1);
		put(b, 0, 6);
		for (unsigned k = 0; k < headers[i][1]; k++)
			put(b, take(in, 1), 8);
	}
	return n;
}

static void
put_ipv4(struct builder *b, struct input *in, size_t payload)
{
	size_t options = (size_t)take(in, 1) % 11 * 4;

	put(b, 0x40 | (5 + options / 4), 1);
	put(b, take(in, 1), 1);
	put(b, 20 + options + payload, 2);
	put(b, 0, 4);
	put(b, 9, 1);
	put(b, 1, 1);
	put(b, take(in, 2), 2);
	put(b, 0xc0000201, 4);
	put(b, 0xc0000202, 4);
	for (size_t i = 0; i < options; i++)
		put(b, take(in, 1), 1);
}

static void
check(const struct icmp_packet *packet, const struct icmp_probe *probe, const uint8_t *head,
    size_t quoted, bool readable)
{
	const struct icmp_quote *q = &packet->quote;

	CHECK(q->present == (readable && quoted >= ICMP_HEADER_BYTES));
	if (!q->present)
		return;
	CHECK(q->is_echo_request);
	CHECK(q->family == probe->family);
	CHECK(q->id == probe->id && q->seq == probe->seq);
	CHECK(q->checksum == (uint16_t)(head[2] << 8 | head[3]));
	CHECK(q->ttl == 9);
	CHECK(q->to.bytes[probe->family == 4 ? 3 : 15] == 2);
	CHECK(q->quoted_bytes == quoted);
	CHECK(q->has_number == (quoted >= 16));
	CHECK(q->has_tag == (quoted >= 24));
	CHECK(!q->has_number || q->number == probe->number);
	CHECK(!q->has_tag || q->tag == probe->tag);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t types[2][4] = {{3, 11, 12, 3}, {1, 3, 2, 4}};
	struct input in = {data, size};
	struct icmp_probe probe = {.family = take(&in, 1) & 1 ? 6 : 4};
	bool ipv6 = probe.family == 6;
	uint8_t head[32], type = types[ipv6][take(&in, 1) & 3], code = (uint8_t)take(&in, 1);
	static struct builder b;
	struct icmp_packet packet;
	size_t message, cut, quoted, extended = 0;
	unsigned headers = 0;

	probe.id = (uint16_t)take(&in, 2);
	probe.seq = (uint16_t)take(&in, 2);
	probe.number = take(&in, 8);
	probe.tag = take(&in, 8);
	probe.size_bytes = (uint32_t)take(&in, 2) % 300;
	b.len = 0;
	put(&b, type, 1);
	put(&b, code, 1);
	put(&b, 0, 2);
	put(&b, take(&in, 4), 4);
	b.bytes[ipv6 ? 4 : 5] = 0;
	if (ipv6)
		headers = put_ipv6(&b, &in, ICMP_HEADER_BYTES + probe.size_bytes);
	else
		put_ipv4(&b, &in, ICMP_HEADER_BYTES + probe.size_bytes);
	message = b.len;
	for (uint32_t i = 0, n = icmp_echo_build(&probe, head); i < n; i++)
		put(&b, head[i], 1);
	for (uint32_t i = ICMP_PATTERN_AT; i < probe.size_bytes; i++)
		put(&b, probe_pattern()[i], 1);
	cut = take(&in, 2) % (b.len - ICMP_HEADER_BYTES + 1) + ICMP_HEADER_BYTES;
	if (take(&in, 1) & 1) { /* RFC 4884: 128 bytes or more, then an extension structure */
		cut = b.len;
		while ((b.len - ICMP_HEADER_BYTES) % 8 != 0 || b.len - ICMP_HEADER_BYTES < 128)
			put(&b, 0, 1);
		extended = (b.len - ICMP_HEADER_BYTES) / (ipv6 ? 8 : 4);
		if (extended < 256 && (ipv6 ? type == 1 || type == 3 : true))
			b.bytes[ipv6 ? 4 : 5] = (uint8_t)extended;
		for (uint64_t n = take(&in, 1); n > 0; n--)
			put(&b, take(&in, 1), 1);
	} else
		b.len = cut;
	quoted = cut > message ? cut - message : 0;
	CHECK(icmp_parse(probe.family, false, b.bytes, b.len, b.len, &packet) == ICMP_ERROR);
	check(&packet, &probe, head, quoted, headers <= ICMP_EXTENSION_HEADERS_MAX);
	return 0;
}
