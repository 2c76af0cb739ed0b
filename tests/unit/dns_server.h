/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A name server for tests: UDP on a free port of 127.0.0.1, on the test's own event base. It
 * answers from a table, and misbehaves on demand. Sources: RFC 1035 section 4 (messages), 3596
 * (AAAA).
 */
#ifndef ICMPMON_TESTS_DNS_SERVER_H
#define ICMPMON_TESTS_DNS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DNS_SERVER_RECORDS_MAX 1024
#define DNS_SERVER_LOG_MAX 65536
#define DNS_SERVER_HELD_MAX 256

enum dns_type { DNS_A = 1, DNS_CNAME = 5, DNS_AAAA = 28, DNS_ANY = 255 };

enum dns_manner {
	DNS_ANSWER, /* by the table; a name without records does not exist */
	DNS_FORMERR = 1, /* up to DNS_REFUSED: the response code */
	DNS_SERVFAIL = 2,
	DNS_NOTIMPL = 4,
	DNS_REFUSED = 5,
	DNS_SILENT,
	DNS_HOLD, /* answered by dns_server_release */
	DNS_TRUNCATE,
	DNS_WRONG_ID, /* only that */
	DNS_WRONG_ID_FIRST, /* then the right answer */
	DNS_WRONG_QUESTION, /* repeats another name */
	DNS_GARBAGE, /* the right header, then none of what it announces */
};

struct dns_server;

struct dns_server *dns_server_new(void *event_base);
void dns_server_free(struct dns_server *s);
uint16_t dns_server_port(const struct dns_server *s);

/* The same server again, or no more, on its port: as if its machine went down. */
void dns_server_listen(struct dns_server *s, bool listen);

/* A record: an address in text, or a name for DNS_CNAME. Names in lower case. */
void dns_server_add(
    struct dns_server *s, const char *name, enum dns_type type, const char *data, uint32_t ttl);
void dns_server_remove(struct dns_server *s, const char *name);
/* Answers begin with another record each time. */
void dns_server_rotate(struct dns_server *s, bool rotate);

/* For one name ("" is all others) and type (DNS_ANY: all). The last word for the same counts. */
void dns_server_set(
    struct dns_server *s, const char *name, enum dns_type type, enum dns_manner manner);

/* Answers all that is held, and holds nothing more of the kind. Returns how many. */
size_t dns_server_release(struct dns_server *s);
size_t dns_server_held(const struct dns_server *s);

/* How often a name (NULL: any) was asked for. */
size_t dns_server_asked(const struct dns_server *s, const char *name, enum dns_type type);
/* The i-th question's name, "" when there was none. */
const char *dns_server_question(const struct dns_server *s, size_t i);
void dns_server_forget(struct dns_server *s);
/* Ports that questions came from, each counted once. */
size_t dns_server_ports(const struct dns_server *s);
bool dns_server_saw_upper_case(const struct dns_server *s);

#endif
