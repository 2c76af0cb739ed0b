/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files http*.c alone: the server, its connections, and the exchange that a resource
 * answers.
 */
#ifndef ICMPMON_SHELL_HTTP_INTERNAL_H
#define ICMPMON_SHELL_HTTP_INTERNAL_H

#include <sys/queue.h>

#include "core/render_metrics.h"
#include "core/text.h"
#include "shell/http_request.h"

#define HTTP_DETAIL_MAX HTTP_ANSWER_MAX /* sentence of a problem, or a command's answer */
#define HTTP_HEAD_ROOM 1024 /* head of an answer and size of a chunk, before a slice */
#define HTTP_TAIL_ROOM 16 /* ends of a chunk and of all, behind it */
#define HTTP_OUT_BYTES (HTTP_HEAD_ROOM + HTTP_SLICE_BYTES + HTTP_TAIL_ROOM)
#define HTTP_RETRY_S 1 /* Retry-After of a 503 */

struct event;

/* What a piece of a body says. */
enum http_more {
	HTTP_END, /* the body is complete */
	HTTP_MORE, /* there are more pieces */
	HTTP_FULL, /* the piece needs an empty buffer; nothing was added */
	HTTP_WAIT, /* nothing until http_conn_wake */
	HTTP_LOST, /* the answer cannot be completed */
};

struct http_exchange;

/* Adds the next piece of a body. A piece that does not fit in what is left of t is taken back with
 * the cursor, and asked for again with an empty buffer of HTTP_SLICE_BYTES. Pieces are cheap: a
 * slice ends after the one that took it past HTTP_SLICE_NS. */
typedef enum http_more http_body(struct http_exchange *x, struct text *t);

/* Where a body stands. */
struct http_cursor {
	uint64_t at, end; /* series, group, record, byte, event */
	bool begun; /* the opening is out */
	bool listed; /* a member is out: the next needs a comma */
	struct render_metrics_cursor metrics;
};

/* A request and what answers it. All zero but the first part before a request. */
struct http_exchange {
	struct http *http;
	int fd; /* whose peer may command */
	bool tcp;

	struct http_request request;
	char *body_text; /* of the request; NULL: none */
	struct http_form form; /* of the query, or of the body of a POST */
	const char *name; /* the variable part of the path, decoded; NULL: none */

	int status;
	const char *type; /* Content-Type */
	const char *allow; /* of a 405; NULL: none */
	http_body *body;
	struct http_cursor cursor;
	bool of_engine; /* the cursor means something in one engine only */
	bool awaits_reload; /* the answer is not known before http_reload_done */
	bool follows; /* counted in http->n_followers */
	bool sse; /* server-sent events */
	bool keep_alive; /* a comment is due */
	nsec_t window_ns;
	uint32_t states; /* 1 << enum state; 0: all */
	const char *group_glob, *name_glob; /* NULL: all */
	void *owned; /* memory of the body */
	char detail[HTTP_DETAIL_MAX];
};

enum http_conn_state {
	HTTP_CONN_HEAD, /* reads the head of a request */
	HTTP_CONN_BODY, /* reads its body */
	HTTP_CONN_READY, /* has a request that waits for its turn */
	HTTP_CONN_ANSWER, /* sends the answer */
	HTTP_CONN_WAIT, /* the answer goes on when something happens */
	HTTP_CONN_LINGER, /* all is sent, the client shall close first */
};

struct http_conn {
	TAILQ_ENTRY(http_conn) all, ready;
	struct event *readable, *writable;
	enum http_conn_state state;
	bool queued; /* in http->ready */
	bool woken; /* something happened while the last slice was on its way */
	bool eof; /* the client sends no more */
	bool head_sent, chunked, close; /* of the answer */
	nsec_t deadline_ns; /* NSEC_NEVER: none */
	nsec_t asked_ns; /* since when it could have sent the request that it has not */
	uint64_t n_requests;
	size_t in_len, in_used; /* used: by the request under way */
	size_t body_len;
	char *out; /* NULL unless answering: room, slice, room */
	size_t out_at, out_len; /* what is still to be sent */
	enum http_more more; /* what the last slice said */
	struct http_exchange x;
	char in[HTTP_HEADERS_MAX_BYTES];
};

struct http_listener {
	int fd;
	bool tcp;
	struct event *event;
};

struct http {
	void *base; /* struct event_base */
	int priority;
	struct http_source source;
	struct http_limits limits; /* none is 0 */
	int64_t admin_gid;
	struct http_counters counters;
	struct http_listener listeners[HTTP_LISTENERS_MAX];
	size_t n_listeners, n_inherited; /* the first n_inherited were given to us */
	bool accepting; /* the listeners' events are added */
	bool paused; /* accept failed for want of descriptors or memory */
	struct event *resume, *work, *sweep;
	nsec_t sweep_ns; /* when the sweep is due, NSEC_NEVER: not */
	TAILQ_HEAD(, http_conn) conns, ready;
	uint32_t n_conns, n_followers;
	char socket_path[108]; /* "": none of our own */
	uint64_t socket_device, socket_inode;
	char machine[256]; /* its name */
};

/* http_listen.c. 0 or -errno; what was opened before a failure is closed by http_listen_close. */
__attribute__((warn_unused_result)) int http_listen_open(
    struct http *h, const struct http_options *options, pid_t *ret_owner);
void http_listen_close(struct http *h, bool inherited_too);
/* Adds or removes the listeners' events: we accept while there is room and no pause. */
void http_listen_update(struct http *h);

/* http_unix.c: a listening socket at path. 0 or -errno, as http_new. */
__attribute__((warn_unused_result)) int http_unix_listen(
    struct http *h, const char *path, mode_t mode, int *ret_fd, pid_t *ret_owner);
/* Removes the socket if it is still ours. */
void http_unix_remove(const struct http *h);
/* True for root, our own user, or members of a group (-1: none), by the peer's credentials. */
bool http_peer_may_command(int fd, int64_t admin_gid);

/* http_conn.c */
/* Takes over a connected, non-blocking descriptor. False: no memory, it is closed. */
bool http_conn_open(struct http *h, int fd, bool tcp);
void http_conn_close(struct http_conn *c);
/* One piece of work: begins an answer, or sends a slice of one. May close the connection. */
void http_conn_step(struct http_conn *c);
/* Its deadline has passed. May close the connection. */
void http_conn_expire(struct http_conn *c);
/* The slice is with the kernel, the answer goes on; or all of it is. */
void http_conn_go_on(struct http_conn *c);
void http_conn_answered(struct http_conn *c);
/* From now on; NSEC_NEVER: none. */
void http_conn_set_deadline(struct http_conn *c, nsec_t after_ns);
/* There may be more of an answer that said HTTP_WAIT. */
void http_conn_wake(struct http_conn *c);
/* Ends the connection when its answer needs the engine that is gone. */
void http_conn_engine_changed(struct http_conn *c);

/* http_send.c */
/* Makes and sends the next slice of the answer, which may end it or the connection. */
void http_send_slice(struct http_conn *c);
/* Sends what is left of the slice. */
void http_send_rest(struct http_conn *c);

/* http.c */
nsec_t http_now(const struct http *h);
/* An event of the server's priority that calls call(fd, what, arg); NULL without memory. */
struct event *http_event_new(
    struct http *h, int fd, short what, void (*call)(int fd, short what, void *arg), void *arg);
/* When the sweep looks at the connections next, at the latest. */
void http_sweep_by(struct http *h, nsec_t at_ns);
/* Lets the connections that are ready have their turns. */
void http_work_soon(struct http *h);

/* http_answer.c */
/* Makes the answer a problem with one sentence. */
__attribute__((format(printf, 3, 4))) void http_problem(
    struct http_exchange *x, int status, const char *format, ...);
/* Adds the member "errors" to a problem: an array of these lines. */
void http_problem_errors(struct http_exchange *x, const char *lines);
/* Makes the answer 200 with this body. */
void http_answer(struct http_exchange *x, const char *type, http_body *body);
/* Appends status line and fields. length: of the whole body, -1: not known. */
void http_head(
    struct text *t, const struct http_exchange *x, int64_t length, bool chunked, bool close);
/* Frees what the exchange owns and makes it ready for the next request. */
void http_exchange_clear(struct http_exchange *x);

/* http_route.c */
/* Finds the resource of x->request and lets it begin its answer. */
void http_route(struct http_exchange *x);
/* The text of a query key or field; NULL when it is not there or empty. */
const char *http_given(const struct http_exchange *x, const char *key);
/* The engine; NULL while there is none. */
struct monitor *http_engine(const struct http_exchange *x);

/* A pattern out of the query. False: it is too long, and the answer says so. http_targets.c */
__attribute__((warn_unused_result)) bool http_take_glob(
    struct http_exchange *x, const char *key, const char **ret_glob);

/* The resources. */
void http_get_index(struct http_exchange *x); /* http_route.c */
void http_get_healthz(struct http_exchange *x); /* http_status.c */
void http_get_readyz(struct http_exchange *x);
void http_get_status(struct http_exchange *x);
void http_get_groups(struct http_exchange *x);
void http_get_metrics(struct http_exchange *x);
void http_get_targets(struct http_exchange *x); /* http_targets.c */
void http_get_target(struct http_exchange *x);
void http_get_probes(struct http_exchange *x);
void http_get_events(struct http_exchange *x); /* http_events.c */
void http_get_event(struct http_exchange *x);
void http_post_reload(struct http_exchange *x); /* http_command.c */
void http_post_pause(struct http_exchange *x);
void http_post_resume(struct http_exchange *x);
/* The answer to a reload that has ended. */
void http_reload_answer(struct http_exchange *x, bool ok, const char *errors_text);

#endif
