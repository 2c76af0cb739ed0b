/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Packets that nobody asked for, in the network namespace of a test:
 *
 *	flood KIND TARGET COUNT RATE
 *
 * forged   replies from TARGET with the id and the newest sequence of the probes to it, as whoever
 *          sees our requests but not the key could send them; without its tag
 * foreign  replies from TARGET with another id: a neighbour's
 * request  echo requests to whom the probes come from, with another id
 * error    unreachables that quote another's probe
 *
 * It learns id, sequence and our address from a probe to TARGET. RATE packets a second, 0: as fast
 * as they go; COUNT is the bound. Prints how many went. Source: ip(7), raw(7), RFC 792.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define IP_BYTES 20
#define ICMP_BYTES 64
#define PACKET_BYTES (IP_BYTES + ICMP_BYTES)
#define LEARN_TRIES 100000

struct probe { /* as last seen */
	uint8_t from[4], to[4];
	uint16_t id, seq;
	bool known;
};

static uint64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static void
put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static uint16_t
checksum(const uint8_t *bytes, size_t len)
{
	uint32_t sum = 0;

	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(bytes[i] << 8 | bytes[i + 1]);
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

/* Reads what is there of requests to the target; true when one was. */
static bool
see(int fd, const uint8_t target[4], struct probe *probe, int flags)
{
	uint8_t bytes[2048];
	ssize_t n;
	bool seen = false;
	uint16_t id;

	while ((n = recv(fd, bytes, sizeof(bytes), flags)) >= IP_BYTES + 8) {
		flags = MSG_DONTWAIT;
		if (bytes[IP_BYTES] != 8 || memcmp(bytes + 16, target, 4) != 0)
			continue;
		id = (uint16_t)(bytes[IP_BYTES + 4] << 8 | bytes[IP_BYTES + 5]);
		if (probe->known && id != probe->id)
			continue; /* our own */
		memcpy(probe->from, bytes + 12, 4);
		memcpy(probe->to, bytes + 16, 4);
		probe->known = true;
		probe->id = id;
		probe->seq = (uint16_t)(bytes[IP_BYTES + 6] << 8 | bytes[IP_BYTES + 7]);
		seen = true;
	}
	return seen;
}

static void
build(uint8_t *p, char kind, const struct probe *probe, uint32_t k)
{
	uint8_t *icmp = p + IP_BYTES;

	memset(p, 0, PACKET_BYTES);
	p[0] = 0x45;
	put16(p + 2, PACKET_BYTES);
	p[8] = 64;
	p[9] = IPPROTO_ICMP;
	memcpy(p + 12, probe->to, 4);
	memcpy(p + 16, probe->from, 4);
	for (uint32_t i = 8; i < ICMP_BYTES; i++)
		icmp[i] = (uint8_t)(i * 31 + k);
	put16(icmp + 4, kind == 'o' || kind == 'r' ? (uint16_t)(probe->id + 4096) : probe->id);
	put16(icmp + 6, kind == 'o' ? (uint16_t)k : probe->seq);
	if (kind == 'r')
		icmp[0] = 8;
	if (kind == 'e') {
		icmp[0] = 3;
		icmp[1] = 1;
		put16(icmp + 4, 0);
		put16(icmp + 6, 0);
		memcpy(icmp + 8, p, IP_BYTES); /* a request of the same way, with another id */
		memcpy(icmp + 8 + 12, probe->from, 4);
		memcpy(icmp + 8 + 16, probe->to, 4);
		memset(icmp + 8 + IP_BYTES, 0, 8);
		icmp[8 + IP_BYTES] = 8;
		put16(icmp + 8 + IP_BYTES + 4, (uint16_t)(probe->id + 4096));
		put16(icmp + 8 + IP_BYTES + 6, (uint16_t)k);
	}
	put16(icmp + 2, checksum(icmp, ICMP_BYTES));
}

static void
wait_until(uint64_t ns)
{
	struct timespec ts = {
	    .tv_sec = (time_t)(ns / 1000000000u), .tv_nsec = (long)(ns % 1000000000u)};

	(void)clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, NULL);
}

static uint64_t
send_all(int fd, int raw, char kind, const uint8_t target[4], struct probe *probe, uint64_t count,
    uint64_t rate)
{
	static uint8_t packets[BATCH][PACKET_BYTES];
	struct sockaddr_in to = {.sin_family = AF_INET};
	struct iovec iov[BATCH];
	struct mmsghdr messages[BATCH];
	uint64_t start = now_ns(), sent = 0, tried = 0;

	memset(messages, 0, sizeof(messages));
	for (int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){.iov_base = packets[i], .iov_len = PACKET_BYTES};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &to,
		    .msg_namelen = sizeof(to),
		    .msg_iov = &iov[i],
		    .msg_iovlen = 1};
	}
	memcpy(&to.sin_addr, probe->from, 4);
	while (tried < count) {
		int n = count - tried < BATCH ? (int)(count - tried) : BATCH, r;

		if (rate > 0)
			wait_until(start + tried * 1000000000u / rate);
		(void)see(raw, target, probe, MSG_DONTWAIT);
		for (int i = 0; i < n; i++)
			build(packets[i], kind, probe, (uint32_t)(tried + (uint64_t)i));
		r = sendmmsg(fd, messages, (unsigned)n, 0);
		if (r > 0)
			sent += (uint64_t)r;
		tried += (uint64_t)n;
	}
	return sent;
}

int
main(int argc, char **argv)
{
	uint8_t target[4];
	struct probe probe = {.known = false};
	int raw, fd, room = 1 << 22, tries = 0;
	char kind;

	if (argc != 5 || inet_pton(AF_INET, argv[2], target) != 1) {
		fprintf(stderr, "usage: flood forged|foreign|request|error TARGET COUNT RATE\n");
		return 2;
	}
	kind = strcmp(argv[1], "foreign") == 0 ? 'o' : argv[1][0];
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
	fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (raw < 0 || fd < 0) {
		perror("flood");
		return 1;
	}
	(void)setsockopt(raw, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	while (!see(raw, target, &probe, 0)) {
		if (++tries > LEARN_TRIES)
			return 1;
	}
	printf("%llu\n", (unsigned long long)send_all(fd, raw, kind, target, &probe,
			     strtoull(argv[3], NULL, 10), strtoull(argv[4], NULL, 10)));
	return 0;
}
