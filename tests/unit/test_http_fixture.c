/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements test_http_fixture.h.
 */
#include "test_http_fixture.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/event.h>

#define ALIGN 64
#define TEXT_BYTES 64
#define MANY 10000 /* targets; above, they keep little, so that tests stay small */
#define WAIT_NS (120 * NSEC_PER_SEC) /* under valgrind all takes its time */
#define WALL_NS (INT64_C(1790000000) * NSEC_PER_SEC)

static nsec_t
real_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

static nsec_t
source_now(void *arg)
{
	const struct fixture *f = arg;

	return f->engine_ns + real_now() - f->real_ns;
}

static struct monitor *
source_monitor(void *arg)
{
	const struct fixture *f = arg;

	return f->no_engine ? NULL : f->m;
}

static const struct render_daemon *
source_daemon(void *arg)
{
	return &((struct fixture *)arg)->about;
}

static int
source_command(void *arg, enum http_command command, const struct http_form *form, char *answer,
    size_t answer_bytes)
{
	struct fixture *f = arg;
	size_t len = 0;

	f->commands++;
	f->command = command;
	f->command_fields[0] = '\0';
	for (uint32_t i = 0; i < form->n && len < sizeof(f->command_fields); i++)
		len += (size_t)snprintf(f->command_fields + len, sizeof(f->command_fields) - len,
		    "%s=%s;", form->fields[i].key, form->fields[i].value);
	(void)snprintf(answer, answer_bytes, "%s", f->command_answer);
	if (f->reload_at_once)
		http_reload_done(f->http, false, "a.conf:1: wrong\n");
	return f->command_result;
}

static bool
source_well(void *arg, char *why, size_t why_bytes)
{
	const struct fixture *f = arg;

	if (f->ill)
		(void)snprintf(why, why_bytes, "the last turn is 7 s overdue");
	return !f->ill;
}

static settings_str
put(char *base, uint64_t *at, const char *text)
{
	settings_str str = (settings_str)*at;

	memcpy(base + *at, text, strlen(text) + 1);
	*at += strlen(text) + 1;
	return str;
}

static struct addr
address_of(uint32_t i)
{
	struct addr a = {.family = 6,
	    .bytes = {0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, (uint8_t)(i >> 24),
		(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i}};

	return a;
}

static void
put_target(char *base, uint64_t *at, struct settings_target *t, uint32_t i)
{
	const struct addr address = address_of(i);
	char name[TEXT_BYTES], host[ADDR_TEXT_MAX];

	(void)snprintf(name, sizeof(name), "t%u", i);
	t->name = put(base, at, name);
	t->host = put(base, at, addr_format(&address, host));
	t->depends = SETTINGS_NONE;
	t->plan = i % 2;
}

/* One for each group. */
static void
put_plan(struct settings_plan *p, uint32_t group, uint32_t n)
{
	p->group = group;
	p->alarms_n = 1;
	p->size_bytes = 56;
	p->samples = n > MANY ? 12 : 360;
	p->detail = n > MANY ? 0 : 64;
	p->flows = 1;
	p->interval_ns = NSEC_PER_SEC;
	p->timeout_ns = NSEC_PER_SEC;
}

static struct settings *
make_settings(uint32_t n)
{
	uint64_t targets_at = (sizeof(struct settings) + 63) / 64 * 64;
	uint64_t plans_at = targets_at + n * sizeof(struct settings_target);
	uint64_t groups_at = plans_at + 2 * sizeof(struct settings_plan);
	uint64_t alarms_at = groups_at + 2 * sizeof(struct settings_group);
	uint64_t refs_at = alarms_at + sizeof(struct settings_alarm);
	uint64_t strings_at = refs_at + 2 * sizeof(uint32_t);
	uint64_t bytes = strings_at + 1024 + (uint64_t)n * (TEXT_BYTES + ADDR_TEXT_MAX);
	char *base = calloc(1, bytes), why[256];
	struct settings *s = (void *)base;
	struct settings_target *targets = (void *)(base + targets_at);
	struct settings_plan *plans = (void *)(base + plans_at);
	struct settings_group *groups = (void *)(base + groups_at);
	struct settings_alarm *alarm = (void *)(base + alarms_at);
	uint64_t at = strings_at + 1;

	assert(base != NULL);
	s->magic = SETTINGS_MAGIC;
	s->version = SETTINGS_VERSION;
	s->n_targets = n;
	s->n_groups = 2;
	s->n_alarms = 1;
	s->n_refs = 1;
	s->targets_at = targets_at;
	s->groups_at = groups_at;
	s->plans_at = plans_at;
	s->n_plans = 2;
	s->alarms_at = alarms_at;
	s->labels_at = s->string_refs_at = s->warnings_at = alarms_at;
	s->refs_at = refs_at;
	s->strings_at = strings_at;
	s->max_rate_per_s = 200000;
	groups[0].name = put(base, &at, "wan");
	groups[0].quorum_need = 1;
	groups[0].quorum_of = 2;
	groups[1].name = put(base, &at, "lan");
	alarm->name = put(base, &at, "down");
	alarm->raise_text = put(base, &at, "loss == 100% over 5 probes");
	alarm->clear_text = put(base, &at, "loss < 50% over 10 probes");
	alarm->state = SETTINGS_STATE_DOWN;
	if (!condition_parse("loss == 100% over 5 probes", &alarm->raise, why, sizeof(why)) ||
	    !condition_parse("loss < 50% over 10 probes", &alarm->clear, why, sizeof(why)))
		assert(false);
	for (uint32_t i = 0; i < n; i++)
		put_target(base, &at, &targets[i], i);
	for (uint32_t g = 0; g < 2; g++)
		put_plan(&plans[g], g, n);
	assert(at <= bytes);
	s->strings_bytes = (uint32_t)(bytes - strings_at);
	s->bytes = bytes;
	return s;
}

static void *
make_arena(const struct settings *settings)
{
	size_t bytes = (monitor_arena_bytes(settings) + ALIGN - 1) / ALIGN * ALIGN;
	void *arena = aligned_alloc(ALIGN, bytes);

	assert(arena != NULL);
	memset(arena, 0, bytes);
	return arena;
}

static void
give_addresses(struct fixture *f)
{
	for (uint32_t i = 0; i < f->n; i++) {
		struct addr address = address_of(i);

		monitor_on_address(f->m, f->engine_ns, i, &address, 1, 0, NULL);
	}
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

struct fixture *
fixture_new(uint32_t n)
{
	static const struct monitor_identity identity = {
	    .key = {1, 2}, .id_first = 0x4a40, .epoch = 3, .seed = 4};
	struct fixture *f = calloc(1, sizeof(*f));

	assert(f != NULL);
	f->n = n;
	f->settings = make_settings(n);
	f->arena = make_arena(f->settings);
	f->engine_ns = 1000 * NSEC_PER_SEC;
	f->real_ns = real_now();
	f->m = monitor_init(f->arena, f->settings, &identity, f->engine_ns, WALL_NS);
	f->silent = calloc(n > 0 ? n : 1, sizeof(*f->silent));
	assert(f->silent != NULL);
	give_addresses(f);
	f->about = (struct render_daemon){.version = "0.1.0",
	    .instance = "",
	    .started_wall_ns = WALL_NS,
	    .stamps = "kernel receive, interpolated send",
	    .rx_mode = {"raw", "raw"},
	    .config_file = "/etc/icmpmon/icmpmond.conf",
	    .config_loaded_wall_ns = WALL_NS,
	    .last_reload_ok = true,
	    .last_reload_error = ""};
	f->command_answer = "";
	(void)strcpy(f->dir, "/tmp/icmpmon-http-XXXXXX");
	if (mkdtemp(f->dir) == NULL)
		assert(false);
	(void)snprintf(f->path, sizeof(f->path), "%s/stats.sock", f->dir);
	f->options = (struct http_options){.socket_path = f->path,
	    .admin_gid = -1,
	    .priority = -1,
	    .source = {.arg = f,
		.monitor = source_monitor,
		.now = source_now,
		.daemon = source_daemon,
		.command = source_command,
		.healthy = source_well,
		.ready = source_well}};
	f->base = event_base_new();
	assert(f->base != NULL);
	f->tick = event_new(f->base, -1, EV_PERSIST, on_tick, NULL);
	if (f->tick == NULL || event_add(f->tick, &(struct timeval){.tv_usec = 1000}) < 0)
		assert(false);
	return f;
}

void
fixture_start(struct fixture *f)
{
	if (http_new(&f->http, f->base, &f->options, NULL) < 0)
		assert(false);
}

void
fixture_free(struct fixture *f)
{
	http_free(f->http);
	event_free(f->tick);
	event_base_free(f->base);
	(void)unlink(f->path);
	(void)rmdir(f->dir);
	free(f->silent);
	free(f->arena);
	free(f->settings);
	free(f);
}

static void
reply(struct fixture *f, const struct probe_out *out)
{
	struct rx_meta meta = {.path = RX_RAW,
	    .from = out->to,
	    .rx_ns = f->engine_ns,
	    .kernel_stamp = true,
	    .full_bytes = out->len_bytes,
	    .hop_limit = 57,
	    .dscp = -1};
	uint8_t bytes[128];

	assert(out->len_bytes <= sizeof(bytes));
	memcpy(bytes, out->head, out->head_bytes);
	memcpy(bytes + out->head_bytes, probe_pattern() + out->head_bytes - 8,
	    out->len_bytes - out->head_bytes);
	bytes[0] = 129; /* ICMPv6 echo reply; the kernel has checked its checksum */
	monitor_on_datagram(f->m, &meta, bytes, out->len_bytes);
}

void
fixture_run(struct fixture *f, nsec_t duration_ns)
{
	nsec_t end_ns = f->engine_ns + duration_ns;

	while (f->engine_ns < end_ns) {
		struct probe_out out[PROBE_BATCH_MAX];
		struct probe_sent sent[PROBE_BATCH_MAX];
		size_t n;

		f->engine_ns = nsec_min(
		    nsec_max(monitor_next_wake_ns(f->m), f->engine_ns + NSEC_PER_MSEC), end_ns);
		monitor_advance(f->m, f->engine_ns, f->engine_ns);
		while ((n = monitor_next_send(f->m, f->engine_ns, out, PROBE_BATCH_MAX)) > 0) {
			for (size_t i = 0; i < n; i++)
				sent[i] = (struct probe_sent){.number = out[i].number,
				    .tx_ns = f->engine_ns,
				    .tx_early_ns = f->engine_ns};
			monitor_on_sent(f->m, sent, n);
			f->engine_ns += NSEC_PER_MSEC / 8;
			for (size_t i = 0; i < n; i++) {
				if (!f->silent[out[i].target])
					reply(f, &out[i]);
			}
		}
	}
	f->real_ns = real_now();
}

void
fixture_reload(struct fixture *f, uint32_t n)
{
	struct settings *settings = make_settings(n), *old = f->settings;
	void *arena = make_arena(settings), *old_arena = f->arena;

	f->m = monitor_apply(arena, settings, f->m, source_now(f));
	f->settings = settings;
	f->arena = arena;
	f->n = n;
	http_engine_changed(f->http);
	free(old);
	free(old_arena);
}

bool
fixture_turn(struct fixture *f, nsec_t *started_ns)
{
	nsec_t before_ns = real_now();

	if (*started_ns == 0)
		*started_ns = before_ns;
	(void)event_base_loop(f->base, EVLOOP_ONCE);
	f->longest_turn_ns = nsec_max(f->longest_turn_ns, real_now() - before_ns);
	return before_ns - *started_ns < WAIT_NS;
}

struct client *
client_new_fd(int fd)
{
	struct client *c = calloc(1, sizeof(*c));

	assert(c != NULL && fd >= 0);
	c->fd = fd;
	(void)fcntl(fd, F_SETFL, O_NONBLOCK);
	return c;
}

struct client *
client_new(struct fixture *f)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	memcpy(name.sun_path, f->path, strlen(f->path) + 1);
	if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0)
		assert(false);
	return client_new_fd(fd);
}

void
client_free(struct client *c)
{
	(void)close(c->fd);
	free(c->bytes);
	free(c);
}

void
client_send_bytes(struct client *c, const char *bytes, size_t len)
{
	/* a server that has closed already is no fault of the test's */
	(void)!send(c->fd, bytes, len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

void
client_send(struct client *c, const char *text)
{
	client_send_bytes(c, text, strlen(text));
}

bool
client_read(struct client *c)
{
	for (;;) {
		ssize_t n;

		if (c->cap - c->len < 65536) {
			c->cap = c->cap * 2 + 131072;
			c->bytes = realloc(c->bytes, c->cap);
			assert(c->bytes != NULL);
		}
		n = recv(c->fd, c->bytes + c->len, c->cap - c->len - 1, MSG_DONTWAIT);
		if (n <= 0)
			c->bytes[c->len] = '\0';
		if (n < 0 && errno == EAGAIN)
			return c->closed;
		if (n <= 0)
			return c->closed = true;
		c->len += (size_t)n;
		c->bytes[c->len] = '\0';
	}
}

/* Joins chunks. Returns the bytes that they took, 0: not all there. */
static size_t
join_chunks(const char *bytes, size_t len, struct answer *a)
{
	size_t at = 0;

	for (;;) {
		char *end;
		size_t chunk;

		if (memchr(bytes + at, '\n', len - at) == NULL)
			return 0;
		chunk = strtoul(bytes + at, &end, 16);
		assert(end > bytes + at && end[0] == '\r' && end[1] == '\n');
		at = (size_t)(end - bytes) + 2;
		if (len - at < chunk + 2)
			return 0;
		assert(memcmp(bytes + at + chunk, "\r\n", 2) == 0);
		memcpy(a->body + a->body_len, bytes + at, chunk);
		a->body_len += chunk;
		at += chunk + 2;
		if (chunk == 0)
			return at;
	}
}

bool
client_answer(struct client *c, size_t at, bool head_only, struct answer *a)
{
	const char *start, *end, *length;
	size_t head, there;

	memset(a, 0, sizeof(*a));
	(void)client_read(c);
	start = c->bytes + at;
	end = c->len > at ? strstr(start, "\r\n\r\n") : NULL;
	if (end == NULL)
		return c->closed;
	head = (size_t)(end - start) + 4;
	assert(head < sizeof(a->head) && sscanf(start, "HTTP/1.1 %d", &a->status) == 1);
	memcpy(a->head, start, head);
	there = c->len - at - head;
	a->body = calloc(1, there + 1);
	assert(a->body != NULL);
	length = strstr(a->head, "Content-Length: ");
	if (head_only) {
		a->complete = true;
		a->bytes = head;
	} else if (length != NULL) {
		size_t want = strtoul(length + 16, NULL, 10);

		a->body_len = there < want ? there : want;
		memcpy(a->body, start + head, a->body_len);
		a->complete = there >= want;
		a->bytes = head + a->body_len;
	} else if (strstr(a->head, "Transfer-Encoding: chunked") != NULL) {
		size_t took = join_chunks(start + head, there, a);

		a->complete = took > 0;
		a->bytes = head + took;
	} else { /* until the end */
		memcpy(a->body, start + head, there);
		a->body_len = there;
		a->bytes = head + there;
		a->complete = c->closed;
	}
	a->body[a->body_len] = '\0';
	if (a->complete || c->closed)
		return true;
	free(a->body);
	a->body = NULL;
	return false;
}

void
answer_done(struct answer *a)
{
	free(a->body);
	a->body = NULL;
}

struct answer
ask_raw(struct fixture *f, const char *bytes, size_t len)
{
	struct client *c = client_new(f);
	struct answer a = {0};
	nsec_t started_ns = 0;

	client_send_bytes(c, bytes, len);
	while (!client_answer(c, 0, strncmp(bytes, "HEAD ", 5) == 0, &a)) {
		if (!fixture_turn(f, &started_ns))
			assert(false);
	}
	client_free(c);
	return a;
}

struct answer
ask(struct fixture *f, const char *request, const char *more)
{
	char bytes[16384];
	int n = snprintf(bytes, sizeof(bytes),
	    "%s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n%s%s", request, more,
	    strstr(more, "\r\n\r\n") != NULL ? "" : "\r\n");

	assert(n > 0 && (size_t)n < sizeof(bytes));
	return ask_raw(f, bytes, (size_t)n);
}

bool
answer_has(const struct answer *a, const char *field_line)
{
	char line[256];

	(void)snprintf(line, sizeof(line), "\r\n%s\r\n", field_line);
	return strstr(a->head, line) != NULL;
}

struct fixture *
fixture_impatient(void)
{
	struct fixture *f = fixture_new(4);

	fixture_run(f, 5 * NSEC_PER_SEC);
	f->options.limits = (struct http_limits){.request_deadline_ns = 3 * SOON_NS,
	    .idle_ns = SOON_NS,
	    .stall_ns = 3 * SOON_NS,
	    .linger_ns = SOON_NS,
	    .keep_alive_ns = SOON_NS,
	    .accept_pause_ns = SOON_NS};
	fixture_start(f);
	return f;
}

size_t
occurrences(const char *text, const char *needle)
{
	size_t n = 0, len = strlen(needle);

	for (; (text = strchr(text, needle[0])) != NULL; text++)
		n += strncmp(text, needle, len) == 0;
	return n;
}
