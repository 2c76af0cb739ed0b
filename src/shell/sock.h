/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ICMP sockets all targets share, one receiving socket per family: what the kernel filters out
 * before it costs anything, batches out and in, and the stamps on them. Raw sockets where that is
 * permitted, datagram ICMP sockets otherwise (icmp(7) ping_group_range). It refuses to know which
 * probe a packet answers, and never changes a byte of one. Source: raw(7), ip(7), ipv6(7),
 * socket(7), sendmmsg(2), recvmmsg(2), the kernel's Documentation/networking/timestamping.
 */
#ifndef ICMPMON_SHELL_SOCK_H
#define ICMPMON_SHELL_SOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/probe.h"
#include "core/units.h"

#define SOCK_IDS 32 /* our block of ICMP identifiers, aligned to its own size */
#define SOCK_MARKS_MAX 16 /* different packet marks */
#define SOCK_BATCH_MAX 64 /* packets of one recvmmsg, and of one sendmmsg */
#define SOCK_PACKET_DEFAULT 2048 /* bytes kept of a received packet unless told otherwise */
#define SOCK_PACKET_MIN 128
#define SOCK_PACKET_MAX 65600

struct clock;
struct sock;

struct sock_options {
	uint64_t receive_buffer_bytes; /* asked for; twice that is granted; 0: default */
	uint32_t max_packet_bytes; /* kept of a packet received; 0: SOCK_PACKET_DEFAULT */
	uint16_t id_first; /* first of SOCK_IDS identifiers; low 5 bits ignored */
	bool force_dgram; /* never try a raw socket */
	const uint32_t *marks; /* that probe_out.mark will hold, besides 0 */
	size_t n_marks; /* at most SOCK_MARKS_MAX */
};

enum sock_mode { SOCK_MODE_NONE, SOCK_MODE_RAW, SOCK_MODE_DGRAM };

struct sock_family_status {
	enum sock_mode mode;
	int32_t error; /* -errno why mode is not SOCK_MODE_RAW, else 0 */
	int32_t marks_error; /* -errno of the first mark that was refused, else 0 */
	uint64_t receive_buffer_bytes; /* as the kernel counts it: some 832 bytes a small packet */
};

struct sock_status {
	struct sock_family_status ipv4;
	struct sock_family_status ipv6;
};

/* What happened at this border since sock_open; all only grow. */
struct sock_counters {
	uint64_t receive_interrupted; /* EINTR */
	uint64_t receive_no_memory; /* ENOMEM, ENOBUFS */
	uint64_t receive_errors; /* any other errno */
	uint64_t receive_unusable; /* not from an address of the socket's family */
	uint64_t stamps_missing; /* no kernel stamp: the time of reading was used */
	uint64_t stamps_ambiguous;
	uint64_t send_retried; /* EINTR, or an old error in the way */
	uint64_t send_refused; /* packets that came back with an error */
	uint64_t tx_stamps_lost; /* asked for and never seen, or no longer attributable */
};

/* Opens what can be had of both families, with all marks: afterwards no privilege is needed. An
 * IPv6 that this machine does not have is no error, it is in *ret_status.
 * 0: at least one family works. -EPERM: neither raw nor datagram sockets are permitted; -ENOMEM;
 * -EINVAL: options out of range; else the -errno of IPv4. *ret_status is filled in any case. */
__attribute__((warn_unused_result)) int sock_open(
    struct sock **ret, const struct sock_options *options, struct sock_status *ret_status);
void sock_free(struct sock *s);

/* The receiving socket of family 4 or 6, to watch or to hand on; -1 when there is none. */
int sock_fd(const struct sock *s, int family);

/* Datagram mode: the one identifier the kernel puts into every request; 0 in other modes. */
uint16_t sock_dgram_id(const struct sock *s, int family);

/* Moves the filter to another block of identifiers. 0 or -errno (the old filter then stands). */
__attribute__((warn_unused_result)) int sock_set_ids(struct sock *s, uint16_t id_first);

/* Packets the kernel dropped because the receive buffer was full: a count since sock_open that only
 * grows. Never too low; while the buffer is full, some kernels also count ICMP packets that the
 * filter would have dropped. One system call (IPv6: two). */
uint64_t sock_drops(struct sock *s, int family);

const struct sock_counters *sock_counters(const struct sock *s);

/* Sends out[0..n) in as few system calls as their settings permit, packets of one family in their
 * order, and fills sent[0..n) in the order of out. A refused packet has its -errno in
 * sent[].error and does not stop the others: -EAFNOSUPPORT no socket of that family, -EINVAL no
 * such mark, -EMSGSIZE with mtu, -ENETUNREACH no route (these two also: a source that is not ours,
 * by kernel version), -EACCES a broadcast
 * address that the packet's own flag does not allow, -EAGAIN for all that are left, -ENOBUFS.
 * out[].head must stay in place during the call. Never blocks. Returns the number of
 * packets that went. */
size_t sock_send(struct sock *s, const struct probe_out out[], size_t n, struct probe_sent sent[]);

/* The ICMP error behind a message of path RX_ERROR_QUEUE. Its batch bytes are our own request as
 * the error quoted it, from its ICMP header on; its meta.from is who sent the error. */
struct sock_error {
	uint8_t type;
	uint8_t code;
	uint32_t info; /* MTU of a fragmentation-needed or packet-too-big, else 0 */
	struct addr to; /* where the request was going */
};

/* Up to SOCK_BATCH_MAX packets; caller's memory. bytes point into the sock and hold until the
 * next receive of the same family. */
struct rx_batch {
	size_t n;
	bool drained; /* the queue was seen empty */
	nsec_t read_ns; /* clock before the reading: what came sooner was read by now */
	struct rx_meta meta[SOCK_BATCH_MAX];
	const uint8_t *bytes[SOCK_BATCH_MAX];
	size_t len[SOCK_BATCH_MAX]; /* of bytes: at most max_packet_bytes; see rx_meta.full_bytes */
	struct sock_error error[SOCK_BATCH_MAX]; /* meaningful where meta.path is RX_ERROR_QUEUE */
};

/* Reads up to SOCK_BATCH_MAX packets. In datagram mode the kernel does not tell the length of a
 * packet longer than max_packet_bytes: full_bytes is then one more than len. The clock is read
 * anew so that a step of the wall clock since the last turn cannot pass unseen.
 * 0, *batch filled, n may be 0; -errno when the kernel fails again and again (n is 0). */
__attribute__((warn_unused_result)) int sock_receive(
    struct sock *s, int family, struct clock *clock, struct rx_batch *batch);

/* The same for ICMP errors in datagram mode, where they come by the error queue (IP_RECVERR). In
 * the other modes always empty and drained: errors are ordinary packets there. */
__attribute__((warn_unused_result)) int sock_receive_errors(
    struct sock *s, int family, struct clock *clock, struct rx_batch *batch);

/* When the kernel handed a packet with want_tx_stamp to its device. Raw mode only. */
struct sock_tx_stamp {
	uint64_t number;
	nsec_t tx_ns;
};

/* Reads transmit stamps that have come since; fills stamps[0..cap) and returns how many. Call
 * again when it returns cap. */
size_t sock_receive_tx_stamps(
    struct sock *s, int family, struct clock *clock, struct sock_tx_stamp stamps[], size_t cap);

#endif
