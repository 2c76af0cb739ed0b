/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Helpers of the socket tests: see sock_fixture.h.
 */
#include "sock_fixture.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

struct addr
fixture_address(const char *text)
{
	struct addr a = {.family = strchr(text, ':') != NULL ? 6 : 4};

	assert_int_equal(inet_pton(a.family == 6 ? AF_INET6 : AF_INET, text, a.bytes), 1);
	return a;
}

uint32_t
fixture_sum(const uint8_t *bytes, size_t len, uint32_t value)
{
	for (size_t i = 0; i < len; i++)
		value += i % 2 == 0 ? (uint32_t)bytes[i] << 8 : bytes[i];
	while (value > 0xffff)
		value = (value >> 16) + (value & 0xffff);
	return value;
}

struct probe_out
fixture_request(const char *to, uint16_t id, uint16_t sequence, uint32_t len_bytes)
{
	struct probe_out out = {.number = (uint64_t)id << 16 | sequence,
	    .to = fixture_address(to),
	    .len_bytes = len_bytes};
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
		checksum = (uint16_t)~fixture_sum(probe_pattern() + head_bytes - 8,
		    len_bytes - head_bytes, fixture_sum(out.head, head_bytes, 0));
		out.head[2] = (uint8_t)(checksum >> 8);
		out.head[3] = (uint8_t)checksum;
	}
	return out;
}

struct fixture
fixture_open(const struct sock_options *options)
{
	struct fixture f = {0};

	clock_init(&f.clock);
	assert_int_equal(sock_open(&f.sock, options, &f.status), 0);
	return f;
}

struct fixture
fixture_open_raw(void)
{
	const struct sock_options options = {.receive_buffer_bytes = 8 << 20, .id_first = ID};

	return fixture_open(&options);
}

void
fixture_receive(struct fixture *f, int family)
{
	struct pollfd p = {.fd = sock_fd(f->sock, family), .events = POLLIN};

	clock_update(&f->clock);
	assert_int_equal(poll(&p, 1, WAIT_MS), 1);
	assert_int_equal(sock_receive(f->sock, family, &f->clock, &f->batch), 0);
}

const uint8_t *
fixture_icmp(const struct rx_batch *batch, size_t i)
{
	return batch->bytes[i] +
	       (batch->meta[i].path == RX_RAW && batch->meta[i].from.family == 4 ? 20 : 0);
}

uint16_t
fixture_sequence(const struct rx_batch *batch, size_t i)
{
	const uint8_t *icmp = fixture_icmp(batch, i);

	return (uint16_t)(icmp[6] << 8 | icmp[7]);
}

void
fixture_ping(struct fixture *f, const struct probe_out *out)
{
	struct probe_sent sent;

	assert_int_equal(sock_send(f->sock, out, 1, &sent), 1);
	assert_int_equal(sent.error, 0);
	assert_true(sent.number == out->number);
	fixture_receive(f, out->to.family);
	assert_int_equal(f->batch.n, 1);
}

int
fixture_send_error(struct fixture *f, const struct probe_out *out, int32_t *ret_mtu)
{
	struct probe_sent sent = {0};

	size_t n = sock_send(f->sock, out, 1, &sent);

	assert_int_equal(n, sent.error == 0);
	if (ret_mtu != NULL)
		*ret_mtu = sent.mtu;
	return sent.error;
}

bool
fixture_prepared(void)
{
	if (if_nametoindex("d0") != 0)
		return true;
	(void)fprintf(stderr, "run by test_sock.sh, which prepares a network namespace\n");
	return false;
}
