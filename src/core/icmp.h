/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * ICMP on the wire: builds echo requests and timestamp requests, parses replies and every error of
 * both families, with the packet that an error quotes. IPv4 and IPv6 differ by one block of
 * parameters. For every byte string it has a verdict. It refuses to know sockets, targets and time.
 * Sources: RFC 792, 1071, 1122, 1812, 4443, 4884, 4950 (opaque), 8200 section 4 (extension
 * headers).
 */
#ifndef ICMPMON_CORE_ICMP_H
#define ICMPMON_CORE_ICMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/outcome.h"
#include "core/siphash.h"

#define ICMP_HEADER_BYTES 8
#define ICMP_NUMBER_AT 0 /* in the payload: number (8) | tag (8) | balance (2) | pattern */
#define ICMP_TAG_AT 8
#define ICMP_BALANCE_AT 16
#define ICMP_PATTERN_AT 18
#define ICMP_CHECKSUM_VARIES 0x10000u
#define ICMP_EXTENSION_HEADERS_MAX 8

/* X(name, text) */
#define ICMP_VERDICTS(X)                      \
	X(ECHO_REPLY, "echo reply")           \
	X(TIMESTAMP_REPLY, "timestamp reply") \
	X(ERROR, "error")                     \
	X(REDIRECT, "redirect")               \
	X(SOURCE_QUENCH, "source quench")     \
	X(REQUEST, "request")                 \
	X(OTHER, "other")                     \
	X(BAD_CHECKSUM, "bad checksum")       \
	X(MALFORMED, "malformed")

/* Errors by what they say, both families alike; X(name, text) */
#define ICMP_ERROR_TYPES(X)                       \
	X(UNREACHABLE, "destination_unreachable") \
	X(TOO_BIG, "packet_too_big")              \
	X(EXCEEDED, "time_exceeded")              \
	X(PARAMETER, "parameter_problem")         \
	X(QUENCH, "source_quench")                \
	X(REDIRECT, "redirect")                   \
	X(OTHER, "other")

enum icmp_error_type {
#define X(name, text) ICMP_TYPE_##name,
	ICMP_ERROR_TYPES(X)
#undef X
	    ICMP_TYPE_COUNT
};

enum icmp_verdict {
#define X(name, text) ICMP_##name,
	ICMP_VERDICTS(X)
#undef X
	    ICMP_VERDICT_COUNT
};

/* What identifies one request. */
struct icmp_probe {
	uint8_t family; /* 4 or 6 */
	uint16_t id, seq;
	uint64_t number, tag;
	uint32_t size_bytes; /* payload, 0..65507 */
};

/* The packet that an error quotes, as far as it is quoted. */
struct icmp_quote {
	bool present; /* its IP header and 8 bytes of ICMP could be read */
	bool is_echo_request; /* echo request, code 0; id and seq are meaningful */
	bool has_number, has_tag;
	uint8_t family;
	struct addr source, to;
	uint16_t id, seq;
	uint16_t checksum; /* as quoted */
	uint64_t number, tag;
	uint32_t quoted_bytes; /* of its ICMP message, without padding */
	int16_t ttl;
};

struct icmp_packet {
	uint8_t type, code;
	bool unverified; /* truncated: the checksum could not be verified */
	uint16_t checksum;
	uint16_t id, seq; /* echo and timestamp */
	uint64_t number, tag; /* of the payload, 0 when it is shorter */
	const uint8_t *payload; /* into the caller's bytes */
	uint32_t payload_bytes; /* received */
	int16_t ip_ttl, ip_dscp; /* IPv4 with header, else -1 */
	uint32_t mtu; /* next-hop MTU of fragmentation needed or packet too big, 0: none */
	uint32_t pointer; /* of parameter problem */
	struct addr gateway; /* of redirect */
	struct icmp_quote quote; /* of errors, and of IPv4 redirects */
};

/* SipHash over family, destination, id, sequence and number. The scope is not part of it. */
uint64_t icmp_tag(const struct siphash_key *key, const struct addr *to, uint16_t id, uint16_t seq,
    uint64_t number);

/* Builds header and the first 18 bytes of payload into head; what follows on the wire is the
 * pattern from payload offset 18 on. From 18 bytes of payload on the checksum is the same for all
 * probes of one id and size; the IPv4 checksum is set, the IPv6 one is left to the kernel. Returns
 * the bytes of head: 8 + size_bytes, at most 26. */
uint32_t icmp_echo_build(const struct icmp_probe *probe, uint8_t head[static 32]);

/* The checksum that all IPv4 requests of this id and size carry; ICMP_CHECKSUM_VARIES below 18
 * bytes and for IPv6. */
uint32_t icmp_flow_checksum(uint8_t family, uint16_t id, uint32_t size_bytes);

/* A verdict for bytes[0..len) of a packet that was full_len long. has_ip_header: the bytes start at
 * the IPv4 header, and the checksum is ours to verify; else the kernel has done it. *ret_packet is
 * filled as far as the bytes could be read, whatever the verdict. */
enum icmp_verdict icmp_parse(uint8_t family, bool has_ip_header, const uint8_t *bytes, size_t len,
    size_t full_len, struct icmp_packet *ret_packet);

/* True when the payload is as sent: of this size, and the pattern from byte 18 on. *ret_good_bytes:
 * how many bytes from the start on are right (number and tag are taken as proven, the balance is
 * checked). */
bool icmp_payload_intact(
    const struct icmp_packet *packet, uint32_t size_bytes, uint32_t *ret_good_bytes);

/* Internet checksum (RFC 1071) of bytes, ready for the field: the complement of the one's
 * complement sum. */
uint16_t icmp_checksum(const void *bytes, size_t len);

/* Words for an error: "host unreachable"; "type 3 code 99" style text is never returned: unknown
 * codes give the type's words. */
const char *icmp_error_text(uint8_t family, uint8_t type, uint8_t code);
/* The label that it is counted under; the RFC that defines this code, 0: none does. */
enum cause_label icmp_error_label(uint8_t family, uint8_t type, uint8_t code);
uint16_t icmp_error_rfc(uint8_t family, uint8_t type, uint8_t code);

enum icmp_error_type icmp_error_type(uint8_t family, uint8_t type);
const char *icmp_error_type_text(enum icmp_error_type type);

const char *icmp_verdict_text(enum icmp_verdict verdict);

#endif
