/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements dns_server.h. A message:
 *
 *   | id (2) | flags (2) | questions (2) | answers (2) | authority (2) | additional (2) |
 *   | name, type (2), class (2) | then for each answer: name, type, class, ttl (4), length (2),
 * data |
 */
#include "dns_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <event2/event.h>

#define NAME_MAX_BYTES 256
#define PACKET_MAX 4096
#define HEADER 12
#define FLAGS_ANSWER 0x8180 /* a response, recursion desired and available */
#define FLAG_TRUNCATED 0x0200

struct record {
	char name[NAME_MAX_BYTES];
	enum dns_type type;
	char data[NAME_MAX_BYTES];
	uint32_t ttl;
};

struct rule {
	char name[NAME_MAX_BYTES];
	enum dns_type type;
	enum dns_manner manner;
};

struct question {
	char name[NAME_MAX_BYTES];
	enum dns_type type;
	uint16_t id, port;
	uint8_t bytes[NAME_MAX_BYTES + 8]; /* the question as it came */
	size_t len;
	struct sockaddr_in from;
};

struct dns_server {
	struct event_base *base;
	struct event *event;
	int fd;
	uint16_t port;
	struct record records[DNS_SERVER_RECORDS_MAX];
	size_t n_records;
	struct rule rules[DNS_SERVER_RECORDS_MAX];
	size_t n_rules;
	struct {
		char name[64];
		enum dns_type type;
		uint16_t port;
	} * log;
	size_t n_log;
	struct question held[DNS_SERVER_HELD_MAX];
	size_t n_held;
	bool rotate, upper_case;
	size_t turn;
};

struct packet {
	uint8_t bytes[PACKET_MAX];
	size_t len;
};

/* Cuts what does not fit. */
static void
copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size - 1);

	memcpy(to, from, len);
	to[len] = '\0';
}

static void
put(struct packet *p, const void *bytes, size_t len)
{
	if (p->len + len > sizeof(p->bytes))
		abort();
	memcpy(p->bytes + p->len, bytes, len);
	p->len += len;
}

static void
put16(struct packet *p, uint32_t value)
{
	put(p, (uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
}

static void
put_name(struct packet *p, const char *name)
{
	while (*name != '\0') {
		size_t len = strcspn(name, ".");

		put(p, (uint8_t[]){(uint8_t)len}, 1);
		put(p, name, len);
		name += len + (name[len] == '.');
	}
	put(p, "", 1);
}

static void
put_record(struct packet *p, const struct record *record)
{
	struct packet data = {.len = 0};
	uint8_t address[16];

	put_name(p, record->name);
	put16(p, record->type);
	put16(p, 1);
	put16(p, record->ttl >> 16);
	put16(p, record->ttl);
	if (record->type == DNS_CNAME)
		put_name(&data, record->data);
	else if (inet_pton(record->type == DNS_A ? AF_INET : AF_INET6, record->data, address) == 1)
		put(&data, address, record->type == DNS_A ? 4 : 16);
	else
		abort();
	put16(p, (uint32_t)data.len);
	put(p, data.bytes, data.len);
}

/* The records of a name, its aliases followed. Returns how many; *ret_exists: the name does. */
static size_t
put_answers(
    struct dns_server *s, struct packet *p, const char *name, enum dns_type type, bool *ret_exists)
{
	size_t n = 0, first = s->rotate ? s->turn++ : 0;

	for (size_t i = 0; i < s->n_records; i++) {
		const struct record *record = &s->records[(first + i) % s->n_records];

		if (strcmp(record->name, name) != 0)
			continue;
		*ret_exists = true;
		if (record->type == DNS_CNAME) {
			put_record(p, record);
			return 1 + put_answers(s, p, record->data, type, ret_exists);
		}
		if (record->type == type) {
			put_record(p, record);
			n++;
		}
	}
	return n;
}

static void
reply(struct dns_server *s, const struct question *q, enum dns_manner manner, bool right_id)
{
	struct packet p = {.len = 0}, answers = {.len = 0};
	bool exists = false;
	size_t n = put_answers(s, &answers, q->name, q->type, &exists);
	uint32_t code = manner <= DNS_REFUSED ? (uint32_t)manner : 0;

	if (manner == DNS_ANSWER && !exists)
		code = 3;
	put16(&p, right_id ? q->id : (uint16_t)(q->id ^ 0x5a5a));
	put16(&p, FLAGS_ANSWER | code | (manner == DNS_TRUNCATE ? FLAG_TRUNCATED : 0));
	put16(&p, 1);
	put16(&p, code == 0 && manner != DNS_TRUNCATE ? (uint32_t)n : 0);
	put16(&p, 0);
	put16(&p, 0);
	if (manner == DNS_WRONG_QUESTION) {
		put_name(&p, "other.example");
		put16(&p, q->type);
		put16(&p, 1);
	} else if (manner != DNS_GARBAGE)
		put(&p, q->bytes, q->len);
	if (code == 0 && manner != DNS_TRUNCATE && manner != DNS_GARBAGE)
		put(&p, answers.bytes, answers.len);
	if (sendto(s->fd, p.bytes, p.len, 0, (const struct sockaddr *)&q->from, sizeof(q->from)) <
	    0)
		abort();
}

static enum dns_manner
manner_of(const struct dns_server *s, const struct question *q)
{
	enum dns_manner manner = DNS_ANSWER;
	size_t best = 0;

	for (size_t i = 0; i < s->n_rules; i++) {
		const struct rule *rule = &s->rules[i];
		bool all = rule->name[0] == '\0';
		size_t weight = (all ? 1U : 3U) + (rule->type != DNS_ANY);

		if ((all || strcmp(rule->name, q->name) == 0) &&
		    (rule->type == DNS_ANY || rule->type == q->type) && weight >= best) {
			manner = rule->manner;
			best = weight;
		}
	}
	return manner;
}

static void
handle(struct dns_server *s, const struct question *q)
{
	enum dns_manner manner = manner_of(s, q);

	if (s->n_log == DNS_SERVER_LOG_MAX)
		abort();
	copy(s->log[s->n_log].name, sizeof(s->log[0].name), q->name);
	s->log[s->n_log].type = q->type;
	s->log[s->n_log++].port = ntohs(q->from.sin_port);
	switch (manner) {
	case DNS_SILENT:
		break;
	case DNS_HOLD:
		if (s->n_held == DNS_SERVER_HELD_MAX)
			abort();
		s->held[s->n_held++] = *q;
		break;
	case DNS_WRONG_ID:
		reply(s, q, DNS_ANSWER, false);
		break;
	case DNS_WRONG_ID_FIRST:
		reply(s, q, DNS_ANSWER, false);
		reply(s, q, DNS_ANSWER, true);
		break;
	default:
		reply(s, q, manner, true);
	}
}

/* False: not a question as evdns makes them. */
static bool
parse(struct dns_server *s, const uint8_t *bytes, size_t len, struct question *q)
{
	size_t at = HEADER, out = 0;

	if (len < HEADER + 5)
		return false;
	q->id = (uint16_t)(bytes[0] << 8 | bytes[1]);
	while (at < len && bytes[at] != 0) {
		size_t label = bytes[at];

		if (label > 63 || at + 1 + label >= len || out + label + 2 > sizeof(q->name))
			return false;
		for (size_t i = 1; i <= label; i++) {
			char c = (char)bytes[at + i];

			s->upper_case |= c >= 'A' && c <= 'Z';
			q->name[out++] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
		}
		q->name[out++] = '.';
		at += label + 1;
	}
	if (at + 5 > len || out == 0 || at + 5 - HEADER > sizeof(q->bytes))
		return false;
	q->name[out - 1] = '\0';
	q->type = (enum dns_type)(bytes[at + 1] << 8 | bytes[at + 2]);
	q->len = at + 5 - HEADER;
	memcpy(q->bytes, bytes + HEADER, q->len);
	return true;
}

static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct dns_server *s = arg;
	uint8_t bytes[PACKET_MAX];

	(void)what;
	for (int i = 0; i < 64; i++) {
		struct question q = {.len = 0};
		socklen_t from_len = sizeof(q.from);
		ssize_t len = recvfrom(
		    fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *)&q.from, &from_len);

		if (len < 0)
			return;
		if (!parse(s, bytes, (size_t)len, &q))
			abort();
		handle(s, &q);
	}
}

void
dns_server_listen(struct dns_server *s, bool listen)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons(s->port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(at);

	if (s->event != NULL)
		event_free(s->event);
	s->event = NULL;
	if (s->fd >= 0)
		(void)close(s->fd);
	s->fd = -1;
	if (!listen)
		return;
	s->fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (s->fd < 0 || bind(s->fd, (const struct sockaddr *)&at, sizeof(at)) < 0 ||
	    getsockname(s->fd, (struct sockaddr *)&at, &len) < 0)
		abort();
	s->port = ntohs(at.sin_port);
	s->event = event_new(s->base, s->fd, EV_READ | EV_PERSIST, on_readable, s);
	if (s->event == NULL || event_add(s->event, NULL) < 0)
		abort();
}

struct dns_server *
dns_server_new(void *event_base)
{
	struct dns_server *s = calloc(1, sizeof(*s));

	if (s == NULL || (s->log = calloc(DNS_SERVER_LOG_MAX, sizeof(*s->log))) == NULL)
		abort();
	s->base = event_base;
	s->fd = -1;
	dns_server_listen(s, true);
	return s;
}

void
dns_server_free(struct dns_server *s)
{
	if (s == NULL)
		return;
	dns_server_listen(s, false);
	free(s->log);
	free(s);
}

uint16_t
dns_server_port(const struct dns_server *s)
{
	return s->port;
}

void
dns_server_add(
    struct dns_server *s, const char *name, enum dns_type type, const char *data, uint32_t ttl)
{
	struct record *record = &s->records[s->n_records++];

	if (s->n_records > DNS_SERVER_RECORDS_MAX)
		abort();
	*record = (struct record){.type = type, .ttl = ttl};
	copy(record->name, sizeof(record->name), name);
	copy(record->data, sizeof(record->data), data);
}

void
dns_server_remove(struct dns_server *s, const char *name)
{
	size_t kept = 0;

	for (size_t i = 0; i < s->n_records; i++) {
		if (strcmp(s->records[i].name, name) != 0)
			s->records[kept++] = s->records[i];
	}
	s->n_records = kept;
}

void
dns_server_rotate(struct dns_server *s, bool rotate)
{
	s->rotate = rotate;
}

void
dns_server_set(struct dns_server *s, const char *name, enum dns_type type, enum dns_manner manner)
{
	struct rule *rule = &s->rules[s->n_rules++];

	if (s->n_rules > DNS_SERVER_RECORDS_MAX)
		abort();
	*rule = (struct rule){.type = type, .manner = manner};
	copy(rule->name, sizeof(rule->name), name);
}

size_t
dns_server_release(struct dns_server *s)
{
	size_t n = s->n_held;

	for (size_t i = 0; i < s->n_rules; i++) {
		if (s->rules[i].manner == DNS_HOLD)
			s->rules[i].manner = DNS_ANSWER;
	}
	s->n_held = 0;
	for (size_t i = 0; i < n; i++)
		reply(s, &s->held[i], DNS_ANSWER, true);
	return n;
}

size_t
dns_server_held(const struct dns_server *s)
{
	return s->n_held;
}

size_t
dns_server_asked(const struct dns_server *s, const char *name, enum dns_type type)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_log; i++)
		n += (name == NULL || strcmp(s->log[i].name, name) == 0) &&
		     (type == DNS_ANY || s->log[i].type == type);
	return n;
}

const char *
dns_server_question(const struct dns_server *s, size_t i)
{
	return i < s->n_log ? s->log[i].name : "";
}

void
dns_server_forget(struct dns_server *s)
{
	memset(s->log, 0, s->n_log * sizeof(*s->log));
	s->n_log = 0;
}

size_t
dns_server_ports(const struct dns_server *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->n_log; i++) {
		bool seen = false;

		for (size_t k = 0; k < i && !seen; k++)
			seen = s->log[k].port == s->log[i].port;
		n += !seen;
	}
	return n;
}

bool
dns_server_saw_upper_case(const struct dns_server *s)
{
	return s->upper_case;
}
