/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements core/outcome.h. The errno words are our own, so that they never depend on a locale.
 */
#include "core/outcome.h"

#include <errno.h>
#include <stddef.h>
#include <stdio.h>

#include "core/icmp.h"

static const char *const outcomes[OUTCOME_COUNT] = {
#define X(name, text) [OUTCOME_##name] = text,
    OUTCOMES(X)
#undef X
};
static const char *const causes[CAUSE_COUNT] = {
#define X(name, text) [CAUSE_##name] = text,
    CAUSES(X)
#undef X
};
static const char *const states[STATE_COUNT] = {
#define X(name, text) [STATE_##name] = text,
    STATES(X)
#undef X
};

static const struct {
	int error;
	const char *text;
} errors[] = {
    {EPERM, "not permitted (a local firewall rule?)"},
    {EACCES, "forbidden by a route or a broadcast address"},
    {EAGAIN, "send buffer full"},
    {ENOBUFS, "no buffer space"},
    {ENOMEM, "no memory"},
    {ENETUNREACH, "no route to network"},
    {EHOSTUNREACH, "no route to host"},
    {ENETDOWN, "interface is down"},
    {ENODEV, "no such interface"},
    {ENXIO, "no such interface"},
    {EMSGSIZE, "probe exceeds the interface's MTU"},
    {EADDRNOTAVAIL, "source address not available"},
    {EINVAL, "refused by a blackhole route or an invalid source"},
    {EAFNOSUPPORT, "address family not available"},
    {ENOENT, "no such entry"},
};

const char *
outcome_text(enum outcome outcome)
{
	return (unsigned)outcome < OUTCOME_COUNT ? outcomes[outcome] : "?";
}

const char *
cause_kind_text(enum cause_kind kind)
{
	return (unsigned)kind < CAUSE_COUNT ? causes[kind] : "?";
}

const char *
state_text(enum state state)
{
	return (unsigned)state < STATE_COUNT ? states[state] : "?";
}

const char *
errno_text(int error, char *buf, uint32_t buf_bytes)
{
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		if (errors[i].error == error) {
			(void)snprintf(buf, buf_bytes, "%s", errors[i].text);
			return buf;
		}
	}
	(void)snprintf(buf, buf_bytes, "error %d", error);
	return buf;
}

const char *
cause_text(uint8_t family, const struct cause *cause, char *buf, uint32_t buf_bytes)
{
	static const char *const words[CAUSE_COUNT] = {
	    [CAUSE_NONE] = "none",
	    [CAUSE_TIMEOUT] = "no reply within the timeout",
	    [CAUSE_SKIPPED] = "skipped: we were late by more than an interval",
	    [CAUSE_QUEUE] = "our receive queue overflowed",
	    [CAUSE_SUSPEND] = "the machine slept",
	    [CAUSE_RESTART] = "we restarted",
	    [CAUSE_NAME] = "the name has no address",
	};

	if (cause->kind == CAUSE_SEND)
		return errno_text(cause->error, buf, buf_bytes);
	(void)snprintf(buf, buf_bytes, "%s",
		       cause->kind == CAUSE_ICMP    ? icmp_error_text(family, cause->type, cause->code)
		       : cause->kind < CAUSE_COUNT ? words[cause->kind]
						   : "?");
	return buf;
}
