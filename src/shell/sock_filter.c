/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The kernel filters of the sockets. Every raw ICMP socket of a machine gets a copy of every ICMP
 * packet, so what is not ours is dropped before it is copied (by type) or queued (by identifier).
 * A filter only saves work and room in the queue: whatever passes is still checked by its reader.
 * Source: RFC 792, RFC 4443, raw(7), the kernel's Documentation/networking/filter.
 *
 * An ICMP error quotes the packet it is about, so our identifier stands deeper in it:
 *
 *   IPv4 header (ihl*4) | type code cksum unused | IPv4 header (ihl*4) | type code cksum id seq ...
 *   (none on raw IPv6)  | type code cksum unused | IPv6 header (40)    | type code cksum id seq ...
 */
#include <assert.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>

#include "shell/sock_internal.h"

#define ID_MASK (0xffff & ~(SOCK_IDS - 1))

static_assert((SOCK_IDS & (SOCK_IDS - 1)) == 0, "a mask picks the block");

enum { QUOTE = 8, ICMP_ID = 4, V4_FRAGMENT = 6, V4_PROTOCOL = 9, V6_NEXT = 6, V6_HEADER = 40 };

/* A jump is counted from the instruction behind it; PASS and DROP end each program. */
#define LENGTH_V4 29
#define LENGTH_V6 19
#define TO(at, target) ((uint8_t)((target) - (at)-1))
#define IF_EQUAL(k, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, k, yes, no)

static int
attach(int fd, const struct sock_filter *program, uint16_t length)
{
	const struct sock_fprog prog = {
	    .len = length,
	    .filter = (struct sock_filter *)(uintptr_t)program,
	};

	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ? -errno : 0;
}

static int
attach_ipv4(int fd, uint32_t id_first)
{
	enum { REPLY = 9, ERROR = 12, PASS = 27, DROP = 28 };
	const struct sock_filter program[] = {
	    /*  0 */ BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0), /* X = bytes of the IPv4 header */
	    /*  1 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	    /*  2 */ IF_EQUAL(ICMP_ECHOREPLY, TO(2, REPLY), 0),
	    /*  3 */ IF_EQUAL(ICMP_TIMESTAMPREPLY, TO(3, REPLY), 0),
	    /*  4 */ IF_EQUAL(ICMP_DEST_UNREACH, TO(4, ERROR), 0),
	    /*  5 */ IF_EQUAL(ICMP_SOURCE_QUENCH, TO(5, ERROR), 0),
	    /*  6 */ IF_EQUAL(ICMP_REDIRECT, TO(6, ERROR), 0),
	    /*  7 */ IF_EQUAL(ICMP_TIME_EXCEEDED, TO(7, ERROR), 0),
	    /*  8 */ IF_EQUAL(ICMP_PARAMETERPROB, TO(8, ERROR), TO(8, DROP)),
	    /*  9 REPLY */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, ICMP_ID),
	    /* 10 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ID_MASK),
	    /* 11 */ IF_EQUAL(id_first, TO(11, PASS), TO(11, DROP)),
	    /* 12 ERROR */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, QUOTE + V4_PROTOCOL),
	    /* 13 */ IF_EQUAL(IPPROTO_ICMP, 0, TO(13, DROP)),
	    /* 14 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, QUOTE + V4_FRAGMENT),
	    /* 15 */ BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, TO(15, DROP), 0),
	    /* 16 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, QUOTE),
	    /* 17 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, 0x0f),
	    /* 18 */ BPF_STMT(BPF_ALU | BPF_LSH | BPF_K, 2),
	    /* 19 */ BPF_STMT(BPF_ALU | BPF_ADD | BPF_X, 0),
	    /* 20 */ BPF_STMT(BPF_MISC | BPF_TAX, 0), /* X + QUOTE = the quoted ICMP header */
	    /* 21 */ BPF_STMT(BPF_LD | BPF_B | BPF_IND, QUOTE),
	    /* 22 */ IF_EQUAL(ICMP_ECHO, TO(22, 24), 0),
	    /* 23 */ IF_EQUAL(ICMP_TIMESTAMP, 0, TO(23, DROP)),
	    /* 24 */ BPF_STMT(BPF_LD | BPF_H | BPF_IND, QUOTE + ICMP_ID),
	    /* 25 */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ID_MASK),
	    /* 26 */ IF_EQUAL(id_first, TO(26, PASS), TO(26, DROP)),
	    /* 27 PASS */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    /* 28 DROP */ BPF_STMT(BPF_RET | BPF_K, 0),
	};

	static_assert(sizeof(program) / sizeof(program[0]) == LENGTH_V4, "jumps are counted");
	return attach(fd, program, LENGTH_V4);
}

static int
attach_ipv6(int fd, uint32_t id_first)
{
	enum { REQUEST = 12, OURS = 15, PASS = 17, DROP = 18 };
	const struct sock_filter program[] = {
	    /*  0 */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 0),
	    /*  1 */ IF_EQUAL(ICMP6_ECHO_REPLY, 0, TO(1, 4)),
	    /*  2 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ICMP_ID),
	    /*  3 */ BPF_JUMP(BPF_JMP | BPF_JA, TO(3, OURS), 0, 0),
	    /*  4 */ IF_EQUAL(0, TO(4, DROP), 0),
	    /*  5 */ BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, ICMP6_PARAM_PROB, TO(5, DROP), 0),
	    /*  6 an error */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, QUOTE + V6_NEXT),
	    /*  7 */ IF_EQUAL(IPPROTO_ICMPV6, TO(7, REQUEST), 0),
	    /*  8 extension headers: the reader walks them */
	    IF_EQUAL(IPPROTO_HOPOPTS, TO(8, PASS), 0),
	    /*  9 */ IF_EQUAL(IPPROTO_ROUTING, TO(9, PASS), 0),
	    /* 10 */ IF_EQUAL(IPPROTO_FRAGMENT, TO(10, PASS), 0),
	    /* 11 */ IF_EQUAL(IPPROTO_DSTOPTS, TO(11, PASS), TO(11, DROP)),
	    /* 12 REQUEST */ BPF_STMT(BPF_LD | BPF_B | BPF_ABS, QUOTE + V6_HEADER),
	    /* 13 */ IF_EQUAL(ICMP6_ECHO_REQUEST, 0, TO(13, DROP)),
	    /* 14 */ BPF_STMT(BPF_LD | BPF_H | BPF_ABS, QUOTE + V6_HEADER + ICMP_ID),
	    /* 15 OURS */ BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ID_MASK),
	    /* 16 */ IF_EQUAL(id_first, TO(16, PASS), TO(16, DROP)),
	    /* 17 PASS */ BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    /* 18 DROP */ BPF_STMT(BPF_RET | BPF_K, 0),
	};

	static_assert(sizeof(program) / sizeof(program[0]) == LENGTH_V6, "jumps are counted");
	return attach(fd, program, LENGTH_V6);
}

static int
set_types_ipv4(int fd, uint32_t wanted)
{
	const struct icmp_filter types = {.data = ~wanted}; /* a bit set is a type dropped */

	return setsockopt(fd, SOL_RAW, ICMP_FILTER, &types, sizeof(types)) < 0 ? -errno : 0;
}

static int
set_types_ipv6(int fd, bool wanted)
{
	struct icmp6_filter types;

	ICMP6_FILTER_SETBLOCKALL(&types);
	if (wanted) {
		ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &types);
		ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &types);
		ICMP6_FILTER_SETPASS(ICMP6_PACKET_TOO_BIG, &types);
		ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &types);
		ICMP6_FILTER_SETPASS(ICMP6_PARAM_PROB, &types);
	}
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &types, sizeof(types)) < 0 ? -errno : 0;
}

int
sock_filter_attach(int fd, int family, uint16_t id_first)
{
	const uint32_t types = 1U << ICMP_ECHOREPLY | 1U << ICMP_TIMESTAMPREPLY |
			       1U << ICMP_DEST_UNREACH | 1U << ICMP_SOURCE_QUENCH |
			       1U << ICMP_REDIRECT | 1U << ICMP_TIME_EXCEEDED |
			       1U << ICMP_PARAMETERPROB;
	int r = family == 4 ? set_types_ipv4(fd, types) : set_types_ipv6(fd, true);

	if (r < 0)
		return r;
	id_first &= ID_MASK;
	return family == 4 ? attach_ipv4(fd, id_first) : attach_ipv6(fd, id_first);
}

static int
attach_nothing(int fd)
{
	static const struct sock_filter program[] = {BPF_STMT(BPF_RET | BPF_K, 0)};

	return attach(fd, program, 1);
}

int
sock_filter_close(int fd, int family)
{
	int r = attach_nothing(fd);

	if (r < 0)
		return r;
	return family == 4 ? set_types_ipv4(fd, 0) : set_types_ipv6(fd, false);
}

int
sock_filter_witness(int fd)
{
	int r = attach_nothing(fd);

	return r < 0 ? r : set_types_ipv6(fd, true);
}
