/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files http*.c alone: the head of a request, paths, forms and hosts, as pure functions of
 * bytes. They refuse to know sockets and resources. Sources: RFC 9112 (HTTP/1.1), RFC 9110
 * (fields), RFC 3986 (percent-encoding), the URL standard (forms).
 */
#ifndef ICMPMON_SHELL_HTTP_REQUEST_H
#define ICMPMON_SHELL_HTTP_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shell/http.h"

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OTHER };

/* The media types that make a difference in Accept. */
enum http_media {
	HTTP_MEDIA_OPENMETRICS, /* application/openmetrics-text */
	HTTP_MEDIA_TEXT, /* text/plain */
	HTTP_MEDIA_EVENTS, /* text/event-stream */
	HTTP_MEDIA_HTML, /* text/html */
	HTTP_MEDIA_COUNT
};

/* Strings point into the bytes that were parsed. */
struct http_request {
	enum http_method method;
	uint8_t minor; /* of HTTP/1.x: 0 or 1 */
	bool close; /* the client wants no further request */
	bool expect_continue;
	bool has_origin; /* sent by the script or form of a web page */
	bool has_length;
	char *path; /* begins with '/', still encoded */
	char *query; /* still encoded; NULL: none */
	const char *host; /* of the absolute target, else of the field; NULL: none */
	const char *content_type; /* NULL: none */
	const char *last_event_id; /* NULL: none */
	uint16_t accept_permille[HTTP_MEDIA_COUNT]; /* 0: not named, or not wanted */
	size_t head_bytes; /* with its empty line and with empty lines before it */
	size_t body_bytes; /* that follow, at most HTTP_BODY_MAX_BYTES */
};

/* Why a request is refused: status and one sentence. */
struct http_fault {
	int status;
	const char *detail;
};

enum http_parse {
	HTTP_PARSE_MORE, /* the head is not all there; nothing was changed */
	HTTP_PARSE_DONE,
	HTTP_PARSE_FAULT, /* nothing after it can be trusted: answer and close */
};

/* Parses a request's head at the start of bytes, in place. At most HTTP_HEADERS_MAX_BYTES. */
enum http_parse http_request_parse(
    char *bytes, size_t len, struct http_request *ret_request, struct http_fault *ret_fault);

/* Decodes %XX in place, and '+' as a space where plus is set. False: a broken escape or a NUL. */
__attribute__((warn_unused_result)) bool http_decode(char *s, bool plus);

/* Splits "key=value&..." in place and decodes it. False: the fault says why. NULL is empty. */
__attribute__((warn_unused_result)) bool http_form_parse(
    char *text, struct http_form *ret_form, struct http_fault *ret_fault);

/* Splits a path that begins with '/' at each '/' and decodes the parts, in place. Returns how many
 * ("/" has none), -1 when there are more than max, -2 for a broken escape or a NUL. */
int http_path_split(char *path, char *parts[], int max);

/* True when a Host field cannot come from a name that an attacker made point to us: it is numeric,
 * "localhost", or machine; with or without a port. */
bool http_host_allowed(const char *host, const char *machine);

#endif
