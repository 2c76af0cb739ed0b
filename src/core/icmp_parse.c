/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A verdict for every byte string, and the packet that an error quotes.
 *
 *  Error (RFC 792, 4443), with the length of the quoted part as RFC 4884 has it:
 * +---------------+---------------+-------------------------------+
 * |     Type      |     Code      |           Checksum            |
 * +---------------+---------------+-------------------------------+
 * |  v6: Length   |  v4: Length   |  v4: next-hop MTU             |
 * +---------------+---------------+-------------------------------+
 * |  IP header and the first bytes of the packet in error, then   |
 * |  perhaps an extension structure (MPLS labels), never read     |
 * +---------------------------------------------------------------+
 */
#include "core/icmp.h"

#include <string.h>

#include "core/bytes.h"

#define IPV4_HEADER_MIN 20
#define IPV6_HEADER 40
#define FRAGMENT_OFFSET 0x1fff

struct family {
	uint16_t request, reply, unreachable, time_exceeded, parameter, too_big, redirect,
	    source_quench, timestamp_reply, timestamp; /* types */
	uint8_t length_at; /* of RFC 4884, in the error's header; 0: has none */
	uint8_t length_unit; /* bytes */
	uint8_t protocol;
};

#define ABSENT 256 /* a type that the family does not have */

static const struct family ipv4 = {
    .request = 8,
    .reply = 0,
    .unreachable = 3,
    .time_exceeded = 11,
    .parameter = 12,
    .too_big = ABSENT,
    .redirect = 5,
    .source_quench = 4,
    .timestamp_reply = 14,
    .timestamp = 13,
    .length_at = 5,
    .length_unit = 4,
    .protocol = 1,
};
static const struct family ipv6 = {
    .request = 128,
    .reply = 129,
    .unreachable = 1,
    .time_exceeded = 3,
    .parameter = 4,
    .too_big = 2,
    .redirect = 137,
    .source_quench = ABSENT,
    .timestamp_reply = ABSENT,
    .timestamp = ABSENT,
    .length_at = 4,
    .length_unit = 8,
    .protocol = 58,
};

/* A quoted packet may be padded with zeros (RFC 4884 section 3): its own length tells where it
 * ends, unless a router has made nonsense of it. */
static size_t
without_padding(size_t len, size_t header, size_t packet)
{
	return packet >= header + ICMP_HEADER_BYTES && packet < len ? packet : len;
}

/* The end of IPv4 options or IPv6 extension headers; 0 when the next protocol is not ICMP, or not
 * all was quoted. *len becomes less where the packet is padded. */
static size_t
skip_ipv4(const uint8_t *bytes, size_t *len, struct icmp_quote *q)
{
	size_t header;

	if (*len < IPV4_HEADER_MIN || bytes[0] >> 4 != 4)
		return 0;
	header = (size_t)(bytes[0] & 15) * 4;
	if (header < IPV4_HEADER_MIN || header > *len || bytes[9] != ipv4.protocol ||
	    (get16(bytes + 6) & FRAGMENT_OFFSET) != 0)
		return 0;
	*len = without_padding(*len, header, get16(bytes + 2));
	q->ttl = bytes[8];
	q->source = addr_ipv4(bytes + 12);
	q->to = addr_ipv4(bytes + 16);
	return header;
}

static size_t
skip_ipv6(const uint8_t *bytes, size_t *len, struct icmp_quote *q)
{
	size_t at = IPV6_HEADER;
	uint8_t next;

	if (*len < IPV6_HEADER || bytes[0] >> 4 != 6)
		return 0;
	*len = without_padding(*len, IPV6_HEADER, IPV6_HEADER + (size_t)get16(bytes + 4));
	next = bytes[6];
	q->ttl = bytes[7];
	q->source = addr_ipv6(bytes + 8, 0);
	q->to = addr_ipv6(bytes + 24, 0);
	for (int i = 0; i < ICMP_EXTENSION_HEADERS_MAX && next != ipv6.protocol; i++) {
		bool fragment = next == 44;

		if (next != 0 && next != 43 && !fragment &&
		    next != 60) /* hop-by-hop, routing, fragment, destination */
			return 0;
		if (at + 8 > *len || (fragment && get16(bytes + at + 2) >> 3 != 0))
			return 0;
		next = bytes[at];
		at += fragment ? 8 : ((size_t)bytes[at + 1] + 1) * 8;
	}
	return next == ipv6.protocol && at <= *len ? at : 0;
}

static void
parse_quote(uint8_t family, const uint8_t *bytes, size_t len, struct icmp_quote *q)
{
	const struct family *f = family == 4 ? &ipv4 : &ipv6;
	size_t at;

	q->family = family;
	at = family == 4 ? skip_ipv4(bytes, &len, q) : skip_ipv6(bytes, &len, q);
	if (at == 0 || len - at < ICMP_HEADER_BYTES)
		return;
	bytes += at;
	len -= at;
	q->present = true;
	q->quoted_bytes = (uint32_t)len;
	q->checksum = get16(bytes + 2);
	q->is_echo_request = bytes[0] == f->request && bytes[1] == 0;
	q->id = get16(bytes + 4);
	q->seq = get16(bytes + 6);
	bytes += ICMP_HEADER_BYTES;
	len -= ICMP_HEADER_BYTES;
	q->has_number = len >= ICMP_TAG_AT;
	q->has_tag = len >= ICMP_BALANCE_AT;
	if (q->has_number)
		q->number = get64(bytes + ICMP_NUMBER_AT);
	if (q->has_tag)
		q->tag = get64(bytes + ICMP_TAG_AT);
}

static enum icmp_verdict
parse_redirect(uint8_t family, const uint8_t *icmp, size_t len, struct icmp_packet *p)
{
	if (family == 4) {
		p->gateway = addr_ipv4(icmp + 4);
		parse_quote(family, icmp + ICMP_HEADER_BYTES, len - ICMP_HEADER_BYTES, &p->quote);
	} else if (len >= ICMP_HEADER_BYTES + 16) /* target address (RFC 4861 section 4.5) */
		p->gateway = addr_ipv6(icmp + ICMP_HEADER_BYTES, 0);
	return ICMP_REDIRECT;
}

static enum icmp_verdict
parse_error(
    uint8_t family, const struct family *f, const uint8_t *icmp, size_t len, struct icmp_packet *p)
{
	size_t quoted = len - ICMP_HEADER_BYTES;
	size_t extended =
	    (size_t)icmp[f->length_at] * f->length_unit; /* 0: no extension structure */

	if (p->type == f->redirect)
		return parse_redirect(family, icmp, len, p);
	if (p->type == f->source_quench) {
		parse_quote(family, icmp + ICMP_HEADER_BYTES, quoted, &p->quote);
		return ICMP_SOURCE_QUENCH;
	}
	if (p->type == f->parameter) {
		p->pointer = family == 4 ? icmp[4] : get32(icmp + 4);
		extended = family == 4 ? extended : 0;
	}
	if (p->type == f->too_big) {
		p->mtu = get32(icmp + 4);
		extended = 0;
	}
	if (family == 4 && p->type == f->unreachable && p->code == 4)
		p->mtu = get16(icmp + 6);
	if (extended >= 128 &&
	    extended <
		quoted) /* RFC 4884 section 3: at least 128 bytes stand before an extension */
		quoted = extended;
	parse_quote(family, icmp + ICMP_HEADER_BYTES, quoted, &p->quote);
	return ICMP_ERROR;
}

static enum icmp_verdict
parse_message(uint8_t family, const uint8_t *icmp, size_t len, struct icmp_packet *p)
{
	const struct family *f = family == 4 ? &ipv4 : &ipv6;

	if (p->type == f->reply || p->type == f->request || p->type == f->timestamp ||
	    p->type == f->timestamp_reply) {
		p->id = get16(icmp + 4);
		p->seq = get16(icmp + 6);
		p->payload = icmp + ICMP_HEADER_BYTES;
		p->payload_bytes = (uint32_t)(len - ICMP_HEADER_BYTES);
		if (p->payload_bytes >= ICMP_TAG_AT)
			p->number = get64(p->payload + ICMP_NUMBER_AT);
		if (p->payload_bytes >= ICMP_BALANCE_AT)
			p->tag = get64(p->payload + ICMP_TAG_AT);
		if (p->type == f->request || p->type == f->timestamp)
			return ICMP_REQUEST;
		if (p->type == f->timestamp_reply)
			return ICMP_TIMESTAMP_REPLY;
		return p->code == 0 ? ICMP_ECHO_REPLY : ICMP_OTHER;
	}
	if (p->type == f->unreachable || p->type == f->time_exceeded || p->type == f->parameter ||
	    p->type == f->too_big || p->type == f->redirect || p->type == f->source_quench)
		return parse_error(family, f, icmp, len, p);
	return ICMP_OTHER;
}

enum icmp_verdict
icmp_parse(uint8_t family, bool has_ip_header, const uint8_t *bytes, size_t len, size_t full_len,
    struct icmp_packet *p)
{
	enum icmp_verdict verdict;

	memset(p, 0, sizeof(*p));
	p->ip_ttl = p->ip_dscp = -1;
	if (has_ip_header) {
		size_t header;

		if (len < IPV4_HEADER_MIN || bytes[0] >> 4 != 4)
			return ICMP_MALFORMED;
		header = (size_t)(bytes[0] & 15) * 4;
		if (header < IPV4_HEADER_MIN || header > len || bytes[9] != ipv4.protocol ||
		    (get16(bytes + 6) & FRAGMENT_OFFSET) != 0)
			return ICMP_MALFORMED;
		p->ip_ttl = bytes[8];
		p->ip_dscp = bytes[1] >> 2;
		bytes += header;
		len -= header;
		full_len = full_len > header ? full_len - header : 0;
	}
	if (len < ICMP_HEADER_BYTES)
		return ICMP_MALFORMED;
	p->type = bytes[0];
	p->code = bytes[1];
	p->checksum = get16(bytes + 2);
	p->unverified = full_len > len;
	verdict = parse_message(family, bytes, len, p);
	if (has_ip_header && !p->unverified && icmp_checksum(bytes, len) != 0)
		return ICMP_BAD_CHECKSUM;
	return verdict;
}
