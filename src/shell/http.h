/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The stats server: HTTP/1.1 over unix sockets and, for reading only, TCP. It owns connections,
 * their limits and deadlines, and turns requests into reports; long answers go out in slices of at
 * most a millisecond. It refuses to know what a probe is. Sources: RFC 9110, RFC 9112, RFC 9457
 * (problem details), the HTML standard (server-sent events).
 */
#ifndef ICMPMON_SHELL_HTTP_H
#define ICMPMON_SHELL_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/monitor.h"
#include "core/render_json.h"
#include "core/units.h"

#define HTTP_CONNECTIONS_MAX 64 /* further clients wait in the backlog */
#define HTTP_FOLLOWERS_MAX 16 /* of them with follow=1 */
#define HTTP_RELOADS_MAX 8 /* of them waiting for a reload */
#define HTTP_HEADERS_MAX_BYTES 8192
#define HTTP_BODY_MAX_BYTES 65536
#define HTTP_SLICE_BYTES                                                         \
	65536 /* of an answer; the next is made when the last is with the kernel \
	       */
#define HTTP_SLICE_NS                                                                             \
	(NSEC_PER_MSEC / 2) /* filling ends after it, so that with its writing a turn stays below \
			       1 ms; one slice of one client a turn of the loop */
#define HTTP_REQUEST_DEADLINE_NS \
	(5 * NSEC_PER_SEC) /* from the first byte, or the connect, to the whole request */
#define HTTP_IDLE_NS (10 * NSEC_PER_SEC) /* between requests of one connection */
#define HTTP_MAKE_WAY_NS NSEC_PER_SEC /* without a whole request, while others wait outside */
#define HTTP_STALL_NS (10 * NSEC_PER_SEC) /* without progress while we have something to send */
#define HTTP_LINGER_NS                                                             \
	(2 * NSEC_PER_SEC) /* after the last answer, for the client to close first \
			    */
#define HTTP_KEEP_ALIVE_NS (15 * NSEC_PER_SEC) /* comments of an event stream */
#define HTTP_ACCEPT_PAUSE_NS NSEC_PER_SEC /* after EMFILE and its like */
#define HTTP_LISTENERS_MAX 8
#define HTTP_BACKLOG 1024
#define HTTP_PROBES_MAX 4096 /* of one answer */
#define HTTP_ANSWER_MAX 1024 /* a command's answer */
#define HTTP_FORM_FIELDS_MAX 16

struct http;

enum http_command { HTTP_RELOAD, HTTP_PAUSE, HTTP_RESUME };

/* The fields of a form body or a query, decoded. */
struct http_form {
	uint32_t n;
	struct {
		const char *key;
		const char *value;
	} fields[HTTP_FORM_FIELDS_MAX];
};

/* The value of a field, or NULL. */
const char *http_form_get(const struct http_form *form, const char *key);

/* Where the answers come from. All callbacks return at once. */
struct http_source {
	void *arg;
	struct monitor *(*monitor)(
	    void *arg); /* the current engine, NULL while there is none: answers 503 */
	nsec_t (*now)(void *arg); /* monotonic */
	const struct render_daemon *(*daemon)(void *arg);
	/* Does a command. PAUSE and RESUME: 0, or -errno (-ENOENT: no such target, -EINVAL: a field
	 * is wrong); answer gets one sentence. RELOAD: 0 when it was started, http_reload_done
	 * answers later; or -errno. */
	int (*command)(void *arg, enum http_command command, const struct http_form *form,
	    char *answer, size_t answer_bytes);
	bool (*healthy)(void *arg, char *why,
	    size_t why_bytes); /* the loop ticks and due probes are attempted */
	bool (*ready)(void *arg, char *why, size_t why_bytes);
};

/* 0: the HTTP_..._NS above. */
struct http_limits {
	nsec_t request_deadline_ns, idle_ns, make_way_ns, stall_ns, linger_ns, keep_alive_ns,
	    accept_pause_ns;
};

struct http_options {
	const char *socket_path; /* NULL: none of our own */
	mode_t socket_mode; /* 0: 0660 */
	const int *listener_fds; /* opened by the service manager; taken over on success */
	size_t n_listener_fds;
	const char *tcp; /* "ADDRESS:PORT" or "[ADDRESS]:PORT", numeric; NULL: none */
	int64_t admin_gid; /* -1: none */
	struct http_limits limits; /* for tests */
	int priority; /* of the connections' events in the base; -1: its default */
	struct http_source source;
};

/* Opens the listeners on event_base (struct event_base *). 0, or -errno: -EADDRINUSE: a live daemon
 * has the socket, *ret_owner is its pid (0: not known; ret_owner may be NULL), or the TCP port is
 * taken (*ret_owner is then -1); -ENAMETOOLONG: path longer than 107; -EEXIST: the path is a file
 * or a symbolic link; -EINVAL: tcp is no numeric address and port; -ENOTSOCK: a given descriptor is
 * no listening stream socket of a family that we know. A socket that refuses connections is
 * removed.
 */
__attribute__((warn_unused_result)) int http_new(
    struct http **ret, void *event_base, const struct http_options *options, pid_t *ret_owner);

/* Closes all, connections too; removes the socket that it made. */
void http_free(struct http *h);

/* Answers all who wait for a reload: 200, or 422 with the errors of the refused files, one a line.
 */
void http_reload_done(struct http *h, bool ok, const char *errors_text);

/* Right after the engine was replaced, before the old one's memory goes. Lists and metrics under
 * way are cut off, so that no client takes a part for the whole: the connection closes without the
 * last chunk. Followers of events go on, since the journal moves on with its numbers. */
void http_engine_changed(struct http *h);

/* New events may be in the journal: feeds the followers. Cheap without followers. */
void http_events_ready(struct http *h);

/* After a reload of the settings. */
void http_set_admin_gid(struct http *h, int64_t admin_gid);

uint32_t http_connections(const struct http *h);

/* For the log: what happened since the start. */
struct http_counters {
	uint64_t accepted, requests;
	uint64_t refused_deadline; /* connections dropped: the request took too long */
	uint64_t made_way; /* for one who waited outside */
	uint64_t refused_stall; /* the client did not read */
	uint64_t cut_off; /* the engine was replaced in the middle of an answer */
	uint64_t accept_pauses; /* no descriptors or memory for a client */
};
struct http_counters http_counters(const struct http *h);

#endif
