/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Changes of interfaces, addresses and routes, as rtnetlink(7) tells them, and two small questions
 * to the routing table. It refuses to know which change matters to which target.
 */
#ifndef ICMPMON_SHELL_NETIF_H
#define ICMPMON_SHELL_NETIF_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"

struct netif;

/* What changed, a set of bits. */
enum netif_change {
	NETIF_LINKS = 1,
	NETIF_ADDRS = 2,
	NETIF_ROUTES = 4,
	NETIF_ALL = 7,
};

/* Starts listening. 0, or -errno of the kernel's refusal; netif_free with NULL is fine. */
__attribute__((warn_unused_result)) int netif_open(struct netif **ret);
void netif_free(struct netif *n);

/* The descriptor to watch for reading; non-blocking. */
int netif_fd(const struct netif *n);

/* Reads what has been told since the last call, at most 64 reads, and returns what changed (enum
 * netif_change). When the kernel had to drop news, or a read fails, everything counts as changed.
 */
unsigned int netif_drain(struct netif *n);

/* The index of the interface of that name, 0 when there is none. */
uint32_t netif_index(const char *name);

/* Whether the kernel has a route to the address and a source to use for it. Sends nothing. */
bool netif_has_route(const struct addr *to);

#endif
