/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Builds requests and checksums; implements one half of core/icmp.h, icmp_parse.c is the other.
 *
 *  0                   1                   2                   3
 *  0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 * +---------------+---------------+-------------------------------+
 * |  Type 8/128   |    Code 0     |           Checksum            |
 * +---------------+---------------+-------------------------------+
 * |          Identifier           |        Sequence number        |
 * +-------------------------------+-------------------------------+
 * |                        Number (64 bits)                       |
 * |                          Tag (64 bits)                        |
 * +-------------------------------+-------------------------------+
 * |            Balance            |  Pattern 18, 19, 20, ...
 * +-------------------------------+--
 */
#include "core/icmp.h"

#include <string.h>

#include "core/bytes.h"
#include "core/probe.h"

#define BALANCED_SUM 0x5a5au /* the sum of number, tag, sequence and balance in every packet */

static uint16_t
fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint64_t
sum_words(const uint8_t *bytes, size_t len)
{
	uint64_t sum = 0;
	size_t i = 0;

	for (; i + 1 < len; i += 2)
		sum += get16(bytes + i);
	if (i < len)
		sum += (uint64_t)bytes[i] << 8;
	return sum;
}

uint16_t
icmp_checksum(const void *bytes, size_t len)
{
	return (uint16_t)~fold(sum_words(bytes, len));
}

/* One's complement sum of the pattern from payload offset 18 up to size, in constant time: a whole
 * period of 256 bytes is 128 words (2k << 8 | 2k + 1), whose sum folds to a constant. */
static uint64_t
pattern_sum(uint32_t size)
{
	uint32_t len, whole;
	uint64_t period = 0;

	if (size <= ICMP_PATTERN_AT)
		return 0;
	len = size - ICMP_PATTERN_AT;
	whole = len / 256;
	/* sum over k of ((2k) << 8) + 2k + 1, k = 0..127: 257 * 2 * 8128 + 128 */
	period = UINT64_C(257) * 2 * 8128 + 128;
	return whole * period + sum_words(probe_pattern() + ICMP_PATTERN_AT, len % 256);
}

uint64_t
icmp_tag(const struct siphash_key *key, const struct addr *to, uint16_t id, uint16_t seq,
    uint64_t number)
{
	uint64_t words[4];

	words[0] = get64(to->bytes);
	words[1] = get64(to->bytes + 8);
	words[2] = number;
	words[3] = (uint64_t)to->family << 32 | (uint64_t)id << 16 | seq;
	return siphash24_words(key, words, 4);
}

/* The complement that makes the sum of what varies a constant. */
static uint16_t
balance(const struct icmp_probe *p)
{
	uint64_t sum = (uint64_t)p->seq;

	for (int shift = 0; shift < 64; shift += 16)
		sum += (uint16_t)(p->number >> shift) + (uint64_t)(uint16_t)(p->tag >> shift);
	return fold((uint64_t)BALANCED_SUM + (uint16_t)~fold(sum));
}

uint32_t
icmp_flow_checksum(uint8_t family, uint16_t id, uint32_t size_bytes)
{
	uint16_t sum;

	if (family != 4 || size_bytes < ICMP_PATTERN_AT)
		return ICMP_CHECKSUM_VARIES;
	sum = fold(0x0800 + (uint64_t)id + BALANCED_SUM + pattern_sum(size_bytes));
	return (uint16_t)~sum;
}

uint32_t
icmp_echo_build(const struct icmp_probe *p, uint8_t head[static 32])
{
	uint32_t in_head = p->size_bytes < ICMP_PATTERN_AT ? p->size_bytes : ICMP_PATTERN_AT;
	uint8_t payload[ICMP_PATTERN_AT];

	put64(payload + ICMP_NUMBER_AT, p->number);
	put64(payload + ICMP_TAG_AT, p->tag);
	put16(payload + ICMP_BALANCE_AT, balance(p));
	head[0] = p->family == 4 ? 8 : 128;
	head[1] = 0;
	put16(head + 2, 0);
	put16(head + 4, p->id);
	put16(head + 6, p->seq);
	memcpy(head + ICMP_HEADER_BYTES, payload, in_head);
	if (p->family == 4) {
		uint32_t constant = icmp_flow_checksum(4, p->id, p->size_bytes);

		put16(head + 2, constant != ICMP_CHECKSUM_VARIES
				    ? (uint16_t)constant
				    : icmp_checksum(head, ICMP_HEADER_BYTES + in_head));
	}
	return ICMP_HEADER_BYTES + in_head;
}

/* What varies in a packet adds up to the constant; only looked at where number, tag and balance are
 * whole. */
static bool
is_balanced(const struct icmp_packet *packet)
{
	uint64_t sum = packet->seq + sum_words(packet->payload, ICMP_PATTERN_AT);

	return fold(sum) == BALANCED_SUM;
}

bool
icmp_payload_intact(const struct icmp_packet *packet, uint32_t size_bytes, uint32_t *ret_good_bytes)
{
	uint32_t both = packet->payload_bytes < size_bytes ? packet->payload_bytes : size_bytes;
	uint32_t i = both < ICMP_PATTERN_AT ? both : ICMP_PATTERN_AT;

	if (both >= ICMP_PATTERN_AT && !is_balanced(packet)) {
		*ret_good_bytes = ICMP_BALANCE_AT;
		return false;
	}
	if (both > i && memcmp(packet->payload + i, probe_pattern() + i, both - i) == 0)
		i = both;
	while (i < both && packet->payload[i] == probe_pattern()[i])
		i++;
	*ret_good_bytes = i;
	return i == size_bytes && packet->payload_bytes == size_bytes;
}
