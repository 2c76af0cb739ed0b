/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One transfer at a time, driven by the multi interface: so that the time without a byte is ours to
 * judge, and a key or a signal is heard while the daemon is silent.
 */
#include <curl/curl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "ctl/client.h"
#include "ctl/client_error.h"
#include "ctl/jv.h"
#include "ctl/memory.h"

#define WATCHES_MAX 2
#define REFUSAL_MAX_BYTES 1048576 /* of the body of an error */
#define WAIT_MAX_MS 1000
#define URL_HOST "http://localhost"
#define URL_BYTES 1024

struct buffer {
	char *bytes;
	size_t len, cap, max;
	bool full;
};

struct client {
	CURL *easy;
	CURLM *multi;
	struct curl_slist *headers;
	char *path, *unit;
	struct {
		int fd;
		bool (*readable)(void *arg);
		void *arg;
	} watches[WATCHES_MAX];
	unsigned n_watches;
	int status;
	char error[CLIENT_ERROR_BYTES];
	/* of the request under way */
	const struct client_request *request;
	struct buffer refusal;
	nsec_t active_ns; /* of the last byte */
	bool begun; /* bytes of an answer have come */
	bool stopped;
};

static nsec_t
now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static bool
buffer_add(struct buffer *b, const char *bytes, size_t len)
{
	if (len > b->max - b->len) {
		b->full = true;
		return false;
	}
	if (b->len + len > b->cap) {
		b->cap = 2 * (b->len + len);
		b->bytes = memory_resize(b->bytes, b->cap, 1);
	}
	memcpy(b->bytes + b->len, bytes, len);
	b->len += len;
	return true;
}

static int
answer_status(const struct client *c)
{
	long status = 0;

	(void)curl_easy_getinfo(c->easy, CURLINFO_RESPONSE_CODE, &status);
	return (int)status;
}

static size_t
on_header(char *bytes, size_t size, size_t n, void *arg)
{
	struct client *c = arg;

	(void)bytes;
	c->active_ns = now_ns();
	c->begun = true;
	return size * n;
}

static size_t
on_body(char *bytes, size_t size, size_t n, void *arg)
{
	struct client *c = arg;

	c->active_ns = now_ns();
	c->begun = true;
	if (answer_status(c) / 100 != 2) {
		(void)buffer_add(&c->refusal, bytes, size * n); /* what is too long is cut off */
		return size * n;
	}
	if (c->request->sink(c->request->arg, bytes, size * n))
		return size * n;
	c->stopped = true;
	return 0;
}

static void
set_up(struct client *c)
{
	(void)curl_easy_setopt(c->easy, CURLOPT_UNIX_SOCKET_PATH, c->path);
	(void)curl_easy_setopt(c->easy, CURLOPT_NOPROXY, "*");
	(void)curl_easy_setopt(c->easy, CURLOPT_NOSIGNAL, 1L);
	(void)curl_easy_setopt(c->easy, CURLOPT_PATH_AS_IS, 1L);
	(void)curl_easy_setopt(c->easy, CURLOPT_USERAGENT, "icmpctl/" PACKAGE_VERSION);
	(void)curl_easy_setopt(c->easy, CURLOPT_HTTPHEADER, c->headers);
	(void)curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);
	(void)curl_easy_setopt(c->easy, CURLOPT_HEADERDATA, c);
	(void)curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_body);
	(void)curl_easy_setopt(c->easy, CURLOPT_WRITEDATA, c);
}

struct client *
client_new(const char *socket_path, const char *unit)
{
	struct client *c = memory_resize(NULL, 1, sizeof(*c));

	*c = (struct client){.path = memory_copy(socket_path), .unit = memory_copy(unit)};
	c->refusal.max = REFUSAL_MAX_BYTES;
	(void)curl_global_init(CURL_GLOBAL_NOTHING);
	c->easy = curl_easy_init();
	c->multi = curl_multi_init();
	c->headers = curl_slist_append(NULL, "Accept: application/json");
	if (c->easy == NULL || c->multi == NULL || c->headers == NULL) {
		(void)fputs("icmpctl: out of memory\n", stderr);
		exit(EXIT_FAILURE);
	}
	set_up(c);
	return c;
}

void
client_free(struct client *c)
{
	if (c == NULL)
		return;
	curl_multi_cleanup(c->multi);
	curl_easy_cleanup(c->easy);
	curl_slist_free_all(c->headers);
	curl_global_cleanup();
	free(c->refusal.bytes);
	free(c->path);
	free(c->unit);
	free(c);
}

void
client_watch(struct client *c, int fd, bool (*readable)(void *arg), void *arg)
{
	if (c->n_watches == WATCHES_MAX)
		return;
	c->watches[c->n_watches].fd = fd;
	c->watches[c->n_watches].readable = readable;
	c->watches[c->n_watches].arg = arg;
	c->n_watches++;
}

/* Waits for the daemon, a watched descriptor or the limit. */
static void
wait_a_little(struct client *c, nsec_t limit_ns)
{
	struct curl_waitfd fds[WATCHES_MAX] = {0};
	nsec_t left_ns = nsec_sub(limit_ns, now_ns());
	int wait_ms = left_ns > WAIT_MAX_MS * NSEC_PER_MSEC
			  ? WAIT_MAX_MS
			  : (int)(nsec_max(left_ns, 0) / NSEC_PER_MSEC) + 1;

	for (unsigned i = 0; i < c->n_watches; i++) {
		fds[i].fd = c->watches[i].fd;
		fds[i].events = CURL_WAIT_POLLIN;
	}
	(void)curl_multi_poll(c->multi, fds, c->n_watches, wait_ms, NULL);
	for (unsigned i = 0; i < c->n_watches && !c->stopped; i++) {
		struct pollfd again = {.fd = c->watches[i].fd, .events = POLLIN};

		if (poll(&again, 1, 0) > 0)
			c->stopped = c->watches[i].readable(c->watches[i].arg);
	}
}

/* Runs the transfer. False when the silence lasted too long. */
static bool
transfer(struct client *c, CURLcode *ret_code)
{
	nsec_t silence_ns = c->request->silence_ns > 0 ? c->request->silence_ns : CLIENT_SILENCE_NS;
	int running = 1, queued;
	const CURLMsg *message;

	*ret_code = CURLE_FAILED_INIT;
	while (curl_multi_perform(c->multi, &running) == CURLM_OK && running > 0 && !c->stopped) {
		bool for_ever = c->request->follow && c->begun;
		nsec_t limit_ns = for_ever ? NSEC_NEVER : c->active_ns + silence_ns;

		if (now_ns() >= limit_ns)
			return false;
		wait_a_little(c, limit_ns);
	}
	while ((message = curl_multi_info_read(c->multi, &queued)) != NULL) {
		if (message->msg == CURLMSG_DONE)
			*ret_code = message->data.result;
	}
	return true;
}

static enum client_result
judge(struct client *c, CURLcode code, bool in_time)
{
	struct client_fault fault = {.path = c->path, .unit = c->unit, .begun = c->begun};
	long os_errno = 0;

	if (c->stopped)
		return CLIENT_STOPPED;
	if (code == CURLE_OK && in_time && c->status / 100 == 2)
		return CLIENT_OK;
	if (code == CURLE_OK && in_time) {
		client_error_of_refusal(c->error, c->status, c->refusal.bytes, c->refusal.len);
		return CLIENT_REFUSED;
	}
	(void)curl_easy_getinfo(c->easy, CURLINFO_OS_ERRNO, &os_errno);
	fault.kind = !in_time			     ? FAULT_SILENT
		     : code == CURLE_COULDNT_CONNECT ? FAULT_CONNECT
		     : code == CURLE_OUT_OF_MEMORY   ? FAULT_MEMORY
		     : code == CURLE_UNSUPPORTED_PROTOCOL || code == CURLE_WEIRD_SERVER_REPLY
			 ? FAULT_STRANGER
			 : FAULT_CLOSED;
	fault.error = (int)os_errno;
	client_error_of_fault(c->error, &fault);
	return c->begun && fault.kind != FAULT_STRANGER ? CLIENT_BROKEN : CLIENT_UNREACHABLE;
}

enum client_result
client_do(struct client *c, const struct client_request *request)
{
	char url[URL_BYTES];
	struct text t;
	CURLcode code;
	bool in_time;

	text_init(&t, url, sizeof(url));
	text_add(&t, URL_HOST);
	text_add(&t, request->path);
	c->error[0] = '\0';
	c->status = 0;
	c->request = request;
	c->refusal.len = 0;
	c->begun = c->stopped = false;
	c->active_ns = now_ns();
	if (t.overflow) {
		(void)snprintf(c->error, sizeof(c->error), "the name is too long");
		return CLIENT_REFUSED;
	}
	(void)curl_easy_setopt(c->easy, CURLOPT_URL, url);
	if (request->form != NULL) {
		(void)curl_easy_setopt(c->easy, CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c->easy, CURLOPT_POSTFIELDS, request->form);
	} else
		(void)curl_easy_setopt(c->easy, CURLOPT_HTTPGET, 1L);
	if (curl_multi_add_handle(c->multi, c->easy) != CURLM_OK) {
		(void)snprintf(c->error, sizeof(c->error), "out of memory");
		return CLIENT_BROKEN;
	}
	in_time = transfer(c, &code);
	c->status = answer_status(c);
	(void)curl_multi_remove_handle(c->multi, c->easy);
	c->request = NULL;
	return judge(c, code, in_time);
}

static bool
into_buffer(void *arg, const char *bytes, size_t len)
{
	return buffer_add(arg, bytes, len);
}

enum client_result
client_fetch_bytes(struct client *c, const char *path, char **ret_bytes, size_t *ret_len)
{
	struct buffer body = {.max = CLIENT_DOCUMENT_MAX_BYTES};
	struct client_request request = {.path = path, .sink = into_buffer, .arg = &body};
	enum client_result result = client_do(c, &request);

	if (body.full || (result == CLIENT_OK && !buffer_add(&body, "", 1)))
		result = client_misunderstood(c, NULL);
	if (result == CLIENT_OK) {
		*ret_bytes = body.bytes;
		*ret_len = body.len - 1;
	} else
		free(body.bytes);
	return result;
}

enum client_result
client_fetch(struct client *c, const char *path, struct json_t **ret)
{
	struct json_t *v;
	char *bytes;
	size_t len;
	enum client_result result = client_fetch_bytes(c, path, &bytes, &len);

	if (result != CLIENT_OK)
		return result;
	v = jv_parse(bytes, len);
	free(bytes);
	if (v == NULL)
		return client_misunderstood(c, NULL);
	*ret = v;
	return CLIENT_OK;
}

enum client_result
client_misunderstood(struct client *c, const char *message)
{
	(void)snprintf(c->error, sizeof(c->error), "%s",
	    message != NULL ? message
			    : "the answer is not what this icmpctl (" PACKAGE_VERSION
			      ") understands: is icmpmond of another version?");
	return CLIENT_BROKEN;
}

const char *
client_error(const struct client *c)
{
	return c->error;
}

int
client_status(const struct client *c)
{
	return c->status;
}
