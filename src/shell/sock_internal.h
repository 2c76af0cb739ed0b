/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the files of sock share, and nobody else may see.
 */
#ifndef ICMPMON_SHELL_SOCK_INTERNAL_H
#define ICMPMON_SHELL_SOCK_INTERNAL_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "shell/sock.h"

/* Tunables.
 * CONTROL_BYTES   one packet's control messages, either way: the largest set is below 200
 * SEND_BYTES      send buffer: a batch of probes at the usual sizes with room to spare
 * TX_STAMPS       transmit stamps awaited per socket, a power of two: some turns of 128 probes
 * RETRIES         system calls repeated in one receive before giving up */
#define SOCK_CONTROL_BYTES 256
#define SOCK_SEND_BYTES (1024 * 1024)
#define SOCK_TX_STAMPS 1024
#define SOCK_RETRIES 8

struct sock_tx_pending {
	uint64_t number;
	nsec_t early_ns; /* the packet did not leave sooner */
	bool waiting;
};

/* Transmit stamps of one sending socket. The kernel numbers the packets that ask for a stamp from 0
 * (SOF_TIMESTAMPING_OPT_ID); whether a refused one used up a number depends on the kernel's
 * version and the reason, so the count starts anew where that is possible. */
struct sock_tx_stamps {
	bool on; /* a packet has asked for one */
	bool refused; /* the kernel does not do it */
	uint32_t next_key;
	nsec_t since_ns; /* stamps older than this belong to an earlier count */
	struct sock_tx_pending pending[SOCK_TX_STAMPS];
};

/* A socket that sends, with the options that cannot be had per packet. */
struct sock_sender {
	int fd; /* -1: refused; the receiving socket's for mark 0 and no df, and in datagram mode */
	int32_t error;
	uint32_t mark;
	bool df;
	bool broadcast; /* SO_BROADCAST as it stands */
	struct sock_tx_stamps *stamps; /* NULL in datagram mode */
};

union sock_name {
	struct sockaddr any;
	struct sockaddr_in four;
	struct sockaddr_in6 six;
};

struct sock_slot {
	union sock_name name;
	struct iovec iov[2];
	_Alignas(struct cmsghdr) uint8_t control[SOCK_CONTROL_BYTES];
};

#define SOCK_SENDERS_MAX (2 * (SOCK_MARKS_MAX + 1))

/* One family. */
struct sock_side {
	uint8_t family; /* 4 or 6 */
	enum sock_mode mode;
	int fd; /* the receiving socket, -1: none */
	int mtu_fd; /* a UDP socket to ask the routing table for an MTU, -1: none */
	int witness_fd; /* see sock_drops; -1: none */
	uint16_t dgram_id;
	size_t n_senders;
	struct sock_sender senders[SOCK_SENDERS_MAX];
	uint32_t drops_seen; /* the kernel's counters at the last reading */
	uint32_t witness_seen;
	int64_t drops_all; /* their growth since sock_open */
	int64_t drops_witness;
	uint64_t drops;
	nsec_t drained_ns; /* the receive queue was seen empty; 0: never */
	nsec_t errors_drained_ns;

	uint16_t batch[SOCK_BATCH_MAX]; /* indices into the caller's out[] */
	struct mmsghdr tx[SOCK_BATCH_MAX];
	struct sock_slot tx_slots[SOCK_BATCH_MAX];

	size_t rx_used; /* slots the last receive wrote to */
	struct mmsghdr rx[SOCK_BATCH_MAX];
	struct sock_slot rx_slots[SOCK_BATCH_MAX];
	uint8_t *rx_bytes; /* SOCK_BATCH_MAX times packet_bytes */
};

struct sock {
	uint16_t id_first;
	uint32_t packet_bytes;
	struct sock_counters counters;
	struct sock_side sides[2];
};

/* The side of family 4 or 6; NULL for anything else. */
struct sock_side *sock_side(struct sock *s, int family);

/* setsockopt of an int. 0 or -errno. */
int sock_set_int(int fd, int level, int option, int value);

/* Closes a descriptor that may be -1, and makes it that. */
void sock_close_fd(int *fd);

/* The kernel's drop counter of a socket; false when it cannot be read (fd -1, for example). */
bool sock_read_drops(int fd, uint32_t *ret_drops);

/* Sets or clears "do not fragment" on a socket of the side. 0 or -errno. */
int sock_set_df(const struct sock_side *side, int fd, bool df);

/* AF_INET or AF_INET6. */
int sock_domain(const struct sock_side *side);

/* Attaches to the receiving socket what lets only our own traffic pass. 0 or -errno. */
int sock_filter_attach(int fd, int family, uint16_t id_first);

/* Attaches to a socket what lets nothing pass. 0 or -errno. */
int sock_filter_close(int fd, int family);

/* The same, but looks at all the types that our receiving socket looks at. 0 or -errno. */
int sock_filter_witness(int fd);

/* Address of a socket name, family 0 when it is none of either family. */
struct addr sock_name_addr(const union sock_name *name, socklen_t len);

/* Kernel stamp of a received message mapped to monotonic, out of its SCM_TIMESTAMPNS. */
struct timespec;
nsec_t sock_stamp_ns(struct sock *s, const struct clock *clock, const struct timespec *stamp,
    nsec_t not_before_ns, nsec_t not_after_ns, bool *ret_ambiguous);

/* A packet of sender asks for a transmit stamp: prepares the socket. False: not possible. */
bool sock_stamps_want(struct sock_sender *sender);

/* Packets left: the next number of this socket belongs to that probe. */
void sock_stamps_note(struct sock *s, struct sock_sender *sender, uint64_t number, nsec_t early_ns);

/* A packet that asked for a stamp was refused and may have been counted: starts the count
 * anew. Stamps not read yet are lost. */
void sock_stamps_restart(struct sock *s, struct sock_sender *sender);

#endif
