/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Hosts with exact round-trip times, behind a TUN device of its own namespace:
 *
 *	bench_responder DEVICE SECONDS
 *
 * A request to 10.x.y.z is answered after z tenths of a millisecond, by the clock and not by a
 * timer: it spins, so give it a processor of its own. At the end it prints how much later than that
 * it answered, in nanoseconds: "COUNT P50 P99". Source: Documentation/networking/tuntap of Linux.
 */
#include <fcntl.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define PACKET_BYTES 2048
#define WAITING 65536
#define DELAYS 256
#define UNIT_NS 100000u
#define BUCKET_NS 100
#define BUCKETS 200000

struct waiting {
	uint64_t read_ns, due_ns;
	uint32_t len;
	uint8_t bytes[128];
};

/* For each delay a queue, in the order of arrival. */
struct queue {
	struct waiting *items;
	uint32_t head, tail;
};

static struct queue queues[DELAYS];
static uint64_t histogram[BUCKETS], answered;

static uint64_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000u + (uint64_t)ts.tv_nsec;
}

static int
open_tun(const char *name)
{
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);

	(void)snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request) < 0) {
		perror("bench_responder: /dev/net/tun");
		exit(1);
	}
	return fd;
}

/* Makes the reply of a request in place: addresses and type change, the sums hardly. */
static void
turn_round(uint8_t *p)
{
	uint8_t swap[4];
	uint32_t sum;

	memcpy(swap, p + 12, 4);
	memcpy(p + 12, p + 16, 4);
	memcpy(p + 16, swap, 4);
	p[20] = 0;
	sum = (uint32_t)(p[22] << 8 | p[23]) + 0x0800;
	sum = (sum & 0xffff) + (sum >> 16);
	p[22] = (uint8_t)(sum >> 8);
	p[23] = (uint8_t)sum;
}

static void
take(const uint8_t *bytes, ssize_t len, uint64_t at_ns)
{
	struct queue *q;
	struct waiting *w;

	if (len < 28 || len > (ssize_t)sizeof(w->bytes) || bytes[0] != 0x45 || bytes[20] != 8)
		return;
	q = &queues[bytes[19]];
	if (q->items == NULL)
		q->items = calloc(WAITING, sizeof(*q->items));
	if (q->items == NULL || q->head - q->tail == WAITING)
		return;
	w = &q->items[q->head++ % WAITING];
	w->read_ns = at_ns;
	w->due_ns = at_ns + bytes[19] * (uint64_t)UNIT_NS;
	w->len = (uint32_t)len;
	memcpy(w->bytes, bytes, (size_t)len);
	turn_round(w->bytes);
}

static void
answer(int fd)
{
	for (int d = 0; d < DELAYS; d++) {
		struct queue *q = &queues[d];

		while (q->tail != q->head && q->items[q->tail % WAITING].due_ns <= now_ns()) {
			struct waiting *w = &q->items[q->tail++ % WAITING];
			uint64_t late_ns;

			if (write(fd, w->bytes, w->len) < 0)
				continue;
			late_ns = now_ns() - w->due_ns;
			histogram[late_ns / BUCKET_NS < BUCKETS ? late_ns / BUCKET_NS
								: BUCKETS - 1]++;
			answered++;
		}
	}
}

static uint64_t
quantile(uint64_t percent)
{
	uint64_t seen = 0;

	for (uint64_t b = 0; b < BUCKETS; b++) {
		seen += histogram[b];
		if (seen * 100 >= answered * percent)
			return b * BUCKET_NS;
	}
	return 0;
}

int
main(int argc, char **argv)
{
	uint8_t bytes[PACKET_BYTES];
	uint64_t end_ns;
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: bench_responder DEVICE SECONDS\n");
		return 2;
	}
	fd = open_tun(argv[1]);
	printf("ready\n");
	(void)fflush(stdout);
	end_ns = now_ns() + strtoull(argv[2], NULL, 10) * 1000000000u;
	while (now_ns() < end_ns) {
		ssize_t len = read(fd, bytes, sizeof(bytes));

		if (len > 0)
			take(bytes, len, now_ns());
		answer(fd);
	}
	printf("%llu %llu %llu\n", (unsigned long long)answered, (unsigned long long)quantile(50),
	    (unsigned long long)quantile(99));
	return 0;
}
