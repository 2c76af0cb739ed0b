/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Configuration files: what is accepted makes a good block, and its print is read as the same
 * again; what is refused has errors that are harmless to print; libconfig never sees what it does
 * not read. Input: main.conf, then behind lines "===" conf.d/a.conf, hosts.txt and inc.conf.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/settings.h"
#include "fuzz.h"
#include "shell/config.h"

#define SEPARATOR "\n===\n"
#define LIBCONFIG_SAYS ": libconfig finds a fault" /* what it should never have seen */
#define PATH_BYTES 256
#define PRINT_MAX (1 << 20)

static char directory[PATH_BYTES]; /* "": not made yet */

static const char *const names[] = {"main.conf", "conf.d/a.conf", "hosts.txt", "inc.conf"};

static const char *
path_of(const char *name)
{
	static char path[2 * PATH_BYTES];

	(void)snprintf(path, sizeof(path), "%s/%s", directory, name);
	return path;
}

static void
remove_directory(void)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		(void)unlink(path_of(names[i]));
	(void)unlink(path_of("print.conf"));
	(void)rmdir(path_of("conf.d"));
	(void)rmdir(directory);
}

static void
make_directory(void)
{
	const char *tmp = getenv("TMPDIR");

	(void)snprintf(directory, sizeof(directory), "%.200s/icmpmon-fuzz-XXXXXX",
	    tmp == NULL || *tmp == '\0' ? "/tmp" : tmp);
	CHECK(mkdtemp(directory) != NULL);
	CHECK(mkdir(path_of("conf.d"), 0700) == 0);
	CHECK(atexit(remove_directory) == 0);
}

static void
put(const char *name, const void *bytes, size_t len)
{
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	CHECK(fd >= 0);
	CHECK(write(fd, bytes, len) == (ssize_t)len);
	(void)close(fd);
}

/* The files of the input; those that it does not have are empty. */
static void
put_files(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const uint8_t *end =
		    size == 0 ? NULL : memmem(data, size, SEPARATOR, strlen(SEPARATOR));
		size_t len = end == NULL ? size : (size_t)(end - data);

		put(names[i], data, len);
		data += len;
		size -= len;
		if (end != NULL) {
			data += strlen(SEPARATOR);
			size -= strlen(SEPARATOR);
		}
	}
}

/* Lines that name one of our files, or count; no control character. */
static void
check_errors(const struct config_result *r)
{
	CHECK(r->block == NULL && r->text != NULL && r->text_bytes > 0);
	CHECK(strlen(r->text) == r->text_bytes && r->text[r->text_bytes - 1] == '\n');
	for (const char *p = r->text; *p != '\0'; p = strchr(p, '\n') + 1) {
		const char *what = strstr(p, ": ");

		CHECK(strncmp(p, directory, strlen(directory)) == 0 || strncmp(p, "and ", 4) == 0);
		CHECK(what == NULL || strncmp(what, LIBCONFIG_SAYS, strlen(LIBCONFIG_SAYS)) != 0);
	}
	for (const char *p = r->text; *p != '\0'; p++)
		CHECK((unsigned char)*p >= 0x20 || *p == '\n');
}

static bool
same_text(const struct settings *a, settings_str x, const struct settings *b, settings_str y)
{
	return strcmp(settings_text(a, x), settings_text(b, y)) == 0;
}

static const struct settings_target *
find(const struct settings *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_targets; i++) {
		if (strcmp(settings_text(s, settings_targets(s)[i].name), name) == 0)
			return &settings_targets(s)[i];
	}
	return NULL;
}

static void
check_same_target(const struct settings *a, const struct settings_target *x,
    const struct settings *b, const struct settings_target *y)
{
	const struct settings_plan *p = settings_plan_of(a, x), *q;

	CHECK(y != NULL);
	q = settings_plan_of(b, y);
	CHECK(same_text(a, x->host, b, y->host) && same_text(a, p->source, b, q->source) &&
	      same_text(a, x->dpinger_socket, b, y->dpinger_socket));
	CHECK(p->interval_ns == q->interval_ns && p->timeout_ns == q->timeout_ns &&
	      p->size_bytes == q->size_bytes && p->ttl == q->ttl && p->dscp == q->dscp &&
	      p->df == q->df && p->mark == q->mark && p->probe == q->probe &&
	      p->flows == q->flows && p->stamps == q->stamps && p->family == q->family);
	CHECK(p->samples == q->samples && p->detail == q->detail &&
	      p->history_minutes == q->history_minutes);
	CHECK((x->depends == SETTINGS_NONE) == (y->depends == SETTINGS_NONE) &&
	      (p->group == SETTINGS_NONE) == (q->group == SETTINGS_NONE));
	CHECK(p->alarms_n == q->alarms_n && x->labels_n == y->labels_n);
	for (uint32_t i = 0; i < p->alarms_n; i++) {
		const struct settings_alarm *v =
		    &settings_alarms(a)[settings_refs(a)[p->alarms_first + i]];
		const struct settings_alarm *w =
		    &settings_alarms(b)[settings_refs(b)[q->alarms_first + i]];

		CHECK(same_text(a, v->raise_text, b, w->raise_text) && v->state == w->state);
	}
	for (uint32_t i = 0; i < x->labels_n; i++)
		CHECK(same_text(a, settings_labels(a)[x->labels_first + i].value, b,
		    settings_labels(b)[y->labels_first + i].value));
}

/* Where conf.d is not read again: alone in a directory of its own. */
static void
check_print(const struct settings *s)
{
	struct config_result printed, again;
	const struct settings *t;

	CHECK(config_print(path_of("main.conf"), &printed));
	CHECK(strlen(printed.text) == printed.text_bytes);
	if (printed.text_bytes < PRINT_MAX) {
		put("conf.d/a.conf", "", 0);
		put("print.conf", printed.text, printed.text_bytes);
		if (!config_load(path_of("print.conf"), &again)) {
			(void)fprintf(stderr, "%s%s", printed.text, again.text);
			CHECK(!"the print is refused");
		}
		t = again.block;
		CHECK(s->n_targets == t->n_targets && s->n_groups == t->n_groups &&
		      s->n_alarms == t->n_alarms && s->n_strings == t->n_strings);
		CHECK(s->receive_buffer_bytes == t->receive_buffer_bytes &&
		      s->max_rate_per_s == t->max_rate_per_s &&
		      s->summary_interval_ns == t->summary_interval_ns);
		for (uint32_t i = 0; i < s->n_targets; i++) {
			const struct settings_target *x = &settings_targets(s)[i];

			check_same_target(s, x, t, find(t, settings_text(s, x->name)));
		}
		config_result_done(&again);
	}
	config_result_done(&printed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct config_result r;

	if (directory[0] == '\0')
		make_directory();
	put_files(data, size);
	if (config_load(path_of("main.conf"), &r)) {
		CHECK(r.text == NULL);
		CHECK(settings_check(r.block, r.block_bytes));
		check_print(r.block);
	} else
		check_errors(&r);
	config_result_done(&r);
	return 0;
}
