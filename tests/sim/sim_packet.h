/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Packets as a socket would read them, built by hand and not by core/icmp, so that one defect
 * cannot hide another.
 */
#ifndef ICMPMON_TESTS_SIM_PACKET_H
#define ICMPMON_TESTS_SIM_PACKET_H

#include "core/probe.h"

#define SIM_PAYLOAD_MAX 96
#define PACKET_MAX 192

struct packet {
	struct rx_meta meta; /* rx_ns is the caller's */
	uint32_t len;
	uint8_t bytes[PACKET_MAX];
};

/* The echo reply that a good host gives. */
struct packet packet_reply(const struct probe_out *out);
/* An error from a router that quotes the probe, up to quoted_bytes of its ICMP message. */
struct packet packet_error(
    const struct probe_out *out, uint8_t type, uint8_t code, uint32_t quoted_bytes);
/* Where the ICMP header begins. */
uint8_t *packet_icmp(struct packet *p);
/* Sets the checksum right after a change (IPv4; that of IPv6 is the kernel's business). */
void packet_seal(struct packet *p);
/* Where packets to us go, and errors come from. */
struct addr packet_our_address(uint8_t family);
struct addr packet_router(uint8_t family);

#endif
