/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the sockets put on the wire with each packet, what the kernel refuses, and transmit stamps.
 */
#include "sock_fixture.h"

#include <errno.h>
#include <poll.h>

#include "shell/netif.h"

static void
test_per_packet_fields_reach_the_wire_ipv4(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("10.9.9.9", ID, 1, 64);
	const uint8_t *quoted;

	(void)state;
	/* A refusal quotes our packet with its header as it was sent. */
	out.ttl = 7;
	out.dscp = 46;
	out.source = fixture_address("10.7.7.7");
	out.df = 1;
	fixture_ping(&f, &out);
	quoted = fixture_icmp(&f.batch, 0) + 8;
	assert_int_equal(quoted[8], 7);
	assert_int_equal(quoted[1], 46 << 2);
	assert_memory_equal(quoted + 12, out.source.bytes, 4);
	assert_int_equal(quoted[6] & 0x40, 0x40);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));

	/* and the next one without them has the defaults again */
	out = fixture_request("10.9.9.9", ID, 2, 64);
	fixture_ping(&f, &out);
	quoted = fixture_icmp(&f.batch, 0) + 8;
	assert_int_equal(quoted[8], 64);
	assert_int_equal(quoted[1], 0);
	assert_int_equal(quoted[6] & 0x40, 0);
	sock_free(f.sock);
}

static void
test_per_packet_fields_reach_the_wire_ipv6(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("fd00::9:9", ID, 1, 64);
	const uint8_t *quoted;

	(void)state;
	out.ttl = 7;
	out.dscp = 46;
	out.source = fixture_address("fd00::7");
	out.flow_label = 0xabcde;
	out.df = 1;
	fixture_ping(&f, &out);
	quoted = fixture_icmp(&f.batch, 0) + 8;
	assert_int_equal(quoted[7], 7);
	assert_int_equal((quoted[0] & 0xf) << 4 | quoted[1] >> 4, 46 << 2);
	assert_int_equal((quoted[1] & 0xf) << 16 | quoted[2] << 8 | quoted[3], 0xabcde);
	assert_memory_equal(quoted + 8, out.source.bytes, 16);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));
	out.flow_label = 0;
	fixture_ping(&f, &out);
	quoted = fixture_icmp(&f.batch, 0) + 8;
	assert_int_equal((quoted[0] & 0xf) << 4 | quoted[1] >> 4, 46 << 2);
	sock_free(f.sock);
}

static void
test_source_address_gets_the_reply(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("10.1.1.1", ID, 1, 64);
	int error;

	(void)state;
	out.source = fixture_address("10.2.2.2");
	out.ifindex = netif_index("lo");
	fixture_ping(&f, &out);
	assert_true(addr_equal(&f.batch.meta[0].to, &out.source));
	assert_true(addr_equal(&f.batch.meta[0].from, &out.to));
	assert_int_equal(f.batch.meta[0].ifindex, netif_index("lo"));
	out.source = fixture_address("203.0.113.1");
	out.ifindex = 0;
	error = fixture_send_error(&f, &out, NULL);
	assert_true(
	    error == -EINVAL || error == -ENETUNREACH); /* depends on the kernel's version */
	sock_free(f.sock);
}

static void
test_too_big_with_df_is_refused_with_the_mtu(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("192.0.2.9", ID, 1, 1381);
	int32_t mtu = 0;

	(void)state;
	out.df = 1;
	assert_int_equal(fixture_send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out.ifindex = netif_index("d0");
	mtu = 0;
	assert_int_equal(fixture_send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out = fixture_request("192.0.2.9", ID, 2, 1380);
	out.df = 1;
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);
	out = fixture_request("192.0.2.9", ID, 3, 9000);
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);

	out = fixture_request("2001:db8::9", ID, 4, 1361);
	out.df = 1;
	assert_int_equal(fixture_send_error(&f, &out, &mtu), -EMSGSIZE);
	assert_int_equal(mtu, 1400);
	out.df = 0;
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);
	sock_free(f.sock);
}

static void
test_no_route_refuses_one_packet_and_not_its_neighbours(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out[130];
	struct probe_sent sent[130];

	(void)state;
	for (uint16_t i = 0; i < 130; i++)
		out[i] = fixture_request(i % 50 == 20 ? "198.51.100.1" : "10.1.1.1", ID, i, 64);
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
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("10.1.1.1", ID, 1, 64);

	(void)state;
	out.mark = 77;
	assert_int_equal(fixture_send_error(&f, &out, NULL), -EINVAL);
	out.mark = 0;
	out.to.family = 0;
	assert_int_equal(fixture_send_error(&f, &out, NULL), -EAFNOSUPPORT);
	sock_free(f.sock);
}

static void
test_broadcast_needs_the_packets_flag(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("192.0.2.255", ID, 1, 64);

	(void)state;
	assert_int_equal(fixture_send_error(&f, &out, NULL), -EACCES);
	out.broadcast = 1;
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);
	out.broadcast = 0;
	assert_int_equal(fixture_send_error(&f, &out, NULL), -EACCES);
	sock_free(f.sock);
}

static void
test_mark_chooses_the_route(void **state)
{
	const uint32_t marks[] = {5, 6};
	const struct sock_options options = {.id_first = ID, .marks = marks, .n_marks = 2};
	struct fixture f = fixture_open(&options);
	struct probe_out out = fixture_request("192.0.2.9", ID, 1, 64);

	(void)state;
	assert_int_equal(f.status.ipv4.marks_error, 0);
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);
	out.mark = 5; /* the namespace has a rule against it */
	assert_int_equal(fixture_send_error(&f, &out, NULL), -EACCES);
	out.mark = 6;
	out.df = 1;
	assert_int_equal(fixture_send_error(&f, &out, NULL), 0);
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
		out[i] = fixture_request(i == refused_at ? refused : to, ID, sequence++, 64);
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
	assert_int_equal(
	    sock_receive_tx_stamps(f->sock, out[0].to.family, &f->clock, stamps, 40), 0);
}

static void
test_transmit_stamps_find_their_probes(void **state)
{
	struct fixture f = fixture_open_raw();

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
	const struct sock_options options = {.id_first = ID, .force_dgram = true};
	struct fixture f = fixture_open(&options);
	const char *const targets[][2] = {{"10.1.1.1", "10.9.9.9"}, {"fd00::1", "fd00::9:9"}};

	(void)state;
	for (int k = 0; k < 2; k++) {
		int family = k == 0 ? 4 : 6;
		struct probe_out out = fixture_request(targets[k][0], ID, 1, 64);
		struct probe_sent sent;
		struct pollfd p = {.fd = sock_fd(f.sock, family)};
		struct addr refused = fixture_address(targets[k][1]);

		assert_int_equal(k == 0 ? f.status.ipv4.mode : f.status.ipv6.mode, SOCK_MODE_DGRAM);
		assert_int_equal(k == 0 ? f.status.ipv4.error : f.status.ipv6.error, -EPERM);
		assert_int_equal(sock_dgram_id(f.sock, family), ID);
		fixture_ping(&f, &out);
		assert_int_equal(f.batch.meta[0].path, RX_DGRAM);
		assert_true(f.batch.meta[0].kernel_stamp);
		assert_int_equal(f.batch.meta[0].hop_limit, 64);
		assert_int_equal(f.batch.meta[0].dscp, 0);
		assert_int_equal(f.batch.bytes[0][0], family == 4 ? 0 : 129);
		assert_int_equal(fixture_sequence(&f.batch, 0), 1);

		out = fixture_request(targets[k][1], ID, 2, 64);
		assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
		assert_int_equal(poll(&p, 1, WAIT_MS), 1); /* POLLERR */
		/* the error of that packet must not become the fate of the next one */
		out = fixture_request(targets[k][0], ID, 3, 64);
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
		assert_int_equal(fixture_sequence(&f.batch, 0), 2);
		assert_true(f.batch.meta[0].kernel_stamp);
		fixture_receive(&f, family);
		assert_int_equal(fixture_sequence(&f.batch, 0), 3);
	}
	sock_free(f.sock);
}

static void
test_datagram_mode_switches_df(void **state)
{
	const struct sock_options options = {.id_first = ID, .force_dgram = true};
	struct fixture f = fixture_open(&options);
	struct probe_out out[3];
	struct probe_sent sent[3];

	(void)state;
	for (uint16_t i = 0; i < 3; i++) {
		out[i] = fixture_request("192.0.2.9", ID, i, 2000);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_per_packet_fields_reach_the_wire_ipv4),
	    cmocka_unit_test(test_per_packet_fields_reach_the_wire_ipv6),
	    cmocka_unit_test(test_source_address_gets_the_reply),
	    cmocka_unit_test(test_too_big_with_df_is_refused_with_the_mtu),
	    cmocka_unit_test(test_no_route_refuses_one_packet_and_not_its_neighbours),
	    cmocka_unit_test(test_unknown_family_and_mark_are_refused),
	    cmocka_unit_test(test_broadcast_needs_the_packets_flag),
	    cmocka_unit_test(test_mark_chooses_the_route),
	    cmocka_unit_test(test_transmit_stamps_find_their_probes),
	    cmocka_unit_test(test_datagram_mode_answers_and_reports_errors),
	    cmocka_unit_test(test_datagram_mode_switches_df),
	};

	return FIXTURE_RUN(tests);
}
