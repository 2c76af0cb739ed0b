/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The packet parser, both families, with and without the IPv4 header. Input: flags (1), how much
 * longer the packet was (1), the packet. Whatever the verdict, all that the parser points at or
 * quotes stands in the bytes; what it calls a reply has a checksum that is right.
 */
#include "core/icmp.h"
#include "fuzz.h"

enum flags { FLAG_IPV6 = 1, FLAG_HEADER = 2 };

static bool
is_sum_right(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum == 0xffff;
}

/* True when n bytes of a number stand at p. */
static bool
reads(const uint8_t *p, uint64_t number, size_t n)
{
	for (size_t i = n; i-- > 0; p++) {
		if (*p != (uint8_t)(number >> 8 * i))
			return false;
	}
	return true;
}

/* The quoted message stands somewhere in the bytes, with all that was read of it. */
static bool
is_quoted(const struct icmp_quote *q, const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at + q->quoted_bytes <= len; at++) {
		const uint8_t *p = bytes + at;

		if (reads(p + 2, q->checksum, 2) && reads(p + 4, q->id, 2) &&
		    reads(p + 6, q->seq, 2) && (!q->has_number || reads(p + 8, q->number, 8)) &&
		    (!q->has_tag || reads(p + 16, q->tag, 8)))
			return true;
	}
	return false;
}

static void
check_quote(const struct icmp_packet *packet, enum icmp_verdict verdict, uint8_t family,
    const uint8_t *bytes, size_t len)
{
	const struct icmp_quote *q = &packet->quote;

	if (!q->present) {
		CHECK(!q->is_echo_request && !q->has_number && !q->has_tag);
		return;
	}
	CHECK(verdict == ICMP_ERROR || verdict == ICMP_REDIRECT || verdict == ICMP_SOURCE_QUENCH ||
	      verdict == ICMP_BAD_CHECKSUM);
	CHECK(q->family == family && q->to.family == family && q->source.family == family);
	CHECK(q->quoted_bytes >= 8 && q->quoted_bytes <= len);
	CHECK(q->has_number == (q->quoted_bytes >= 16));
	CHECK(q->has_tag == (q->quoted_bytes >= 24));
	CHECK(q->ttl >= 0 && q->ttl <= 255);
	CHECK(is_quoted(q, bytes, len));
}

static void
check_message(
    const struct icmp_packet *packet, enum icmp_verdict verdict, const uint8_t *bytes, size_t len)
{
	uint32_t good, sizes[] = {0, 17, 56, packet->payload_bytes, 65507};

	if (packet->payload == NULL) {
		CHECK(packet->payload_bytes == 0);
		CHECK(verdict != ICMP_ECHO_REPLY && verdict != ICMP_REQUEST &&
		      verdict != ICMP_TIMESTAMP_REPLY);
		return;
	}
	CHECK(packet->payload >= bytes + ICMP_HEADER_BYTES);
	CHECK(packet->payload + packet->payload_bytes == bytes + len);
	CHECK(reads(packet->payload - 4, packet->id, 2));
	CHECK(reads(packet->payload - 2, packet->seq, 2));
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		bool intact = icmp_payload_intact(packet, sizes[i], &good);

		CHECK(good <= packet->payload_bytes && good <= sizes[i]);
		CHECK(!intact || (good == sizes[i] && good == packet->payload_bytes));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input in = {data, size};
	uint8_t flags = (uint8_t)take(&in, 1);
	size_t full = (size_t)take(&in, 1) + in.left, header = 0;
	uint8_t family = flags & FLAG_IPV6 ? 6 : 4;
	bool has_header = family == 4 && flags & FLAG_HEADER;
	struct icmp_packet packet, again;
	enum icmp_verdict verdict;

	memset(&packet, 0xa5, sizeof(packet));
	memset(&again, 0x5a, sizeof(again));
	verdict = icmp_parse(family, has_header, in.bytes, in.left, full, &packet);
	CHECK(verdict == icmp_parse(family, has_header, in.bytes, in.left, full, &again));
	CHECK(memcmp(&packet, &again, sizeof(packet)) == 0); /* nothing is left unset */
	CHECK((unsigned)verdict < ICMP_VERDICT_COUNT);
	if (verdict == ICMP_MALFORMED)
		return 0;
	if (has_header)
		header = (size_t)(in.bytes[0] & 15) * 4;
	CHECK(header + ICMP_HEADER_BYTES <= in.left);
	CHECK(packet.type == in.bytes[header] && packet.code == in.bytes[header + 1]);
	CHECK(packet.unverified == (full > in.left));
	if (has_header && !packet.unverified)
		CHECK((verdict != ICMP_BAD_CHECKSUM) ==
		      is_sum_right(in.bytes + header, in.left - header));
	else
		CHECK(verdict != ICMP_BAD_CHECKSUM);
	check_message(&packet, verdict, in.bytes, in.left);
	check_quote(&packet, verdict, family, in.bytes, in.left);
	CHECK(icmp_error_text(family, packet.type, packet.code)[0] != '\0');
	return 0;
}
