/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files resolve*.c alone: names and when they are due, look-ups under way, what the two
 * files say, and the one door to evdns.
 */
#ifndef ICMPMON_SHELL_RESOLVE_INTERNAL_H
#define ICMPMON_SHELL_RESOLVE_INTERNAL_H

#include <sys/types.h>
#include <time.h>

#include "core/rng.h"
#include "shell/resolve.h"

#define RESOLVE_NONE UINT32_MAX
#define RESOLVE_NAME_MAX 253 /* characters without a last dot, RFC 1035 section 2.3.4 */
#define RESOLVE_NAME_BYTES (RESOLVE_NAME_MAX + 1)
#define RESOLVE_SERVERS_MAX 3 /* as in resolv.conf(5) */
#define RESOLVE_SEARCH_MAX 6
#define RESOLVE_ATTEMPTS_MAX 5
#define RESOLVE_REPLY_MAX 32 /* addresses that evdns keeps of one reply */
#define RESOLVE_WHY_MAX 320 /* bytes of the longest words */

enum resolve_family { RESOLVE_V4, RESOLVE_V6, RESOLVE_FAMILIES };

/* What became of a family; of several reasons the last in this order is told. */
enum resolve_why {
	RESOLVE_UNASKED,
	RESOLVE_OK,
	RESOLVE_NO_NAME,
	RESOLVE_NO_DATA,
	RESOLVE_NO_SERVER,
	RESOLVE_NO_ROUTE,
	RESOLVE_NO_ANSWER,
	RESOLVE_NO_MEANS, /* detail: errno */
	RESOLVE_NONSENSE,
	RESOLVE_NOT_SUPPORTED,
	RESOLVE_REFUSED,
	RESOLVE_SERVER_FAILED,
	RESOLVE_TRUNCATED,
	RESOLVE_SPECIAL,
	RESOLVE_WRONG_FAMILY,
	RESOLVE_NO_INTERFACE,
	RESOLVE_BAD_HOST,
};

/* resolve_host.c: what a host text is. */
enum resolve_kind { RESOLVE_NUMERIC, RESOLVE_SCOPED, RESOLVE_LOCALHOST, RESOLVE_NAME, RESOLVE_BAD };

/* Sets *ret_addr for RESOLVE_NUMERIC only. */
enum resolve_kind resolve_host_kind(const char *host, struct addr *ret_addr);
/* An address, numeric or with the name of an interface as its scope. False: neither, or no such
 * interface. */
__attribute__((warn_unused_result)) bool resolve_addr_parse(const char *text, struct addr *ret);
/* Length without a last dot. */
size_t resolve_name_len(const char *name);
/* Of len characters, upper and lower case alike. */
uint32_t resolve_name_hash(const char *name, size_t len);
bool resolve_name_equal(const char *a, size_t a_len, const char *b, size_t b_len);

/* resolve_file.c: small regular files, and whether they changed. */
struct resolve_stamp {
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec modified, changed;
	uint64_t content; /* hash of what was read */
	bool fresh; /* so young that a further change may have left the same times */
};

/* Whether the file may have another content than when the stamp was taken. */
bool resolve_file_changed(const char *path, const struct resolve_stamp *stamp);
/* Reads up to max bytes, NUL-terminated, and takes the stamp; the caller frees. 0 or -errno: the
 * stamp is then of a missing file. */
__attribute__((warn_unused_result)) int resolve_file_read(
    const char *path, size_t max, struct resolve_stamp *stamp, char **ret_text, size_t *ret_len);
/* The next line of *text up to end, without '\n', comments (from any character of marks on) and
 * what is beyond RESOLVE_LINE_MAX, copied to line. False at the end. */
bool resolve_file_line(
    const char **text, const char *end, const char *marks, char line[static RESOLVE_LINE_MAX]);
/* The next word of *line, NUL-terminated in place; NULL at the end. */
char *resolve_file_word(char **line);

/* resolve_conf.c: resolv.conf. */
struct resolve_server {
	struct addr addr;
	uint16_t port;
	uint8_t timeouts; /* in a row */
	bool silent;
	nsec_t again_ns; /* when a silent one is asked one question again */
};

struct resolve_conf {
	struct resolve_server servers[RESOLVE_SERVERS_MAX];
	char search[RESOLVE_SEARCH_MAX][RESOLVE_NAME_BYTES]; /* lower case, no dot at either end */
	uint8_t n_servers, n_search, ndots, attempts;
	bool rotate;
	nsec_t server_ns;
	int error; /* why the file cannot be read, 0: it can, or is missing */
};

void resolve_conf_parse(struct resolve_conf *ret, const char *text, size_t len);
/* The i-th full name to ask for host, lower case; "" when that one is too long, false: no more. */
bool resolve_conf_candidate(const struct resolve_conf *conf, const char *host, unsigned int i,
    char ret[static RESOLVE_NAME_BYTES]);

/* resolve_names.c: the hosts that need more than parsing, found by name, and a heap of due times.
 */
struct resolve_known {
	uint8_t n[RESOLVE_FAMILIES];
	struct addr addresses[]; /* IPv4, then IPv6 */
};

enum { RESOLVE_WANT_V4 = 1, RESOLVE_WANT_V6 = 2, RESOLVE_WANT_AUTO = 4 };

struct resolve_name {
	struct resolve_known *known; /* NULL: nothing */
	nsec_t due_ns;
	uint32_t hash;
	settings_str host;
	uint32_t first_target; /* chain in next_target */
	uint32_t heap_at; /* RESOLVE_NONE: not waiting */
	uint8_t kind; /* enum resolve_kind */
	uint8_t wants; /* of its targets */
	uint8_t hosts; /* bits by family: from the hosts file, localhost, or a scoped number */
	uint8_t had_hosts; /* before the file was read again */
	uint8_t failures; /* in a row */
	uint8_t why[RESOLVE_FAMILIES]; /* enum resolve_why */
	uint8_t detail[RESOLVE_FAMILIES]; /* index of the server that is meant, or errno */
};

struct resolve_names {
	const struct settings *settings;
	struct resolve_name *names;
	uint32_t *table; /* open addressing, index + 1, 0: empty */
	uint32_t *next_target;
	uint32_t *heap; /* indices of names, the earliest first */
	uint32_t n, cap, mask, n_heap;
};

__attribute__((warn_unused_result)) int resolve_names_build(
    struct resolve_names *ret, const struct settings *settings);
void resolve_names_done(struct resolve_names *names);
const char *resolve_names_host(const struct resolve_names *names, uint32_t i);
/* The name of this very text, or RESOLVE_NONE. */
uint32_t resolve_names_find(const struct resolve_names *names, const char *host, uint32_t hash);
/* The names of this hash, one a call; *cell starts with the hash. */
uint32_t resolve_names_next(const struct resolve_names *names, uint32_t hash, uint32_t *cell);
/* NSEC_NEVER takes it out. */
void resolve_names_due(struct resolve_names *names, uint32_t i, nsec_t due_ns);
/* After due_ns of many that wait was changed in place. */
void resolve_names_reorder(struct resolve_names *names);
/* The families that DNS must be asked for: bits by family. */
uint8_t resolve_name_asks(const struct resolve_name *name);

/* resolve_known.c: what is known of a name. */
/* a is added to its family's, up to SETTINGS_ADDRESSES_MAX. -ENOMEM: *known is unchanged. */
__attribute__((warn_unused_result)) int resolve_known_add(
    struct resolve_known **known, const struct addr *a);
/* The family's addresses become the n given, former ones first in their former order. */
__attribute__((warn_unused_result)) int resolve_known_replace(struct resolve_known **known,
    enum resolve_family family, const struct addr addresses[], unsigned int n);
const struct addr *resolve_known_get(
    const struct resolve_known *known, enum resolve_family family, unsigned int *ret_n);

/* resolve_dns.c: one question to one server, by evdns. */
struct resolve_reply {
	enum resolve_why why; /* RESOLVE_OK, NO_NAME, NO_DATA, or of the server */
	unsigned int n;
	nsec_t ttl_ns;
	struct addr addresses[RESOLVE_REPLY_MAX];
};

struct resolve_question;

/* done comes once, from the loop, unless the question is dropped before; never when the server
 * keeps silent. 0 or -errno. */
__attribute__((warn_unused_result)) int resolve_dns_ask(void *base,
    const struct resolve_server *server, const char *name, enum resolve_family family,
    void (*done)(void *arg, const struct resolve_reply *reply), void *arg,
    struct resolve_question **ret);
void resolve_dns_drop(struct resolve_question *q);

/* resolve_lookup.c: look-ups under way. */
struct resolve_asking { /* for one family */
	struct resolve *resolve;
	struct resolve_question *question; /* NULL: not under way */
	uint8_t lookup, family;
	bool wanted, settled;
	bool timed_out; /* some server of this round */
	uint8_t server, tried; /* the one asked; bits of those of this round */
	uint8_t round;
	uint8_t why, detail; /* of this candidate: worst so far */
	uint8_t worst, worst_detail; /* of all candidates */
	nsec_t give_up_ns;
	struct resolve_reply reply;
};

struct resolve_lookup {
	uint32_t name; /* RESOLVE_NONE: free */
	unsigned int candidate;
	uint8_t first_server;
	nsec_t deadline_ns;
	struct resolve_asking asking[RESOLVE_FAMILIES];
};

struct resolve {
	struct resolve_options options; /* nothing left at 0 */
	struct event *timer;
	struct resolve_names names;
	struct resolve_conf conf;
	struct resolve_stamp conf_stamp, hosts_stamp;
	struct rng rng;
	nsec_t files_ns; /* when they were looked at */
	nsec_t next_start_ns; /* pacing; in the past: credit */
	nsec_t network_ns, scopes_ns; /* when changes were last followed */
	bool network_changed, scopes_changed;
	bool hosts_scoped; /* the hosts file names interfaces */
	uint8_t rotation;
	uint32_t n_asking; /* questions under way */
	uint64_t failures;
	struct resolve_lookup lookups[RESOLVE_IN_FLIGHT_MAX];
};

/* Starts a look-up of a name that is not in the heap; room for both families is the caller's care.
 */
void resolve_lookup_start(struct resolve *r, uint32_t name, nsec_t now_ns);
/* Ends without a word. */
void resolve_lookup_drop(struct resolve *r, struct resolve_lookup *l);
/* The look-up of a name, NULL: none. */
struct resolve_lookup *resolve_lookup_of(struct resolve *r, uint32_t name);
/* Servers that kept silent too long, look-ups past their deadline. */
void resolve_lookups_expire(struct resolve *r, nsec_t now_ns);
/* When the next expires. */
nsec_t resolve_lookups_next_ns(const struct resolve *r);

/* resolve_server.c: which server is asked. */
/* The next server for a question: in their order, the silent and unreachable ones passed over and
 * noted; all of them again, up to "attempts:", when one kept silent. RESOLVE_SERVERS_MAX: none is
 * left. */
uint8_t resolve_server_pick(
    struct resolve *r, const struct resolve_lookup *l, struct resolve_asking *a, nsec_t now_ns);
/* Server k sent an answer of any kind; names that failed while it was silent are due. */
void resolve_server_answered(struct resolve *r, uint8_t k, nsec_t now_ns);
void resolve_server_kept_silent(struct resolve *r, uint8_t k);
/* Why a question has no answer; the worst stays. */
void resolve_asking_note(struct resolve_asking *a, enum resolve_why why, uint8_t detail);

/* resolve_answer.c: what is known, told to targets in words. */
void resolve_answer_name(struct resolve *r, uint32_t name);
void resolve_answer_number(struct resolve *r, uint32_t target, const struct addr *addr);
void resolve_answer_bad(struct resolve *r, uint32_t target);

/* resolve_hosts.c: the hosts file and the loopback names, into the names that they concern, which
 * are answered. */
void resolve_hosts_apply(struct resolve *r, nsec_t now_ns);

/* resolve_follow.c: what changes around us. */
/* resolv.conf and the hosts file, when it is time to look at them, or now. */
void resolve_follow_files(struct resolve *r, bool now, nsec_t now_ns);
/* Interfaces of scoped numbers; names are answered that changed, or all. */
void resolve_follow_scopes(struct resolve *r, bool all);
/* Failed names are due now; all of them, or those whose server was to blame. */
void resolve_try_failed(struct resolve *r, bool all, nsec_t now_ns);

/* resolve.c */
void resolve_wake(struct resolve *r, nsec_t now_ns); /* sets the timer anew */

#endif
