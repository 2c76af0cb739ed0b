/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Stands in for notify.c where libsystemd was not there at build time: no manager is told anything,
 * nothing is handed over.
 */
#include "shell/notify.h"

int
notify_new(struct notify **ret)
{
	*ret = NULL;
	return 0;
}

void
notify_free(struct notify *n)
{
	(void)n; /* NULL */
}

bool
notify_active(const struct notify *n)
{
	(void)n;
	return false;
}

size_t
notify_listeners(struct notify *n, const char *name, int fds[], size_t max)
{
	(void)n, (void)name, (void)fds, (void)max;
	return 0;
}

void
notify_ready(struct notify *n, const char *status)
{
	(void)n, (void)status;
}

void
notify_reloading(struct notify *n, nsec_t now_ns)
{
	(void)n, (void)now_ns;
}

void
notify_stopping(struct notify *n)
{
	(void)n;
}

void
notify_status(struct notify *n, nsec_t now_ns, const char *status)
{
	(void)n, (void)now_ns, (void)status;
}

void
notify_watchdog(struct notify *n, nsec_t now_ns, bool healthy)
{
	(void)n, (void)now_ns, (void)healthy;
}

void
notify_extend(struct notify *n, nsec_t by_ns)
{
	(void)n, (void)by_ns;
}
