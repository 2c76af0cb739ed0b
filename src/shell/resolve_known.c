/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The addresses known of a name, in one block of just their size. Name servers rotate their
 * answers; what is kept here does not turn with them: a listed address keeps its place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shell/resolve_internal.h"

const struct addr *
resolve_known_get(
    const struct resolve_known *known, enum resolve_family family, unsigned int *ret_n)
{
	*ret_n = known == NULL ? 0 : known->n[family];
	if (known == NULL)
		return NULL;
	return known->addresses + (family == RESOLVE_V6 ? known->n[RESOLVE_V4] : 0);
}

static bool
listed(const struct addr *a, const struct addr addresses[], unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (addr_equal(a, &addresses[i]))
			return true;
	}
	return false;
}

/* The family's part becomes list[n]. */
static int
set(struct resolve_known **known, enum resolve_family family, const struct addr list[],
    unsigned int n)
{
	enum resolve_family other = family == RESOLVE_V4 ? RESOLVE_V6 : RESOLVE_V4;
	unsigned int n_other;
	const struct addr *kept = resolve_known_get(*known, other, &n_other);
	struct resolve_known *made = NULL;

	if (n + n_other > 0) {
		made = malloc(sizeof(*made) + (n + n_other) * sizeof(made->addresses[0]));
		if (made == NULL)
			return -ENOMEM;
		made->n[family] = (uint8_t)n;
		made->n[other] = (uint8_t)n_other;
		memcpy(made->addresses + (family == RESOLVE_V6 ? n_other : 0), list,
		    n * sizeof(*list));
		if (n_other > 0)
			memcpy(made->addresses + (other == RESOLVE_V6 ? n : 0), kept,
			    n_other * sizeof(*kept));
	}
	free(*known);
	*known = made;
	return 0;
}

int
resolve_known_add(struct resolve_known **known, const struct addr *a)
{
	enum resolve_family family = a->family == 6 ? RESOLVE_V6 : RESOLVE_V4;
	struct addr list[SETTINGS_ADDRESSES_MAX];
	unsigned int n;
	const struct addr *now = resolve_known_get(*known, family, &n);

	if (n >= SETTINGS_ADDRESSES_MAX || listed(a, now, n))
		return 0;
	if (n > 0)
		memcpy(list, now, n * sizeof(*now));
	list[n] = *a;
	return set(known, family, list, n + 1);
}

int
resolve_known_replace(struct resolve_known **known, enum resolve_family family,
    const struct addr addresses[], unsigned int n)
{
	struct addr list[SETTINGS_ADDRESSES_MAX];
	unsigned int n_list = 0, n_old;
	const struct addr *old = resolve_known_get(*known, family, &n_old);

	for (unsigned int i = 0; i < n_old; i++) {
		if (listed(&old[i], addresses, n))
			list[n_list++] = old[i];
	}
	for (unsigned int i = 0; i < n && n_list < SETTINGS_ADDRESSES_MAX; i++) {
		if (!listed(&addresses[i], list, n_list))
			list[n_list++] = addresses[i];
	}
	return set(known, family, list, n_list);
}
