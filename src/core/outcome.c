/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Tables of words. The numbers of errno are those of Linux, written out, because this library sees
 * no system header.
 */
#include <stddef.h>
#include <stdio.h>

#include "core/icmp.h"
#include "core/outcome.h"

static const char *const outcome_words[] = {
#define X(name, text) [OUTCOME_##name] = (text),
    OUTCOMES(X)
#undef X
};

static const char *const cause_words[] = {
#define X(name, text) [CAUSE_##name] = (text),
    CAUSES(X)
#undef X
};

static const char *const state_words[] = {
#define X(name, text) [STATE_##name] = (text),
    STATES(X)
#undef X
};

static const struct {
	int error;
	const char *text;
} errno_words[] = {
    {1, "operation not permitted"},
    {2, "no such file or directory"},
    {4, "interrupted"},
    {5, "input/output error"},
    {6, "no such device or address"},
    {9, "bad file descriptor"},
    {11, "the send queue is full"},
    {12, "out of memory"},
    {13, "permission denied"},
    {14, "bad address"},
    {16, "device busy"},
    {19, "no such device"},
    {22, "invalid argument"},
    {23, "too many open files on this machine"},
    {24, "too many open files"},
    {32, "broken pipe"},
    {88, "not a socket"},
    {90, "message too long"},
    {92, "protocol option not available"},
    {93, "protocol not supported"},
    {95, "operation not supported"},
    {97, "address family not supported"},
    {98, "address already in use"},
    {99, "cannot assign requested address"},
    {100, "network is down"},
    {101, "network unreachable"},
    {102, "network dropped the connection"},
    {103, "connection aborted"},
    {104, "connection reset"},
    {105, "no buffer space"},
    {110, "timed out"},
    {111, "connection refused"},
    {112, "host is down"},
    {113, "no route to host"},
    {126, "required key not available"},
};

const char *
outcome_text(enum outcome outcome)
{
	return (unsigned)outcome < OUTCOME_COUNT ? outcome_words[outcome] : "?";
}

const char *
cause_kind_text(enum cause_kind kind)
{
	return (unsigned)kind < CAUSE_COUNT ? cause_words[kind] : "?";
}

const char *
state_text(enum state state)
{
	return (unsigned)state < STATE_COUNT ? state_words[state] : "?";
}

const char *
errno_text(int error, char *buf, uint32_t buf_bytes)
{
	for (size_t i = 0; i < sizeof(errno_words) / sizeof(errno_words[0]); i++) {
		if (errno_words[i].error == error) {
			(void)snprintf(buf, buf_bytes, "%s", errno_words[i].text);
			return buf;
		}
	}
	(void)snprintf(buf, buf_bytes, "error %d", error);
	return buf;
}

const char *
cause_text(uint8_t family, const struct cause *cause, char *buf, uint32_t buf_bytes)
{
	static const char *const words[] = {
	    [CAUSE_NONE] = "none",
	    [CAUSE_TIMEOUT] = "timeout",
	    [CAUSE_ICMP] = "ICMP error",
	    [CAUSE_SEND] = "send error",
	    [CAUSE_SKIPPED] = "skipped: we were late",
	    [CAUSE_QUEUE] = "packets were dropped from our receive queue",
	    [CAUSE_SUSPEND] = "the machine slept",
	    [CAUSE_RESTART] = "we were restarted",
	    [CAUSE_NAME] = "the name has no address",
	};

	if (cause->kind == CAUSE_SEND)
		return errno_text(cause->error, buf, buf_bytes);
	if (cause->kind == CAUSE_ICMP)
		(void)snprintf(
		    buf, buf_bytes, "%s", icmp_error_text(family, cause->type, cause->code));
	else
		(void)snprintf(
		    buf, buf_bytes, "%s", cause->kind < CAUSE_COUNT ? words[cause->kind] : "?");
	return buf;
}
