/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The floor: what it costs to send and receive echo packets with the daemon's socket options and
 * nothing else. One tick, batches of 64, kernel receive stamps, a filter on the id; replies are
 * counted, nobody asks whose they are.
 *
 *	bench_floor TARGETS RATE TICK_US SECONDS
 *
 * Targets are 10.0.0.1 and up; RATE 0: as fast as they go. Prints "SENT RECEIVED WAKES" at the end;
 * its processor time is read from outside. Source: sendmmsg(2), recvmmsg(2), raw(7), packet
 * filters in Documentation/networking/filter of Linux.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/icmp.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define WAKE_MAX 128 /* packets of one tick, as the daemon has it */
#define PACKET_BYTES 64 /* ICMP header and 56 bytes */
#define ID 0x4000
#define ID_MASK 0xffe0
#define CONTROL_BYTES 256

struct floor {
	int rx, tx;
	uint32_t targets, next;
	uint64_t sent, received, wakes, clocks;
	uint8_t out[BATCH][PACKET_BYTES];
	struct sockaddr_in to[BATCH];
	struct iovec out_iov[BATCH], in_iov[BATCH];
	struct mmsghdr out_msg[BATCH], in_msg[BATCH];
	uint8_t in[BATCH][2048];
	_Alignas(struct cmsghdr) uint8_t control[BATCH][CONTROL_BYTES];
	struct sockaddr_in from[BATCH];
};

static uint64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void
filter(int fd, uint32_t id)
{
	struct sock_filter program[] = {
	    BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 0),
	    BPF_STMT(BPF_LD | BPF_B | BPF_IND, 0),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ICMP_ECHOREPLY, 0, 4),
	    BPF_STMT(BPF_LD | BPF_H | BPF_IND, 4),
	    BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ID_MASK),
	    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, id, 0, 1),
	    BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
	    BPF_STMT(BPF_RET | BPF_K, 0),
	};
	const struct sock_fprog prog = {
	    .len = sizeof(program) / sizeof(program[0]), .filter = program};
	const struct icmp_filter types = {.data = ~(1u << ICMP_ECHOREPLY)};

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &prog, sizeof(prog)) < 0 ||
	    setsockopt(fd, SOL_RAW, ICMP_FILTER, &types, sizeof(types)) < 0)
		perror("bench_floor: filter");
}

static int
option(int fd, int level, int name, int value)
{
	return setsockopt(fd, level, name, &value, sizeof(value));
}

static void
open_sockets(struct floor *f)
{
	f->rx = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
	f->tx = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
	if (f->rx < 0 || f->tx < 0) {
		perror("bench_floor: socket");
		exit(1);
	}
	filter(f->rx, ID);
	filter(f->tx, 0xffff); /* nothing comes by this one */
	if (option(f->rx, SOL_SOCKET, SO_RCVBUFFORCE, 16 << 20) < 0 ||
	    option(f->rx, SOL_SOCKET, SO_TIMESTAMPNS, 1) < 0 ||
	    option(f->rx, IPPROTO_IP, IP_PKTINFO, 1) < 0 ||
	    option(f->tx, SOL_SOCKET, SO_SNDBUFFORCE, 1 << 20) < 0 ||
	    option(f->tx, IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_PROBE) < 0)
		perror("bench_floor: option");
}

static void
prepare(struct floor *f)
{
	for (int i = 0; i < BATCH; i++) {
		uint32_t sum = 0x0800 + ID;

		memset(f->out[i], 0, PACKET_BYTES);
		f->out[i][0] = 8;
		f->out[i][4] = ID >> 8;
		f->out[i][5] = ID & 0xff;
		for (int k = 8; k < PACKET_BYTES; k++)
			f->out[i][k] = (uint8_t)k;
		for (int k = 8; k < PACKET_BYTES; k += 2)
			sum += (uint32_t)(f->out[i][k] << 8 | f->out[i][k + 1]);
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~((sum & 0xffff) + (sum >> 16));
		f->out[i][2] = (uint8_t)(sum >> 8); /* for sequence 0 */
		f->out[i][3] = (uint8_t)sum;
		f->to[i].sin_family = AF_INET;
		f->out_iov[i] = (struct iovec){f->out[i], PACKET_BYTES};
		f->in_iov[i] = (struct iovec){f->in[i], sizeof(f->in[i])};
		f->out_msg[i].msg_hdr = (struct msghdr){.msg_name = &f->to[i],
		    .msg_namelen = sizeof(f->to[i]),
		    .msg_iov = &f->out_iov[i],
		    .msg_iovlen = 1};
	}
}

static void
send_some(struct floor *f, uint64_t n)
{
	while (n > 0) {
		unsigned batch = n < BATCH ? (unsigned)n : BATCH;
		int r;

		for (unsigned i = 0; i < batch; i++) {
			f->to[i].sin_addr.s_addr = htonl(0x0a000001u + f->next);
			f->next = f->next + 1 < f->targets ? f->next + 1 : 0;
		}
		f->clocks += now_ns() & 1; /* before and after, for the send times */
		r = sendmmsg(f->tx, f->out_msg, batch, 0);
		f->clocks += now_ns() & 1;
		if (r > 0)
			f->sent += (unsigned)r;
		n -= batch;
	}
}

static void
drain(struct floor *f)
{
	int n = BATCH;

	while (n == BATCH) {
		for (int i = 0; i < BATCH; i++)
			f->in_msg[i].msg_hdr = (struct msghdr){.msg_name = &f->from[i],
			    .msg_namelen = sizeof(f->from[i]),
			    .msg_iov = &f->in_iov[i],
			    .msg_iovlen = 1,
			    .msg_control = f->control[i],
			    .msg_controllen = CONTROL_BYTES};
		n = recvmmsg(f->rx, f->in_msg, BATCH, 0, NULL);
		for (int i = 0; i < n; i++) {
			struct cmsghdr *c = CMSG_FIRSTHDR(&f->in_msg[i].msg_hdr);

			f->clocks += c != NULL && c->cmsg_type == SO_TIMESTAMPNS;
			f->received++;
		}
	}
}

static void
wait_until(uint64_t ns)
{
	const struct timespec ts = {
	    .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

/* What is due, but no more than a tick may send: what is left goes with the next ones. */
static uint64_t
due(const struct floor *f, uint64_t rate, uint64_t age_ns)
{
	uint64_t planned = (uint64_t)((double)age_ns * (double)rate / 1e9);
	uint64_t n = planned > f->sent ? planned - f->sent : 0;

	return rate == 0 ? BATCH : n < 2 * WAKE_MAX ? n : 2 * WAKE_MAX;
}

int
main(int argc, char **argv)
{
	static struct floor f;
	uint64_t start, now, rate, tick_ns, seconds;

	if (argc != 5) {
		fprintf(stderr, "usage: bench_floor TARGETS RATE TICK_US SECONDS\n");
		return 2;
	}
	f.targets = (uint32_t)strtoul(argv[1], NULL, 10);
	rate = strtoull(argv[2], NULL, 10);
	tick_ns = strtoull(argv[3], NULL, 10) * 1000;
	seconds = strtoull(argv[4], NULL, 10);
	open_sockets(&f);
	prepare(&f);
	start = now_ns();
	for (now = start; now - start < seconds * 1000000000u; now = now_ns()) {
		drain(&f);
		send_some(&f, due(&f, rate, now - start));
		f.wakes++;
		if (rate > 0)
			wait_until(start + ((now_ns() - start) / tick_ns + 1) * tick_ns);
	}
	wait_until(now + 100000000u);
	drain(&f);
	printf("%llu %llu %llu\n", (unsigned long long)f.sent, (unsigned long long)f.received,
	    (unsigned long long)f.wakes);
	return 0;
}
