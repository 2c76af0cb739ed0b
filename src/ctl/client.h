/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Requests to the daemon: HTTP/1.1 over its unix socket. A daemon that sleeps, is gone or is
 * someone else never makes us hang and is named in a sentence that says what to try. It owns the
 * HTTP library and refuses to know what the answers mean.
 */
#ifndef ICMPMON_CTL_CLIENT_H
#define ICMPMON_CTL_CLIENT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/units.h"

#define CLIENT_SILENCE_NS (5 * NSEC_PER_SEC) /* that ends a request, unless it says otherwise */
#define CLIENT_DOCUMENT_MAX_BYTES (16 * 1048576) /* of an answer that is held as a whole */
#define CLIENT_ERROR_BYTES 32768 /* of the errors of a configuration; what is more is cut off */

enum client_result {
	CLIENT_OK, /* 2xx, all of it */
	CLIENT_STOPPED, /* the sink or the watch said so */
	CLIENT_REFUSED, /* another status: client_status, client_error */
	CLIENT_BROKEN, /* the answer ended early or is not what we asked for */
	CLIENT_UNREACHABLE, /* no answer at all */
};

/* False stops. */
typedef bool (*client_sink)(void *arg, const char *bytes, size_t len);

struct client_request {
	const char *path; /* with its query */
	const char *form; /* NULL: GET; else the body of a POST */
	nsec_t silence_ns; /* longest time without a byte; 0: CLIENT_SILENCE_NS */
	bool follow; /* once the answer has begun it may be silent for ever */
	client_sink sink; /* of the bytes of a 2xx answer; never NULL */
	void *arg;
};

struct client;
struct json_t;

/* Never NULL. unit: the service that sentences name. Both are copied. */
struct client *client_new(const char *socket_path, const char *unit);
void client_free(struct client *c);

/* While a request waits, the descriptor is watched too; when it is readable the callback decides:
 * true gives the request up. Up to two of them. */
void client_watch(struct client *c, int fd, bool (*readable)(void *arg), void *arg);

__attribute__((warn_unused_result)) enum client_result client_do(
    struct client *c, const struct client_request *request);

/* GETs a document. On CLIENT_OK the caller frees *ret_bytes, which end in NUL beyond their count.
 */
__attribute__((warn_unused_result)) enum client_result client_fetch_bytes(
    struct client *c, const char *path, char **ret_bytes, size_t *ret_len);

/* GETs a JSON object. On CLIENT_OK the caller frees it with jv_free. */
__attribute__((warn_unused_result)) enum client_result client_fetch(
    struct client *c, const char *path, struct json_t **ret);

/* Makes message (NULL: that the answer was not understood) the error. Returns CLIENT_BROKEN. */
enum client_result client_misunderstood(struct client *c, const char *message);

/* Of the last request that was not CLIENT_OK: one sentence (a refused configuration: a line for
 * each error); the HTTP status, 0 without an answer. */
const char *client_error(const struct client *c);
int client_status(const struct client *c);

#endif
