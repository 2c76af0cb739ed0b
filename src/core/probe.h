/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What crosses the border between core and shell: packets to send, what became of them, packets
 * that came. Bytes, struct addr and nsec_t are the only currency here.
 */
#ifndef ICMPMON_CORE_PROBE_H
#define ICMPMON_CORE_PROBE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/units.h"

#define PROBE_HEAD_BYTES 26 /* ICMP header (8), number (8), tag (8), balance (2) */
#define PROBE_BATCH_MAX 64 /* packets of one sendmmsg */
#define PROBE_PAYLOAD_MAX 65507

/* The kinds of probe; X(name, text) */
#define PROBE_KINDS(X)          \
	X(REGULAR, "regular")   \
	X(CONFIRM, "confirm")   \
	X(PARENT, "parent")     \
	X(FLOWTEST, "flowtest") \
	X(TRACE, "trace")       \
	X(ONEOFF, "oneoff")     \
	X(MTU, "mtu")

enum probe_kind {
#define X(name, text) PROBE_##name,
	PROBE_KINDS(X)
#undef X
	    PROBE_KIND_COUNT
};

/* One packet that the shell shall send now. The bytes on the wire are head, then the pattern up to
 * len_bytes. */
struct probe_out {
	uint64_t number; /* hand back in probe_sent */
	uint32_t target; /* for log and capture only */
	uint8_t kind; /* enum probe_kind */
	uint8_t df; /* 1: don't fragment */
	uint8_t broadcast; /* 1: destination is multicast or broadcast, the user allowed it */
	uint8_t want_tx_stamp;
	struct addr to;
	struct addr source; /* family 0: the kernel chooses */
	uint32_t ifindex; /* 0: the kernel chooses */
	uint32_t mark; /* 0: none */
	uint32_t flow_label; /* IPv6, 20 bits, 0: none */
	uint8_t ttl; /* 0: the system's default */
	uint8_t dscp; /* 0..63 */
	uint16_t head_bytes; /* of head: min(len_bytes, PROBE_HEAD_BYTES) */
	uint32_t len_bytes; /* ICMP header and payload together: 8 + size */
	uint8_t head[32]; /* built by icmp_echo_build; IPv6 checksum left to the kernel */
};

/* What became of one packet of a batch. */
struct probe_sent {
	uint64_t number;
	nsec_t tx_ns; /* interpolated send time, monotonic; time of the attempt when error is set */
	nsec_t tx_early_ns; /* clock before the batch: the packet left no sooner */
	int32_t error; /* 0, or -errno of the kernel's refusal */
	int32_t mtu; /* with -EMSGSIZE: the device's MTU, 0 when unknown */
};

enum rx_path { RX_RAW, RX_DGRAM, RX_ERROR_QUEUE };

/* Where a received datagram came from. Its bytes start at the IPv4 header on RX_RAW of family 4, at
 * the ICMP header otherwise. */
struct rx_meta {
	enum rx_path path;
	struct addr from; /* source of the packet, scope set for link-local */
	struct addr to; /* our address, family 0 when not known */
	uint32_t ifindex;
	nsec_t rx_ns; /* kernel receive stamp mapped to monotonic; time of reading when kernel_stamp
			 is false */
	bool kernel_stamp;
	bool ambiguous; /* a clock step makes rx_ns unsure */
	bool truncated; /* the packet was longer than our buffer; full_bytes tells how long */
	uint32_t full_bytes; /* length on the wire from the first byte given */
	int16_t hop_limit; /* TTL or hop limit received, -1 when not known */
	int16_t dscp; /* 0..63, -1 when not known */
};

const char *probe_kind_text(enum probe_kind kind);

/* The constant pattern that follows the head in every payload: byte i of the ICMP message's payload
 * is i & 0xff. At least PROBE_PAYLOAD_MAX bytes; read only. */
const uint8_t *probe_pattern(void);

#endif
