/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Sentences for requests that failed: what happened and what to try. A part of client.c that needs
 * no socket.
 */
#ifndef ICMPMON_CTL_CLIENT_ERROR_H
#define ICMPMON_CTL_CLIENT_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/client.h"

struct client_fault {
	enum {
		FAULT_CONNECT, /* error: the errno */
		FAULT_SILENT,
		FAULT_CLOSED,
		FAULT_STRANGER, /* it does not speak HTTP */
		FAULT_MEMORY,
	} kind;
	int error;
	bool begun; /* a part of the answer has come */
	const char *path, *unit;
};

void client_error_of_fault(char error[static CLIENT_ERROR_BYTES], const struct client_fault *fault);

/* Of a problem document (RFC 9457), or of whatever came instead. */
void client_error_of_refusal(
    char error[static CLIENT_ERROR_BYTES], int status, const char *body, size_t bytes);

#endif
