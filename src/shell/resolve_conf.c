/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * resolv.conf(5): servers, search list, options; and which full names a host stands for, in the
 * order in which the C library would ask for them. We read the file ourselves because evdns spreads
 * questions over all servers, while the order in the file is a meaning: the second answers for the
 * first, and may know less. Beside the manual's form a server may be ADDRESS:PORT or
 * [ADDRESS]:PORT.
 */
#include <string.h>
#include <unistd.h>

#include "shell/resolve_internal.h"

/* Tunables: the C library's defaults and bounds. */
#define PORT 53
#define NDOTS 1
#define NDOTS_MAX 15
#define ATTEMPTS 2
#define TIMEOUT_S 5
#define TIMEOUT_MAX_S 30
#define HOST_MAX 256

/* A whole decimal number of at most max; larger ones count as max. */
static bool
number(const char *text, uint32_t max, uint32_t *ret)
{
	uint32_t value = 0;

	if (*text == '\0')
		return false;
	for (; *text >= '0' && *text <= '9'; text++) {
		value = value * 10 + (uint32_t)(*text - '0');
		if (value > max)
			value = max;
	}
	*ret = value;
	return *text == '\0';
}

static void
copy_lower(char *to, const char *from, size_t len)
{
	for (size_t i = 0; i < len; i++)
		to[i] = from[i] >= 'A' && from[i] <= 'Z' ? (char)(from[i] | 0x20) : from[i];
}

/* Cuts ":PORT" off an IPv4 address or "[...]", and the brackets. False: no such port. */
static bool
split_port(char **word, uint16_t *ret_port)
{
	char *first = strchr(*word, ':'), *last = strrchr(*word, ':');
	size_t len;
	uint32_t port = PORT;

	if (last != NULL && (first == last || last[-1] == ']')) {
		if (!number(last + 1, UINT16_MAX, &port) || port == 0)
			return false;
		*last = '\0';
	}
	*ret_port = (uint16_t)port;
	len = strlen(*word);
	if (len > 1 && (*word)[0] == '[' && (*word)[len - 1] == ']') {
		(*word)[len - 1] = '\0';
		(*word)++;
	}
	return true;
}

static void
add_server(struct resolve_conf *conf, char *word)
{
	struct resolve_server server = {0};

	if (conf->n_servers < RESOLVE_SERVERS_MAX && split_port(&word, &server.port) &&
	    resolve_addr_parse(word, &server.addr))
		conf->servers[conf->n_servers++] = server;
}

static void
add_search(struct resolve_conf *conf, const char *word)
{
	char *domain;
	size_t len;

	word += strspn(word, ".");
	len = resolve_name_len(word);
	if (len == 0 || len > RESOLVE_NAME_MAX || conf->n_search == RESOLVE_SEARCH_MAX)
		return;
	domain = conf->search[conf->n_search++];
	copy_lower(domain, word, len);
	domain[len] = '\0';
}

static void
set_option(struct resolve_conf *conf, const char *word)
{
	uint32_t value;

	if (strncmp(word, "ndots:", 6) == 0 && number(word + 6, NDOTS_MAX, &value))
		conf->ndots = (uint8_t)value;
	else if (strncmp(word, "attempts:", 9) == 0 &&
		 number(word + 9, RESOLVE_ATTEMPTS_MAX, &value))
		conf->attempts = (uint8_t)(value > 0 ? value : 1);
	else if (strncmp(word, "timeout:", 8) == 0 && number(word + 8, TIMEOUT_MAX_S, &value))
		conf->server_ns = (value > 0 ? value : 1) * NSEC_PER_SEC;
	else if (strcmp(word, "rotate") == 0)
		conf->rotate = true;
}

static void
parse_line(struct resolve_conf *conf, char *line, bool *searched)
{
	const char *key = resolve_file_word(&line);
	char *word;

	if (key == NULL)
		return;
	if (strcmp(key, "nameserver") == 0 && (word = resolve_file_word(&line)) != NULL)
		add_server(conf, word);
	if (strcmp(key, "search") == 0 || strcmp(key, "domain") == 0) {
		*searched = true;
		conf->n_search = 0; /* the last such line counts */
		while ((word = resolve_file_word(&line)) != NULL)
			add_search(conf, word);
	}
	if (strcmp(key, "options") == 0) {
		while ((word = resolve_file_word(&line)) != NULL)
			set_option(conf, word);
	}
}

void
resolve_conf_parse(struct resolve_conf *ret, const char *text, size_t len)
{
	const char *end = text + len;
	char line[RESOLVE_LINE_MAX], host[HOST_MAX];
	bool searched = false;

	*ret = (struct resolve_conf){
	    .ndots = NDOTS, .attempts = ATTEMPTS, .server_ns = TIMEOUT_S * NSEC_PER_SEC};
	while (resolve_file_line(&text, end, "#;", line))
		parse_line(ret, line, &searched);
	/* Without a word about it the machine's own domain is searched. */
	if (!searched && gethostname(host, sizeof(host)) == 0) {
		host[sizeof(host) - 1] = '\0';
		add_search(ret, strchrnul(host, '.'));
	}
}

bool
resolve_conf_candidate(const struct resolve_conf *conf, const char *host, unsigned int i,
    char ret[static RESOLVE_NAME_BYTES])
{
	size_t len = resolve_name_len(host), domain_len;
	unsigned int dots = 0, as_is;
	const char *domain;

	for (size_t k = 0; k < len; k++)
		dots += host[k] == '.';
	as_is = dots >= conf->ndots ? 0 : conf->n_search;
	if (host[len] == '.') { /* a full name */
		if (i > 0)
			return false;
		as_is = 0;
	} else if (i > conf->n_search)
		return false;
	domain = i == as_is ? "" : conf->search[i - (i > as_is)];
	domain_len = strlen(domain);
	ret[0] = '\0';
	if (len + (domain_len > 0) + domain_len > RESOLVE_NAME_MAX)
		return true;
	copy_lower(ret, host, len);
	if (domain_len > 0)
		ret[len++] = '.';
	memcpy(ret + len, domain, domain_len + 1);
	return true;
}
