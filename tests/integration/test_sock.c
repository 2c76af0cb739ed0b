/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The ICMP sockets against a real kernel. Runs in a network namespace of its own that
 * test_sock.sh prepares: see there for the addresses. Packets are built by hand, so that this test
 * needs nothing of the core but its types.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/netif.h"
#include "shell/sock.h"

#define ID 0x4a60 /* the first of our block */
#define FOREIGN_ID (ID + SOCK_IDS)
#define WAIT_MS 5000
#define MANY 1000

/* The core's own, where it is linked in, is the same. */
__attribute__((weak)) const uint8_t *
probe_pattern(void)
{
	static uint8_t pattern[PROBE_PAYLOAD_MAX];

	for (size_t i = 0; i < sizeof(pattern); i++)
		pattern[i] = (uint8_t)i;
	return pattern;
}

static struct addr
address(const char *text)
{
	struct addr a = { .family = strchr(text, ':') != NULL ? 6 : 4 };

	assert_int_equal(inet_pton(a.family == 6 ? AF_INET6 : AF_INET, text, a.bytes), 1);
	return a;
}

static uint32_t
sum(const uint8_t *bytes, size_t len, uint32_t value)
{
	for (size_t i = 0; i < len; i++)
		value += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (value > 0xffff)
		value = (value >> 16) + (value & 0xffff);
	return value;
}

/* An echo request of len_bytes with header to a target; the number is id and sequence. */
static struct probe_out
request(const char *to, uint16_t id, uint16_t sequence, uint32_t len_bytes)
{
	struct probe_out out = { .number = (uint64_t)id << 16 | sequence, .to = address(to), .len_bytes = len_bytes };
	size_t head_bytes = len_bytes < PROBE_HEAD_BYTES ? len_bytes : PROBE_HEAD_BYTES;
	uint16_t checksum;

	out.head_bytes = (uint16_t)head_bytes;
	memset(out.head, 0x5a, sizeof(out.head));
	out.head[0] = out.to.family == 6 ? 128 : 8;
	out.head[1] = 0;
	out.head[2] = out.head[3] = 0;
	out.head[4] = (uint8_t)(id >> 8);
	out.head[5] = (uint8_t)id;
	out.head[6] = (uint8_t)(sequence >> 8);
	out.head[7] = (uint8_t)sequence;
	if (out.to.family == 4) {
		checksum = (uint16_t)~sum(probe_pattern() + head_bytes - 8, len_bytes - head_bytes,
		                          sum(out.head, head_bytes, 0));
		out.head[2] = (uint8_t)(checksum >> 8);
		out.head[3] = (uint8_t)checksum;
	}
	return out;
}

struct fixture {
	struct sock *sock;
	struct sock_status status;
	struct clock clock;
	struct rx_batch batch;
};

static struct fixture
opened(const struct sock_options *options)
{
	struct fixture f = { 0 };

	clock_init(&f.clock);
	assert_int_equal(sock_open(&f.sock, options, &f.status), 0);
	return f;
}

static struct fixture
opened_raw(void)
{
	const struct sock_options options = { .receive_buffer_bytes = 8 << 20, .id_first = ID };

	return opened(&options);
}

/* Waits until something can be read, then reads a batch. */
static void
receive(struct fixture *f, int family)
{
	struct pollfd p = { .fd = sock_fd(f->sock, family), .events = POLLIN };

	clock_update(&f->clock);
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(sock_receive(f->sock, family, &f->clock, &f->batch), 0);
}

static const uint8_t *
icmp_of(const struct rx_batch *batch, size_t i)
{
	return batch->bytes[i] + (batch->meta[i].path == RX_RAW && batch->meta[i].from.family == 4 ? 20 : 0);
}

static uint16_t
sequence_of(const struct rx_batch *batch, size_t i)
{
	const uint8_t *icmp = icmp_of(batch, i);

	return (uint16_t)(icmp[6] << 8 | icmp[7]);
}

/* Sends one packet that must go, and receives the one packet it causes. */
static void
send_and_receive(struct fixture *f, const struct probe_out *out)
{
	struct probe_sent sent;

	assert_int_equal(sock_send(f->sock, out, 1, &sent), 1);
	assert_int_equal(sent.error, 0);
	assert_true(sent.number == out->number);
	receive(f, out->to.family);
	assert_int_equal(f->batch.n, 1);
}

static int
send_error(struct fixture *f, const struct probe_out *out, int32_t *ret_mtu)
{
	struct probe_sent sent = { 0 };

	size_t n = sock_send(f->sock, out, 1, &sent);

	assert_int_equal(n, sent.error == 0);
	if (ret_mtu != NULL)
		*ret_mtu = sent.mtu;
	return sent.error;
}

static void
run(const char *command)
{
	assert_int_equal(system(command), 0);
}

static void
send_many(struct fixture *f, int family, bool interleave)
{
	static struct probe_out out[MANY];
	static struct probe_sent sent[MANY];
	nsec_t before_ns = clock_now_ns();
	nsec_t last_ns[2] = { before_ns, before_ns };

	for (int i = 0; i < MANY; i++) {
		bool six = family == 6 || (interleave && i % 2 == 1);
		char to[32];

		(void)snprintf(to, sizeof(to), six ? "fd00::1:%x" : "10.0.%d.%d", six ? i + 1 : i / 250, i % 250 + 1);
		out[i] = request(to, (uint16_t)(ID + i % SOCK_IDS), (uint16_t)i, 64);
	}
	assert_int_equal(sock_send(f->sock, out, MANY, sent), MANY);
	for (int i = 0; i < MANY; i++) {
		nsec_t *last = &last_ns[out[i].to.family == 6];

		assert_int_equal(sent[i].error, 0);
		assert_true(sent[i].number == out[i].number);
		assert_true(sent[i].tx_early_ns <= sent[i].tx_ns && sent[i].tx_early_ns >= before_ns);
		assert_true(sent[i].tx_ns >= *last);
		*last = sent[i].tx_ns;
	}
}

static void
receive_many(struct fixture *f, int family, int expected)
{
	static bool seen[MANY];
	int n = 0;

	memset(seen, 0, sizeof(seen));
	while (n < expected) {
		receive(f, family);
		for (size_t i = 0; i < f->batch.n; i++, n++) {
			assert_int_equal(icmp_of(&f->batch, i)[0], family == 6 ? 129 : 0);
			assert_false(seen[sequence_of(&f->batch, i)]);
			seen[sequence_of(&f->batch, i)] = true;
			assert_true(f->batch.meta[i].kernel_stamp);
			assert_false(f->batch.meta[i].ambiguous);
			assert_false(f->batch.meta[i].truncated);
			assert_int_equal(f->batch.meta[i].hop_limit, 64);
		}
		if (f->batch.drained)
			assert_int_equal(n, expected);
	}
}

static void
test_status_tells_mode_and_buffer(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	assert_int_equal(f.status.ipv4.mode, SOCK_MODE_RAW);
	assert_int_equal(f.status.ipv6.mode, SOCK_MODE_RAW);
	assert_int_equal(f.status.ipv4.error, 0);
	assert_true(f.status.ipv4.receive_buffer_bytes >= 8 << 20);
	assert_true(f.status.ipv6.receive_buffer_bytes >= 8 << 20);
	assert_true(sock_fd(f.sock, 4) >= 0 && sock_fd(f.sock, 6) >= 0);
	assert_int_equal(sock_fd(f.sock, 5), -1);
	assert_int_equal(sock_dgram_id(f.sock, 4), 0);
	sock_free(f.sock);
	sock_free(NULL);
}

static void
test_options_out_of_range_are_refused(void **state)
{
	const uint32_t marks[SOCK_MARKS_MAX + 1] = { 0 };
	const struct sock_options bad[] = {
		{ .marks = marks, .n_marks = SOCK_MARKS_MAX + 1 },
		{ .max_packet_bytes = SOCK_PACKET_MAX + 1 },
		{ .max_packet_bytes = SOCK_PACKET_MIN - 1 },
	};
	struct sock_status status;
	struct sock *s = NULL;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(sock_open(&s, &bad[i], &status), -EINVAL);
		assert_null(s);
	}
}

static void
test_thousand_probes_all_come_back(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	send_many(&f, 4, false);
	receive_many(&f, 4, MANY);
	send_many(&f, 6, false);
	receive_many(&f, 6, MANY);
	assert_int_equal(sock_drops(f.sock, 4), 0);
	assert_int_equal(sock_drops(f.sock, 6), 0);
	sock_free(f.sock);
}

static void
test_interleaved_families_keep_their_results(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	send_many(&f, 4, true);
	receive_many(&f, 4, MANY / 2);
	receive_many(&f, 6, MANY / 2);
	sock_free(f.sock);
}

static void
test_stamps_lie_between_send_and_read(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("10.1.2.3", ID, 1, 64);
	struct probe_sent sent;

	(void)state;
	assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
	receive(&f, 4);
	assert_int_equal(f.batch.n, 1);
	assert_true(f.batch.meta[0].kernel_stamp);
	assert_true(f.batch.meta[0].rx_ns >= sent.tx_early_ns - 50 * NSEC_PER_USEC);
	assert_true(f.batch.meta[0].rx_ns <= clock_now_ns());
	assert_true(f.batch.drained);
	assert_int_equal(sock_receive(f.sock, 4, &f.clock, &f.batch), 0);
	assert_int_equal(f.batch.n, 0);
	assert_true(f.batch.drained);
	sock_free(f.sock);
}

static void
check_drops(int family)
{
	const struct sock_options options = { .receive_buffer_bytes = 4096, .id_first = ID };
	struct fixture f = opened(&options);
	uint64_t received = 0;
	uint64_t drops;

	send_many(&f, family, false);
	drops = sock_drops(f.sock, family);
	assert_true(drops > 0);
	do {
		assert_int_equal(sock_receive(f.sock, family, &f.clock, &f.batch), 0);
		received += f.batch.n;
	} while (!f.batch.drained);
	assert_true(received > 0);
	/* A full buffer also counts what the filter would have dropped: here the requests themselves. */
	assert_true(received + drops >= MANY);
	assert_true(received + drops <= 2 * MANY);
	assert_int_equal(sock_drops(f.sock, family), drops);
	assert_int_equal(sock_drops(f.sock, family == 4 ? 6 : 4), 0);
	sock_free(f.sock);
}

static void
test_overflow_of_the_receive_buffer_is_counted(void **state)
{
	(void)state;
	check_drops(4);
	check_drops(6);
}

/* An ICMPv6 echo reply with a wrong checksum, straight onto the wire. */
static void
send_damaged_reply(uint16_t id)
{
	uint8_t packet[40 + 64] = { 0x60, 0, 0, 0, 0, 64, IPPROTO_ICMPV6, 64 };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	assert_true(fd >= 0);
	packet[8 + 15] = packet[24 + 15] = 1;
	packet[40] = 129;
	packet[42] = 0xba;
	packet[43] = 0xd0;
	packet[44] = (uint8_t)(id >> 8);
	packet[45] = (uint8_t)id;
	assert_int_equal(sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)), sizeof(packet));
	(void)close(fd);
}

static void
test_damaged_ipv6_packets_are_no_drops(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("::1", ID, 7, 64);

	(void)state;
	for (int i = 0; i < 100; i++)
		send_damaged_reply(ID);
	send_and_receive(&f, &out);
	assert_int_equal(sequence_of(&f.batch, 0), 7);
	assert_int_equal(sock_drops(f.sock, 6), 0);
	sock_free(f.sock);
}

static void
check_filter(struct fixture *f, const char *to, const char *refused, uint16_t ours, uint16_t foreign)
{
	struct probe_out out = request(to, foreign, 1, 64);
	struct probe_sent sent;

	/* Replies and errors for somebody else first, then ours: on loopback they come in order. */
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = request(to, (uint16_t)(ours - 1), 2, 64);
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = request(refused, foreign, 3, 64);
	assert_int_equal(sock_send(f->sock, &out, 1, &sent), 1);
	out = request(to, ours, 4, 64);
	send_and_receive(f, &out);
	assert_int_equal(sequence_of(&f->batch, 0), 4);
	out = request(to, (uint16_t)(ours + SOCK_IDS - 1), 5, 64);
	send_and_receive(f, &out);
	assert_int_equal(sequence_of(&f->batch, 0), 5);
	out = request(refused, ours, 6, 64);
	send_and_receive(f, &out);
	assert_int_equal(icmp_of(&f->batch, 0)[0], out.to.family == 6 ? 1 : 3);
}

static void
test_filter_passes_only_our_ids(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	check_filter(&f, "10.1.1.1", "10.9.9.9", ID, FOREIGN_ID);
	check_filter(&f, "fd00::1", "fd00::9:9", ID, FOREIGN_ID);
	assert_int_equal(sock_drops(f.sock, 4), 0);
	assert_int_equal(sock_drops(f.sock, 6), 0);
	sock_free(f.sock);
}

static void
test_filter_moves_to_other_ids(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	assert_int_equal(sock_set_ids(f.sock, FOREIGN_ID), 0);
	check_filter(&f, "10.1.1.1", "10.9.9.9", FOREIGN_ID, ID);
	check_filter(&f, "fd00::1", "fd00::9:9", FOREIGN_ID, ID);
	sock_free(f.sock);
}

/* An ICMP message onto the loopback as it is, from a socket of the test's own. */
static void
inject(int family, const uint8_t *bytes, size_t len)
{
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT };
	const struct sockaddr *to = family == 6 ? (struct sockaddr *)&six : (struct sockaddr *)&four;
	int fd = socket(family == 6 ? AF_INET6 : AF_INET, SOCK_RAW, family == 6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP);

	assert_true(fd >= 0);
	assert_int_equal(sendto(fd, bytes, len, 0, to, family == 6 ? sizeof(six) : sizeof(four)), len);
	(void)close(fd);
}

/* An IPv4 error of that type, quoting a packet with ihl words of header. */
static size_t
quote_ipv4(uint8_t *bytes, uint8_t type, uint8_t ihl, uint8_t protocol, uint8_t quoted_type, uint16_t id)
{
	uint8_t *icmp = bytes + 8 + ihl * 4;

	memset(bytes, 0, 128);
	bytes[0] = type;
	bytes[8] = (uint8_t)(0x40 | ihl);
	bytes[8 + 9] = protocol;
	icmp[0] = quoted_type;
	icmp[4] = (uint8_t)(id >> 8);
	icmp[5] = (uint8_t)id;
	return (size_t)(8 + ihl * 4 + 8);
}

static void
test_filter_ipv4_judges_the_quoted_packet(void **state)
{
	static const struct {
		uint8_t type, ihl, protocol, quoted;
		uint16_t id;
		int cut;
		bool pass;
	} cases[] = {
		{ 3, 5, 1, 8, ID, 0, true },
		{ 3, 15, 1, 8, ID, 0, true },
		{ 4, 6, 1, 8, ID + 31, 0, true },
		{ 5, 5, 1, 8, ID, 0, true },
		{ 11, 5, 1, 13, ID, 0, true },
		{ 12, 5, 1, 8, ID, 0, true },
		{ 3, 5, 17, 8, ID, 0, false },
		{ 3, 5, 1, 0, ID, 0, false },
		{ 3, 15, 1, 8, FOREIGN_ID, 0, false },
		{ 11, 5, 1, 8, ID - 1, 0, false },
		{ 3, 5, 1, 8, ID, 3, false }, /* the identifier is cut off */
		{ 8, 5, 1, 8, ID, 0, false },
		{ 10, 5, 1, 8, ID, 0, false },
	};
	struct fixture f = opened_raw();
	uint8_t bytes[128];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t len = quote_ipv4(bytes, cases[i].type, cases[i].ihl, cases[i].protocol, cases[i].quoted, cases[i].id);
		struct probe_out out = request("10.1.1.1", ID, (uint16_t)i, 64);
		struct probe_sent sent;

		inject(4, bytes, len - (size_t)cases[i].cut);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		receive(&f, 4);
		if (f.batch.n != (cases[i].pass ? 2U : 1U))
			fail_msg("case %zu: %zu packets", i, f.batch.n);
	}
	/* a fragment that is not the first has no ICMP header to look at */
	(void)quote_ipv4(bytes, 3, 5, 1, 8, ID);
	bytes[8 + 7] = 1;
	inject(4, bytes, 36);
	{
		struct probe_out out = request("10.1.1.1", ID, 99, 64);

		send_and_receive(&f, &out);
	}
	sock_free(f.sock);
}

static void
test_filter_ipv6_judges_the_quoted_packet(void **state)
{
	static const struct {
		uint8_t type, next, quoted;
		uint16_t id;
		bool pass;
	} cases[] = {
		{ 1, 58, 128, ID, true },        { 2, 58, 128, ID + 31, true }, { 3, 58, 128, ID, true },
		{ 4, 58, 128, ID, true },        { 3, 44, 0, 0, true },         { 3, 0, 0, 0, true },
		{ 3, 43, 0, 0, true },           { 3, 60, 0, 0, true },         { 3, 17, 128, ID, false },
		{ 1, 58, 128, FOREIGN_ID, false }, { 1, 58, 129, ID, false },   { 5, 58, 128, ID, false },
	};
	struct fixture f = opened_raw();

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t bytes[64] = { cases[i].type };
		struct probe_out out = request("fd00::1", ID, (uint16_t)i, 64);
		struct probe_sent sent;

		bytes[8] = 0x60;
		bytes[8 + 6] = cases[i].next;
		bytes[48] = cases[i].quoted;
		bytes[52] = (uint8_t)(cases[i].id >> 8);
		bytes[53] = (uint8_t)cases[i].id;
		inject(6, bytes, 56);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		receive(&f, 6);
		if (f.batch.n != (cases[i].pass ? 2U : 1U))
			fail_msg("case %zu: %zu packets", i, f.batch.n);
	}
	sock_free(f.sock);
}

static void
test_per_packet_fields_reach_the_wire_ipv4(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("10.9.9.9", ID, 1, 64);
	const uint8_t *quoted;

	(void)state;
	/* A refusal quotes our packet with its header as it was sent. */
	out.ttl = 7;
	out.dscp = 46;
	out.source = address("10.7.7.7");
	out.df = 1;
	send_and_receive(&f, &out);
	quoted = icmp_of(&f.batch, 0) + 8;
	assert_int_equal(quoted[8], 7);
	assert_int_equal(quoted[1], 46 << 2);
	assert_memory_equal(quoted + 12, out.source.bytes, 4);
	assert_int_equal(quoted[6] & 0x40, 0x40);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));

	/* and the next one without them has the defaults again */
	out = request("10.9.9.9", ID, 2, 64);
	send_and_receive(&f, &out);
	quoted = icmp_of(&f.batch, 0) + 8;
	assert_int_equal(quoted[8], 64);
	assert_int_equal(quoted[1], 0);
	assert_int_equal(quoted[6] & 0x40, 0);
	sock_free(f.sock);
}

static void
test_per_packet_fields_reach_the_wire_ipv6(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("fd00::9:9", ID, 1, 64);
	const uint8_t *quoted;

	(void)state;
	out.ttl = 7;
	out.dscp = 46;
	out.source = address("fd00::7");
	out.flow_label = 0xabcde;
	out.df = 1;
	send_and_receive(&f, &out);
	quoted = icmp_of(&f.batch, 0) + 8;
	assert_int_equal(quoted[7], 7);
	assert_int_equal((quoted[0] & 0xf) << 4 | quoted[1] >> 4, 46 << 2);
	assert_int_equal((quoted[1] & 0xf) << 16 | quoted[2] << 8 | quoted[3], 0xabcde);
	assert_memory_equal(quoted + 8, out.source.bytes, 16);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));
	out.flow_label = 0;
	send_and_receive(&f, &out);
	quoted = icmp_of(&f.batch, 0) + 8;
	assert_int_equal((quoted[0] & 0xf) << 4 | quoted[1] >> 4, 46 << 2);
	sock_free(f.sock);
}

static void
test_source_address_gets_the_reply(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("10.1.1.1", ID, 1, 64);
	int error;

	(void)state;
	out.source = address("10.2.2.2");
	out.ifindex = netif_index("lo");
	send_and_receive(&f, &out);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));
	assert_true(addr_equal(&f.batch.meta[0].from, &out.to));
	assert_int_equal(f.batch.meta[0].ifindex, netif_index("lo"));
	out.source = address("203.0.113.1");
	out.ifindex = 0;
	error = send_error(&f, &out, NULL);
	assert_true(error == -EINVAL || error == -ENETUNREACH); /* depends on the kernel's version */
	sock_free(f.sock);
}

static void
test_too_big_with_df_is_refused_with_the_mtu(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("192.0.2.9", ID, 1, 1381);
	int32_t mtu = 0;

	(void)state;
	out.df = 1;
	assert_int_equal(send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out.ifindex = netif_index("d0");
	mtu = 0;
	assert_int_equal(send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out = request("192.0.2.9", ID, 2, 1380);
	out.df = 1;
	assert_int_equal(send_error(&f, &out, NULL), 0);
	out = request("192.0.2.9", ID, 3, 9000);
	assert_int_equal(send_error(&f, &out, NULL), 0);

	out = request("2001:db8::9", ID, 4, 1361);
	out.df = 1;
	assert_int_equal(send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out.df = 0;
	assert_int_equal(send_error(&f, &out, NULL), 0);
	sock_free(f.sock);
}

static void
test_no_route_refuses_one_packet_and_not_its_neighbours(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out[130];
	struct probe_sent sent[130];

	(void)state;
	for (uint16_t i = 0; i < 130; i++)
		out[i] = request(i % 50 == 20 ? "198.51.100.1" : "10.1.1.1", ID, i, 64);
	assert_int_equal(sock_send(f.sock, out, 130, sent), 127);
	for (size_t i = 0; i < 130; i++) {
		assert_int_equal(sent[i].error, i % 50 == 20 ? -ENETUNREACH : 0);
		assert_true(sent[i].number == out[i].number);
	}
	assert_int_equal(sock_counters(f.sock)->send_refused, 3);
	sock_free(f.sock);
}

static void
test_unknown_family_and_mark_are_refused(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("10.1.1.1", ID, 1, 64);

	(void)state;
	out.mark = 77;
	assert_int_equal(send_error(&f, &out, NULL), -EINVAL);
	out.mark = 0;
	out.to.family = 0;
	assert_int_equal(send_error(&f, &out, NULL), -EAFNOSUPPORT);
	sock_free(f.sock);
}

static void
test_broadcast_needs_the_packets_flag(void **state)
{
	struct fixture f = opened_raw();
	struct probe_out out = request("192.0.2.255", ID, 1, 64);

	(void)state;
	assert_int_equal(send_error(&f, &out, NULL), -EACCES);
	out.broadcast = 1;
	assert_int_equal(send_error(&f, &out, NULL), 0);
	out.broadcast = 0;
	assert_int_equal(send_error(&f, &out, NULL), -EACCES);
	sock_free(f.sock);
}

static void
test_mark_chooses_the_route(void **state)
{
	const uint32_t marks[] = { 5, 6 };
	const struct sock_options options = { .id_first = ID, .marks = marks, .n_marks = 2 };
	struct fixture f = opened(&options);
	struct probe_out out = request("192.0.2.9", ID, 1, 64);

	(void)state;
	assert_int_equal(f.status.ipv4.marks_error, 0);
	assert_int_equal(send_error(&f, &out, NULL), 0);
	out.mark = 5; /* the namespace has a rule against it */
	assert_int_equal(send_error(&f, &out, NULL), -EACCES);
	out.mark = 6;
	out.df = 1;
	assert_int_equal(send_error(&f, &out, NULL), 0);
	sock_free(f.sock);
}

static void
test_smallest_and_largest_message_come_back_whole(void **state)
{
	const struct sock_options options = { .receive_buffer_bytes = 8 << 20, .id_first = ID, .max_packet_bytes = 65600 };
	const uint32_t sizes[] = { 8, 9, 25, 26, 27, 1480, 2029, PROBE_PAYLOAD_MAX + 8 };
	struct fixture f = opened(&options);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct probe_out out = request("10.1.1.1", ID, (uint16_t)i, sizes[i]);
		const uint8_t *icmp;

		send_and_receive(&f, &out);
		icmp = icmp_of(&f.batch, 0);
		assert_int_equal(f.batch.len[0], 20 + sizes[i]);
		assert_int_equal(f.batch.meta[0].full_bytes, 20 + sizes[i]);
		assert_false(f.batch.meta[0].truncated);
		assert_int_equal(sum(icmp, sizes[i], 0), 0xffff);
		if (sizes[i] > 26)
			assert_memory_equal(icmp + 26, probe_pattern() + 18, sizes[i] - 26);
		out = request("::1", ID, (uint16_t)i, sizes[i]);
		send_and_receive(&f, &out);
		assert_int_equal(f.batch.len[0], sizes[i]);
		if (sizes[i] > 26)
			assert_memory_equal(f.batch.bytes[0] + 26, probe_pattern() + 18, sizes[i] - 26);
	}
	sock_free(f.sock);
}

static void
test_packet_beyond_the_buffer_is_flagged_with_its_length(void **state)
{
	const struct sock_options options = { .id_first = ID, .max_packet_bytes = 128 };
	struct fixture f = opened(&options);
	struct probe_out out = request("10.1.1.1", ID, 1, 1000);

	(void)state;
	send_and_receive(&f, &out);
	assert_true(f.batch.meta[0].truncated);
	assert_int_equal(f.batch.meta[0].full_bytes, 1020);
	assert_int_equal(f.batch.len[0], 128);
	out = request("::1", ID, 1, 1000);
	send_and_receive(&f, &out);
	assert_true(f.batch.meta[0].truncated);
	assert_int_equal(f.batch.meta[0].full_bytes, 1000);
	assert_int_equal(f.batch.len[0], 128);
	out = request("::1", ID, 1, 128);
	send_and_receive(&f, &out);
	assert_false(f.batch.meta[0].truncated);
	sock_free(f.sock);
}

/* Sends 40 packets of which each second one wants a stamp, number refused_at (-1: none) to an
 * address that is refused with that error, and checks the stamps that come. */
static void
check_tx_stamps(struct fixture *f, const char *to, int refused_at, const char *refused, int error)
{
	static uint16_t sequence = 0;
	struct probe_out out[40];
	struct probe_sent sent[40];
	struct sock_tx_stamp stamps[40];
	nsec_t before_ns = clock_now_ns();
	uint16_t first = sequence;
	size_t n;

	clock_update(&f->clock);
	for (int i = 0; i < 40; i++) {
		out[i] = request(i == refused_at ? refused : to, ID, sequence++, 64);
		out[i].want_tx_stamp = i % 2 == 0;
	}
	assert_int_equal(sock_send(f->sock, out, 40, sent), refused_at < 0 ? 40 : 39);
	if (refused_at >= 0)
		assert_int_equal(sent[refused_at].error, error);
	n = sock_receive_tx_stamps(f->sock, out[0].to.family, &f->clock, stamps, 40);
	assert_int_equal(n, refused_at < 0 ? 20 : 19);
	for (size_t i = 0, k = 0; i < n; i++, k += 2) {
		k += (int)k == refused_at ? 2 : 0;
		assert_int_equal(stamps[i].number & 0xffff, first + k);
		assert_true(stamps[i].tx_ns >= before_ns && stamps[i].tx_ns <= clock_now_ns());
		assert_true(stamps[i].tx_ns >= sent[k].tx_early_ns);
		assert_true(i == 0 || stamps[i].tx_ns >= stamps[i - 1].tx_ns);
	}
	assert_int_equal(sock_receive_tx_stamps(f->sock, out[0].to.family, &f->clock, stamps, 40), 0);
}

static void
test_transmit_stamps_find_their_probes(void **state)
{
	struct fixture f = opened_raw();

	(void)state;
	check_tx_stamps(&f, "10.1.1.1", -1, NULL, 0);
	check_tx_stamps(&f, "10.1.1.1", 20, "198.51.100.1", -ENETUNREACH);
	check_tx_stamps(&f, "10.1.1.1", 0, "10.9.9.8", -EPERM);
	check_tx_stamps(&f, "10.1.1.1", -1, NULL, 0);
	check_tx_stamps(&f, "fd00::1", -1, NULL, 0);
	check_tx_stamps(&f, "fd00::1", 20, "2001:db8:1::1", -ENETUNREACH);
	check_tx_stamps(&f, "fd00::1", 0, "fd00::9:8", -EPERM);
	check_tx_stamps(&f, "fd00::1", -1, NULL, 0);
	assert_int_equal(sock_counters(f.sock)->tx_stamps_lost, 0);
	sock_free(f.sock);
}

static void
test_datagram_mode_answers_and_reports_errors(void **state)
{
	const struct sock_options options = { .id_first = ID, .force_dgram = true };
	struct fixture f = opened(&options);
	const char *const targets[][2] = { { "10.1.1.1", "10.9.9.9" }, { "fd00::1", "fd00::9:9" } };

	(void)state;
	for (int k = 0; k < 2; k++) {
		int family = k == 0 ? 4 : 6;
		struct probe_out out = request(targets[k][0], ID, 1, 64);
		struct probe_sent sent;
		struct pollfd p = { .fd = sock_fd(f.sock, family) };
		struct addr refused = address(targets[k][1]);

		assert_int_equal(k == 0 ? f.status.ipv4.mode : f.status.ipv6.mode, SOCK_MODE_DGRAM);
		assert_int_equal(k == 0 ? f.status.ipv4.error : f.status.ipv6.error, -EPERM);
		assert_int_equal(sock_dgram_id(f.sock, family), ID);
		send_and_receive(&f, &out);
		assert_int_equal(f.batch.meta[0].path, RX_DGRAM);
		assert_true(f.batch.meta[0].kernel_stamp);
		assert_int_equal(f.batch.meta[0].hop_limit, 64);
		assert_int_equal(f.batch.meta[0].dscp, 0);
		assert_int_equal(f.batch.bytes[0][0], family == 4 ? 0 : 129);
		assert_int_equal(sequence_of(&f.batch, 0), 1);

		out = request(targets[k][1], ID, 2, 64);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		assert_int_equal(poll(&p, 1, WAIT_MS), 1); /* POLLERR */
		/* the error of that packet must not become the fate of the next one */
		out = request(targets[k][0], ID, 3, 64);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		assert_int_equal(sent.error, 0);
		assert_int_equal(sock_receive_errors(f.sock, family, &f.clock, &f.batch), 0);
		assert_int_equal(f.batch.n, 1);
		assert_int_equal(f.batch.meta[0].path, RX_ERROR_QUEUE);
		assert_int_equal(f.batch.error[0].type, family == 4 ? 3 : 1);
		assert_int_equal(f.batch.error[0].code, family == 4 ? 10 : 1);
		assert_true(addr_equal(&f.batch.error[0].to, &refused));
		assert_true(addr_equal(&f.batch.meta[0].from, &refused));
		assert_int_equal(f.batch.bytes[0][0], family == 4 ? 8 : 128);
		assert_int_equal(sequence_of(&f.batch, 0), 2);
		assert_true(f.batch.meta[0].kernel_stamp);
		receive(&f, family);
		assert_int_equal(sequence_of(&f.batch, 0), 3);
	}
	sock_free(f.sock);
}

static void
test_datagram_mode_switches_df(void **state)
{
	const struct sock_options options = { .id_first = ID, .force_dgram = true };
	struct fixture f = opened(&options);
	struct probe_out out[3];
	struct probe_sent sent[3];

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		out[i] = request("192.0.2.9", ID, i, 2000);
		out[i].df = i == 1;
	}
	assert_int_equal(sock_send(f.sock, out, 3, sent), 2);
	assert_int_equal(sent[0].error, 0);
	assert_int_equal(sent[1].error, -EMSGSIZE);
	assert_int_equal(sent[1].mtu, 1400);
	assert_int_equal(sent[2].error, 0);
	assert_int_equal(sock_receive_errors(f.sock, 4, &f.clock, &f.batch), 0);
	assert_int_equal(f.batch.n, 0);
	sock_free(f.sock);
}

static void
test_no_permission_at_all_is_eperm(void **state)
{
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		const struct sock_options options = { .id_first = ID };
		struct sock_status told;
		struct sock *s = NULL;

		/* group 65533 is outside of ping_group_range here */
		if (setgid(65533) < 0 || setuid(65533) < 0)
			_exit(2);
		_exit(sock_open(&s, &options, &told) == -EPERM && told.ipv4.error == -EPERM && s == NULL ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_sockets_work_after_privileges_went(void **state)
{
	const uint32_t marks[] = { 6 };
	const struct sock_options options = { .id_first = ID, .marks = marks, .n_marks = 1 };
	struct fixture f = opened(&options);
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct probe_out out[3];
		struct probe_sent sent[3];
		bool good = setgid(65533) == 0 && setuid(65533) == 0;

		for (uint16_t i = 0; i < 3; i++) {
			out[i] = request("10.1.1.1", ID, i, 64);
			out[i].df = i == 1;
			out[i].mark = i == 2 ? 6 : 0;
			out[i].want_tx_stamp = 1;
		}
		out[0].source = address("10.2.2.2");
		out[0].ttl = 9;
		good = good && sock_set_ids(f.sock, ID) == 0 && sock_send(f.sock, out, 3, sent) == 3;
		good = good && sock_receive(f.sock, 4, &f.clock, &f.batch) == 0 && f.batch.n == 3;
		_exit(good && sock_drops(f.sock, 4) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	sock_free(f.sock);
}

/* Waits for news and collects it until all that is wanted was told. */
static void
expect_change(struct netif *n, unsigned int wanted)
{
	struct pollfd p = { .fd = netif_fd(n), .events = POLLIN };
	unsigned int changed = 0;

	while ((changed & wanted) != wanted) {
		assert_int_equal(poll(&p, 1, WAIT_MS), 1);
		changed |= netif_drain(n);
	}
	assert_int_equal(netif_drain(n), 0);
}

static void
test_netif_tells_what_changed(void **state)
{
	struct netif *n = NULL;

	(void)state;
	assert_int_equal(netif_open(&n), 0);
	assert_int_equal(netif_drain(n), 0);
	run("ip link add d1 type veth peer name d1-peer");
	expect_change(n, NETIF_LINKS);
	run("ip addr add 203.0.113.1/32 dev d0 noprefixroute");
	expect_change(n, NETIF_ADDRS);
	run("ip route add 203.0.113.128/25 dev d0");
	expect_change(n, NETIF_ROUTES);
	run("ip route del 203.0.113.128/25 dev d0; ip addr del 203.0.113.1/32 dev d0; ip link del d1");
	expect_change(n, NETIF_ALL);
	netif_free(n);
	netif_free(NULL);
}

static void
test_netif_counts_an_overflow_as_every_change(void **state)
{
	struct netif *n = NULL;
	unsigned int changed = 0;

	(void)state;
	assert_int_equal(netif_open(&n), 0);
	run("for i in $(seq 1 255); do for j in $(seq 0 15); do echo \"route add 203.0.113.$i/32 dev d0 table $((j + 300))\";"
	    " done; done | ip -batch -");
	for (int i = 0; i < 100; i++)
		changed |= netif_drain(n);
	assert_int_equal(changed, NETIF_ALL);
	netif_free(n);
}

static void
test_netif_knows_names_and_routes(void **state)
{
	const struct addr with = address("10.4.5.6");
	const struct addr without = address("198.51.100.1");
	const struct addr with6 = address("2001:db8::9");
	const struct addr without6 = address("2001:db8:1::1");
	const struct addr none = { 0 };

	(void)state;
	assert_int_equal(netif_index("d0"), if_nametoindex("d0"));
	assert_int_not_equal(netif_index("d0"), 0);
	assert_int_equal(netif_index("nosuch0"), 0);
	assert_true(netif_has_route(&with));
	assert_false(netif_has_route(&without));
	assert_true(netif_has_route(&with6));
	assert_false(netif_has_route(&without6));
	assert_false(netif_has_route(&none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_tells_mode_and_buffer),
		cmocka_unit_test(test_options_out_of_range_are_refused),
		cmocka_unit_test(test_thousand_probes_all_come_back),
		cmocka_unit_test(test_interleaved_families_keep_their_results),
		cmocka_unit_test(test_stamps_lie_between_send_and_read),
		cmocka_unit_test(test_overflow_of_the_receive_buffer_is_counted),
		cmocka_unit_test(test_damaged_ipv6_packets_are_no_drops),
		cmocka_unit_test(test_filter_passes_only_our_ids),
		cmocka_unit_test(test_filter_moves_to_other_ids),
		cmocka_unit_test(test_filter_ipv4_judges_the_quoted_packet),
		cmocka_unit_test(test_filter_ipv6_judges_the_quoted_packet),
		cmocka_unit_test(test_per_packet_fields_reach_the_wire_ipv4),
		cmocka_unit_test(test_per_packet_fields_reach_the_wire_ipv6),
		cmocka_unit_test(test_source_address_gets_the_reply),
		cmocka_unit_test(test_too_big_with_df_is_refused_with_the_mtu),
		cmocka_unit_test(test_no_route_refuses_one_packet_and_not_its_neighbours),
		cmocka_unit_test(test_unknown_family_and_mark_are_refused),
		cmocka_unit_test(test_broadcast_needs_the_packets_flag),
		cmocka_unit_test(test_mark_chooses_the_route),
		cmocka_unit_test(test_smallest_and_largest_message_come_back_whole),
		cmocka_unit_test(test_packet_beyond_the_buffer_is_flagged_with_its_length),
		cmocka_unit_test(test_transmit_stamps_find_their_probes),
		cmocka_unit_test(test_datagram_mode_answers_and_reports_errors),
		cmocka_unit_test(test_datagram_mode_switches_df),
		cmocka_unit_test(test_no_permission_at_all_is_eperm),
		cmocka_unit_test(test_sockets_work_after_privileges_went),
		cmocka_unit_test(test_netif_tells_what_changed),
		cmocka_unit_test(test_netif_counts_an_overflow_as_every_change),
		cmocka_unit_test(test_netif_knows_names_and_routes),
	};

	if (netif_index("d0") == 0) {
		(void)fprintf(stderr, "run by test_sock.sh, which prepares a network namespace\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
