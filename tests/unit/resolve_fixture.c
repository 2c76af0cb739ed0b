/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements resolve_fixture.h.
 */
#include "resolve_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <event2/event.h>

#define TICK_US 5000

bool fixture_route_ipv4 = true, fixture_route_ipv6 = true;

static bool
has_route(const struct addr *to)
{
	return to->family == 6 ? fixture_route_ipv6 : fixture_route_ipv4;
}

static void
on_interrupt(evutil_socket_t fd, short what, void *arg)
{
	struct fixture *f = arg;
	char byte;

	(void)what;
	assert_int_equal(read(fd, &byte, 1), 1);
	f->interrupted(f);
}

void
fixture_interrupt(struct fixture *f, void (*call)(struct fixture *f))
{
	f->interrupted = call;
	assert_int_equal(write(f->pipe[1], "", 1), 1);
}

static void
on_answer(
    void *arg, uint32_t target, const struct addr addresses[], size_t n, int error, const char *why)
{
	struct fixture *f = arg;
	struct answer *answer = &f->answers[target];

	assert_true(target < FIXTURE_TARGETS_MAX);
	assert_true(n <= SETTINGS_ADDRESSES_MAX);
	assert_true(error == 0 ? n > 0 && why == NULL : error < 0 && n == 0 && why != NULL);
	answer->n_answers++;
	answer->n_errors += error != 0;
	answer->n = n;
	answer->error = error;
	answer->why[0] = '\0';
	if (error == 0)
		memcpy(answer->addresses, addresses, n * sizeof(addresses[0]));
	else
		(void)snprintf(answer->why, sizeof(answer->why), "%s", why);
}

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
}

void
fixture_write(const char *path, const char *format, ...)
{
	char next[128];
	FILE *file;
	va_list args;

	(void)snprintf(next, sizeof(next), "%s.new", path);
	file = fopen(next, "we");
	assert_non_null(file);
	va_start(args, format);
	assert_true(vfprintf(file, format, args) >= 0);
	va_end(args);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(rename(next, path), 0);
}

struct resolve_options
fixture_setup(struct fixture *f)
{
	static const struct timeval tick = {.tv_usec = TICK_US};

	*f = (struct fixture){.dir = "/tmp/icmpmon-resolve-XXXXXX"};
	fixture_route_ipv4 = fixture_route_ipv6 = true;
	assert_non_null(mkdtemp(f->dir));
	(void)snprintf(f->resolv_conf, sizeof(f->resolv_conf), "%s/resolv.conf", f->dir);
	(void)snprintf(f->hosts, sizeof(f->hosts), "%s/hosts", f->dir);
	f->base = event_base_new();
	assert_non_null(f->base);
	f->tick = event_new(f->base, -1, EV_PERSIST, on_tick, NULL);
	assert_int_equal(event_add(f->tick, &tick), 0);
	assert_int_equal(pipe(f->pipe), 0);
	f->interrupt = event_new(f->base, f->pipe[0], EV_READ | EV_PERSIST, on_interrupt, f);
	assert_int_equal(event_add(f->interrupt, NULL), 0);
	f->server = dns_server_new(f->base);
	fixture_write(
	    f->resolv_conf, "search .\nnameserver 127.0.0.1:%u\n", dns_server_port(f->server));
	fixture_write(f->hosts, "# none\n");
	return (struct resolve_options){
	    .base = f->base,
	    .resolv_conf = f->resolv_conf,
	    .hosts = f->hosts,
	    .seed = 1,
	    .arg = f,
	    .answer = on_answer,
	    .has_route = has_route,
	    .tunables = {.retry_min_ns = 20 * NSEC_PER_MSEC,
		.retry_max_ns = 100 * NSEC_PER_MSEC,
		.silence_ns = 50 * NSEC_PER_MSEC,
		.files_min_ns = 10 * NSEC_PER_MSEC,
		.files_max_ns = 50 * NSEC_PER_MSEC},
	};
}

void
fixture_teardown(struct fixture *f)
{
	resolve_free(f->resolve);
	dns_server_free(f->server);
	event_free(f->tick);
	event_free(f->interrupt);
	(void)close(f->pipe[0]);
	(void)close(f->pipe[1]);
	/* What evdns left behind goes with one more turn; nothing of it stays. */
	(void)event_base_loop(f->base, EVLOOP_NONBLOCK);
	assert_int_equal(
	    event_base_get_num_events(f->base, EVENT_BASE_COUNT_ADDED | EVENT_BASE_COUNT_ACTIVE),
	    0);
	event_base_free(f->base);
	free(f->settings);
	(void)unlink(f->resolv_conf);
	(void)unlink(f->hosts);
	assert_int_equal(rmdir(f->dir), 0);
}

void
fixture_open(struct fixture *f, const struct resolve_options *options)
{
	assert_int_equal(resolve_new(&f->resolve, options), 0);
}

static void
set_plan(struct settings_plan *p, char *host)
{
	char *suffix = strchr(host, '/');

	if (suffix == NULL)
		return;
	*suffix = '\0';
	if (suffix[1] == '4')
		p->family = SETTINGS_FAMILY_IPV4;
	else if (suffix[1] == '6')
		p->family = SETTINGS_FAMILY_IPV6;
	else
		p->allow_special = 1;
}

static struct settings *
make_settings(const char *const hosts[], size_t n)
{
	size_t targets_at = sizeof(struct settings);
	size_t plans_at = targets_at + n * sizeof(struct settings_target);
	size_t strings_at = plans_at + n * sizeof(struct settings_plan);
	size_t bytes = strings_at;
	struct settings *s;

	for (size_t i = 0; i < n; i++)
		bytes += strlen(hosts[i]) + 1;
	s = calloc(1, bytes);
	assert_non_null(s);
	*s = (struct settings){.magic = SETTINGS_MAGIC,
	    .version = SETTINGS_VERSION,
	    .bytes = bytes,
	    .n_targets = (uint32_t)n,
	    .n_plans = (uint32_t)n,
	    .targets_at = targets_at,
	    .plans_at = plans_at,
	    .strings_at = strings_at};
	for (size_t i = 0; i < n; i++) {
		struct settings_target *t =
		    (struct settings_target *)((void *)((char *)s + targets_at)) + i;
		char *host = (char *)s + strings_at;

		strings_at += strlen(hosts[i]) + 1;
		memcpy(host, hosts[i], strlen(hosts[i]) + 1);
		t->host = (settings_str)(host - (char *)s);
		t->plan = (uint32_t)i;
		set_plan((struct settings_plan *)((void *)((char *)s + plans_at)) + i, host);
	}
	return s;
}

void
fixture_set(struct fixture *f, const char *const hosts[], size_t n)
{
	struct settings *settings = make_settings(hosts, n);

	memset(f->answers, 0, sizeof(f->answers));
	assert_int_equal(resolve_set(f->resolve, settings), 0);
	free(f->settings); /* the former may go once resolve_set has returned */
	f->settings = settings;
}

void
fixture_start(struct fixture *f, const char *const hosts[], size_t n)
{
	struct resolve_options options = fixture_setup(f);

	fixture_open(f, &options);
	fixture_set(f, hosts, n);
}

void
fixture_turn(struct fixture *f)
{
	(void)event_base_loop(f->base, EVLOOP_ONCE);
}

static const char *
list(const struct answer *answer, char *text, size_t bytes)
{
	size_t len = 0;

	text[0] = '\0';
	for (size_t i = 0; i < answer->n; i++) {
		char address[ADDR_TEXT_MAX];

		len += (size_t)snprintf(text + len, bytes - len, "%s%s", i > 0 ? " " : "",
		    addr_format(&answer->addresses[i], address));
		assert_true(len < bytes);
	}
	return text;
}

bool
fixture_has_addresses(const struct fixture *f, uint32_t target, const char *addresses)
{
	char text[SETTINGS_ADDRESSES_MAX * ADDR_TEXT_MAX];

	return strcmp(list(&f->answers[target], text, sizeof(text)), addresses) == 0;
}

void
fixture_assert_addresses(const struct fixture *f, uint32_t target, const char *addresses)
{
	char text[SETTINGS_ADDRESSES_MAX * ADDR_TEXT_MAX];

	assert_int_equal(f->answers[target].error, 0);
	assert_string_equal(list(&f->answers[target], text, sizeof(text)), addresses);
}

void
fixture_assert_error(const struct fixture *f, uint32_t target, int error, const char *words)
{
	assert_int_equal(f->answers[target].error, error);
	if (strstr(f->answers[target].why, words) == NULL)
		assert_string_equal(f->answers[target].why, words);
}
