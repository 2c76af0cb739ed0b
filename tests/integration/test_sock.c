/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Sending and receiving with a real kernel: nothing is lost, nothing miscounted, nothing cut
 * unnoticed; the datagram fallback; privileges.
 */
#include "sock_fixture.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY 1000

static void
send_many(struct fixture *f, int family, bool interleave)
{
	static struct probe_out out[MANY];
	static struct probe_sent sent[MANY];
	nsec_t before_ns = clock_now_ns();
	nsec_t last_ns[2] = {before_ns, before_ns};

	for (int i = 0; i < MANY; i++) {
		bool six = family == 6 || (interleave && i % 2 == 1);
		char to[32];

		(void)snprintf(to, sizeof(to), six ? "fd00::1:%x" : "10.0.%d.%d",
		    six ? i + 1 : i / 250, i % 250 + 1);
		out[i] = fixture_request(to, (uint16_t)(ID + i % SOCK_IDS), (uint16_t)i, 64);
	}
	assert_int_equal(sock_send(f->sock, out, MANY, sent), MANY);
	for (int i = 0; i < MANY; i++) {
		nsec_t *last = &last_ns[out[i].to.family == 6];

		assert_int_equal(sent[i].error, 0);
		assert_true(sent[i].number == out[i].number);
		assert_true(
		    sent[i].tx_early_ns <= sent[i].tx_ns && sent[i].tx_early_ns >= before_ns);
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
		fixture_receive(f, family);
		for (size_t i = 0; i < f->batch.n; i++, n++) {
			assert_int_equal(fixture_icmp(&f->batch, i)[0], family == 6 ? 129 : 0);
			assert_false(seen[fixture_sequence(&f->batch, i)]);
			seen[fixture_sequence(&f->batch, i)] = true;
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
	struct fixture f = fixture_open_raw();

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
	const uint32_t marks[SOCK_MARKS_MAX + 1] = {0};
	const struct sock_options bad[] = {
	    {.marks = marks, .n_marks = SOCK_MARKS_MAX + 1},
	    {.max_packet_bytes = SOCK_PACKET_MAX + 1},
	    {.max_packet_bytes = SOCK_PACKET_MIN - 1},
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
	struct fixture f = fixture_open_raw();

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
	struct fixture f = fixture_open_raw();

	(void)state;
	send_many(&f, 4, true);
	receive_many(&f, 4, MANY / 2);
	receive_many(&f, 6, MANY / 2);
	sock_free(f.sock);
}

static void
test_stamps_lie_between_send_and_read(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("10.1.2.3", ID, 1, 64);
	struct probe_sent sent;

	(void)state;
	assert_int_equal(sock_send(f.sock, &out, 1, &sent), 1);
	fixture_receive(&f, 4);
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
	const struct sock_options options = {.receive_buffer_bytes = 4096, .id_first = ID};
	struct fixture f = fixture_open(&options);
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
	/* A full buffer also counts what the filter would have dropped: here the requests
	 * themselves. */
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
	uint8_t packet[40 + 64] = {0x60, 0, 0, 0, 0, 64, IPPROTO_ICMPV6, 64};
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_RAW);

	assert_true(fd >= 0);
	packet[8 + 15] = packet[24 + 15] = 1;
	packet[40] = 129;
	packet[42] = 0xba;
	packet[43] = 0xd0;
	packet[44] = (uint8_t)(id >> 8);
	packet[45] = (uint8_t)id;
	assert_int_equal(sendto(fd, packet, sizeof(packet), 0, (struct sockaddr *)&to, sizeof(to)),
	    sizeof(packet));
	(void)close(fd);
}

static void
test_damaged_ipv6_packets_are_no_drops(void **state)
{
	struct fixture f = fixture_open_raw();
	struct probe_out out = fixture_request("::1", ID, 7, 64);

	(void)state;
	for (int i = 0; i < 100; i++)
		send_damaged_reply(ID);
	fixture_ping(&f, &out);
	assert_int_equal(fixture_sequence(&f.batch, 0), 7);
	assert_int_equal(sock_drops(f.sock, 6), 0);
	sock_free(f.sock);
}

static void
test_smallest_and_largest_message_come_back_whole(void **state)
{
	const struct sock_options options = {
	    .receive_buffer_bytes = 8 << 20, .id_first = ID, .max_packet_bytes = 65600};
	const uint32_t sizes[] = {8, 9, 25, 26, 27, 1480, 2029, PROBE_PAYLOAD_MAX + 8};
	struct fixture f = fixture_open(&options);

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct probe_out out = fixture_request("10.1.1.1", ID, (uint16_t)i, sizes[i]);
		const uint8_t *icmp;

		fixture_ping(&f, &out);
		icmp = fixture_icmp(&f.batch, 0);
		assert_int_equal(f.batch.len[0], 20 + sizes[i]);
		assert_int_equal(f.batch.meta[0].full_bytes, 20 + sizes[i]);
		assert_false(f.batch.meta[0].truncated);
		assert_int_equal(fixture_sum(icmp, sizes[i], 0), 0xffff);
		if (sizes[i] > 26)
			assert_memory_equal(icmp + 26, probe_pattern() + 18, sizes[i] - 26);
		out = fixture_request("::1", ID, (uint16_t)i, sizes[i]);
		fixture_ping(&f, &out);
		assert_int_equal(f.batch.len[0], sizes[i]);
		if (sizes[i] > 26)
			assert_memory_equal(
			    f.batch.bytes[0] + 26, probe_pattern() + 18, sizes[i] - 26);
	}
	sock_free(f.sock);
}

static void
test_packet_beyond_the_buffer_is_flagged_with_its_length(void **state)
{
	const struct sock_options options = {.id_first = ID, .max_packet_bytes = 128};
	struct fixture f = fixture_open(&options);
	struct probe_out out = fixture_request("10.1.1.1", ID, 1, 1000);

	(void)state;
	fixture_ping(&f, &out);
	assert_true(f.batch.meta[0].truncated);
	assert_int_equal(f.batch.meta[0].full_bytes, 1020);
	assert_int_equal(f.batch.len[0], 128);
	out = fixture_request("::1", ID, 1, 1000);
	fixture_ping(&f, &out);
	assert_true(f.batch.meta[0].truncated);
	assert_int_equal(f.batch.meta[0].full_bytes, 1000);
	assert_int_equal(f.batch.len[0], 128);
	out = fixture_request("::1", ID, 1, 128);
	fixture_ping(&f, &out);
	assert_false(f.batch.meta[0].truncated);
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
		const struct sock_options options = {.id_first = ID};
		struct sock_status told;
		struct sock *s = NULL;

		/* group 65533 is outside of ping_group_range here */
		if (setgid(65533) < 0 || setuid(65533) < 0)
			_exit(2);
		_exit(sock_open(&s, &options, &told) == -EPERM && told.ipv4.error == -EPERM &&
			      s == NULL
			  ? 0
			  : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void
test_sockets_work_after_privileges_went(void **state)
{
	const uint32_t marks[] = {6};
	const struct sock_options options = {.id_first = ID, .marks = marks, .n_marks = 1};
	struct fixture f = fixture_open(&options);
	pid_t child = fork();
	int status = 0;

	(void)state;
	assert_true(child >= 0);
	if (child == 0) {
		struct probe_out out[3];
		struct probe_sent sent[3];
		bool good = setgid(65533) == 0 && setuid(65533) == 0;

		for (uint16_t i = 0; i < 3; i++) {
			out[i] = fixture_request("10.1.1.1", ID, i, 64);
			out[i].df = i == 1;
			out[i].mark = i == 2 ? 6 : 0;
			out[i].want_tx_stamp = 1;
		}
		out[0].source = fixture_address("10.2.2.2");
		out[0].ttl = 9;
		good =
		    good && sock_set_ids(f.sock, ID) == 0 && sock_send(f.sock, out, 3, sent) == 3;
		good = good && sock_receive(f.sock, 4, &f.clock, &f.batch) == 0 && f.batch.n == 3;
		_exit(good && sock_drops(f.sock, 4) == 0 ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	sock_free(f.sock);
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
	    cmocka_unit_test(test_smallest_and_largest_message_come_back_whole),
	    cmocka_unit_test(test_packet_beyond_the_buffer_is_flagged_with_its_length),
	    cmocka_unit_test(test_no_permission_at_all_is_eperm),
	    cmocka_unit_test(test_sockets_work_after_privileges_went),
	};

	return FIXTURE_RUN(tests);
}
