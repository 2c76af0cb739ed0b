/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The listener to routing news, and questions to the routing table.
 */
#include "sock_fixture.h"

#include <net/if.h>
#include <poll.h>
#include <stdlib.h>

#include "shell/netif.h"

static void
run(const char *command)
{
	assert_int_equal(system(command), 0);
}

/* Waits for news and collects it until all that is wanted was told. */
static void
expect_change(struct netif *n, unsigned int wanted)
{
	struct pollfd p = {.fd = netif_fd(n), .events = POLLIN};
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
	run("ip route del 203.0.113.128/25 dev d0; ip addr del 203.0.113.1/32 dev d0; ip link del "
	    "d1");
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
	run("for i in $(seq 1 255); do for j in $(seq 0 15); do echo \"route add 203.0.113.$i/32 "
	    "dev d0 table $((j + 300))\";"
	    " done; done | ip -batch -");
	for (int i = 0; i < 100; i++)
		changed |= netif_drain(n);
	assert_int_equal(changed, NETIF_ALL);
	netif_free(n);
}

static void
test_netif_knows_names_and_routes(void **state)
{
	const struct addr with = fixture_address("10.4.5.6");
	const struct addr without = fixture_address("198.51.100.1");
	const struct addr with6 = fixture_address("2001:db8::9");
	const struct addr without6 = fixture_address("2001:db8:1::1");
	const struct addr none = {0};

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
	    cmocka_unit_test(test_netif_tells_what_changed),
	    cmocka_unit_test(test_netif_counts_an_overflow_as_every_change),
	    cmocka_unit_test(test_netif_knows_names_and_routes),
	};

	return FIXTURE_RUN(tests);
}
