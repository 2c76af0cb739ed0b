/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the tests of the ICMP sockets share. They run in a network namespace that test_sock.sh
 * prepares: see there for the addresses.
 */
#ifndef ICMPMON_TESTS_SOCK_FIXTURE_H
#define ICMPMON_TESTS_SOCK_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "shell/clock.h"
#include "shell/sock.h"

#define ID 0x4a60 /* the first of our block */
#define FOREIGN_ID (ID + SOCK_IDS)
#define WAIT_MS 5000

struct fixture {
	struct sock *sock;
	struct sock_status status;
	struct clock clock;
	struct rx_batch batch;
};

/* A numeric address, which must be one. */
struct addr fixture_address(const char *text);

/* The Internet checksum's running sum (RFC 1071), from value on; bytes must begin at an even place.
 */
uint32_t fixture_sum(const uint8_t *bytes, size_t len, uint32_t value);

/* An echo request of len_bytes with its header, built by hand; number is id << 16 | sequence. */
struct probe_out fixture_request(
    const char *to, uint16_t id, uint16_t sequence, uint32_t len_bytes);

/* An opened sock; must succeed. Freed by the caller. */
struct fixture fixture_open(const struct sock_options *options);

/* The same with a buffer that nothing overflows, and the usual identifiers. */
struct fixture fixture_open_raw(void);

/* Waits until something can be read, then reads a batch into f. */
void fixture_receive(struct fixture *f, int family);

/* Where the ICMP header of message i is. */
const uint8_t *fixture_icmp(const struct rx_batch *batch, size_t i);

/* The sequence number of message i. */
uint16_t fixture_sequence(const struct rx_batch *batch, size_t i);

/* Sends one packet that must go, and receives the one packet it causes. */
void fixture_ping(struct fixture *f, const struct probe_out *out);

/* Sends one packet: its error, and the MTU with it (ret_mtu may be NULL). */
int fixture_send_error(struct fixture *f, const struct probe_out *out, int32_t *ret_mtu);

/* Runs the tests, where the namespace is prepared; else says so. Exit status of main. */
#define FIXTURE_RUN(tests) (fixture_prepared() ? cmocka_run_group_tests(tests, NULL, NULL) : 77)
bool fixture_prepared(void);

#endif
