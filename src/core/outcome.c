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

static const char *const label_words[] = {
#define X(name, text) [LABEL_##name] = (text),
    CAUSE_LABELS(X)
#undef X
};

static const struct errno_row {
	int error;
	const char *text;
	enum cause_label label;
} errno_rows[] = {
    {1, "operation not permitted", LABEL_NOT_PERMITTED},
    {2, "no such file or directory", LABEL_OTHER_SEND},
    {4, "interrupted", LABEL_OTHER_SEND},
    {5, "input/output error", LABEL_OTHER_SEND},
    {6, "no such device or address", LABEL_OTHER_SEND},
    {9, "bad file descriptor", LABEL_OTHER_SEND},
    {11, "the send queue is full", LABEL_NO_BUFFER},
    {12, "out of memory", LABEL_NO_BUFFER},
    {13, "permission denied", LABEL_NOT_PERMITTED},
    {14, "bad address", LABEL_OTHER_SEND},
    {16, "device busy", LABEL_OTHER_SEND},
    {19, "no such device", LABEL_LINK_DOWN},
    {22, "invalid argument", LABEL_OTHER_SEND},
    {23, "too many open files on this machine", LABEL_OTHER_SEND},
    {24, "too many open files", LABEL_OTHER_SEND},
    {32, "broken pipe", LABEL_OTHER_SEND},
    {88, "not a socket", LABEL_OTHER_SEND},
    {90, "message too long", LABEL_MESSAGE_TOO_LONG},
    {92, "protocol option not available", LABEL_OTHER_SEND},
    {93, "protocol not supported", LABEL_OTHER_SEND},
    {95, "operation not supported", LABEL_OTHER_SEND},
    {97, "address family not supported", LABEL_NO_SOURCE},
    {98, "address already in use", LABEL_OTHER_SEND},
    {99, "cannot assign requested address", LABEL_NO_SOURCE},
    {100, "network is down", LABEL_LINK_DOWN},
    {101, "network unreachable", LABEL_NO_ROUTE},
    {102, "network dropped the connection", LABEL_OTHER_SEND},
    {103, "connection aborted", LABEL_OTHER_SEND},
    {104, "connection reset", LABEL_OTHER_SEND},
    {105, "no buffer space", LABEL_NO_BUFFER},
    {110, "timed out", LABEL_OTHER_SEND},
    {111, "connection refused", LABEL_OTHER_SEND},
    {112, "host is down", LABEL_NO_ROUTE},
    {113, "no route to host", LABEL_NO_ROUTE},
    {126, "required key not available", LABEL_OTHER_SEND},
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
cause_label_text(enum cause_label label)
{
	return (unsigned)label < LABEL_COUNT ? label_words[label] : "?";
}

static const struct errno_row *
errno_row(int error)
{
	for (size_t i = 0; i < sizeof(errno_rows) / sizeof(errno_rows[0]); i++) {
		if (errno_rows[i].error == error)
			return &errno_rows[i];
	}
	return NULL;
}

const char *
errno_text(int error, char *buf, uint32_t buf_bytes)
{
	const struct errno_row *row = errno_row(error);

	if (row != NULL)
		(void)snprintf(buf, buf_bytes, "%s", row->text);
	else
		(void)snprintf(buf, buf_bytes, "error %d", error);
	return buf;
}

const char *
cause_text(const struct cause *cause, char *buf, uint32_t buf_bytes)
{
	static const char *const words[] = {
	    [CAUSE_NONE] = "none",
	    [CAUSE_TIMEOUT] = "timeout",
	    [CAUSE_SKIPPED] = "skipped: we were late",
	    [CAUSE_QUEUE] = "packets were dropped from our receive queue",
	    [CAUSE_SUSPEND] = "the machine slept",
	    [CAUSE_RESTART] = "we were restarted",
	    [CAUSE_NAME] = "the name has no address",
	};

	if (cause->kind == CAUSE_SEND)
		return errno_text(cause->error, buf, buf_bytes);
	(void)snprintf(buf, buf_bytes, "%s",
	    cause->kind == CAUSE_ICMP	? icmp_error_text(cause->family, cause->type, cause->code)
	    : cause->kind < CAUSE_COUNT ? words[cause->kind]
					: "?");
	return buf;
}

enum cause_label
cause_label(const struct cause *cause)
{
	static const uint8_t labels[] = {
	    [CAUSE_TIMEOUT] = LABEL_TIMEOUT,
	    [CAUSE_SKIPPED] = LABEL_SKIPPED,
	    [CAUSE_QUEUE] = LABEL_QUEUE,
	    [CAUSE_SUSPEND] = LABEL_SUSPEND,
	    [CAUSE_RESTART] = LABEL_RESTART,
	    [CAUSE_NAME] = LABEL_NAME,
	};
	const struct errno_row *row;

	if (cause->kind == CAUSE_ICMP)
		return icmp_error_label(cause->family, cause->type, cause->code);
	if (cause->kind == CAUSE_SEND) {
		row = errno_row(cause->error);
		return row != NULL ? row->label : LABEL_OTHER_SEND;
	}
	return cause->kind < CAUSE_COUNT ? (enum cause_label)labels[cause->kind] : LABEL_NONE;
}
