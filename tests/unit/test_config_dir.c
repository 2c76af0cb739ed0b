/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements test_config.h.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "test_config.h"
#include "unit.h"

#define PATH_BYTES 512

static struct config_dir {
	char path[PATH_BYTES], file[2 * PATH_BYTES];
	struct config_result result;
	char *text;
} dir;

int
config_dir_setup(void **state)
{
	const char *tmp = getenv("TMPDIR");

	(void)state;
	(void)snprintf(dir.path, sizeof(dir.path), "%s/icmpmon-config-XXXXXX",
	    tmp == NULL || tmp[0] != '/' ? "/tmp" : tmp);
	if (mkdtemp(dir.path) == NULL)
		return -1;
	return mkdir(config_dir_path("conf.d"), 0700);
}

static int
remove_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
	(void)status;
	(void)kind;
	(void)where;
	return remove(path);
}

static void
forget(void)
{
	config_result_done(&dir.result);
	free(dir.text);
	dir.text = NULL;
}

int
config_dir_teardown(void **state)
{
	(void)state;
	forget();
	return nftw(dir.path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *
config_dir_path(const char *name)
{
	(void)snprintf(dir.file, sizeof(dir.file), "%s/%s", dir.path, name);
	return dir.file;
}

void
config_dir_put_bytes(const char *name, const void *bytes, size_t len)
{
	int fd = open(config_dir_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(close(fd), 0);
}

void
config_dir_put(const char *name, const char *text)
{
	config_dir_put_bytes(name, text, strlen(text));
}

/* dir.result's text with every "DIRECTORY/" taken out. */
static const char *
plain_text(void)
{
	const char *from = dir.result.text;
	char prefix[PATH_BYTES + 1], *to;
	size_t len;

	assert_non_null(from);
	assert_int_equal(strlen(from), dir.result.text_bytes);
	len = (size_t)snprintf(prefix, sizeof(prefix), "%s/", dir.path);
	dir.text = to = malloc(dir.result.text_bytes + 1);
	assert_non_null(to);
	while (*from != '\0') {
		if (strncmp(from, prefix, len) == 0)
			from += len;
		else
			*to++ = *from++;
	}
	*to = '\0';
	return dir.text;
}

const struct settings *
config_dir_load(const char *text)
{
	forget();
	if (text != NULL)
		config_dir_put("main.conf", text);
	if (!config_load(config_dir_path("main.conf"), &dir.result))
		fail_msg("refused:\n%s", dir.result.text);
	assert_null(dir.result.text);
	assert_true(settings_check(dir.result.block, dir.result.block_bytes));
	return dir.result.block;
}

const char *
config_dir_refused(const char *text)
{
	forget();
	if (text != NULL)
		config_dir_put("main.conf", text);
	assert_false(config_load(config_dir_path("main.conf"), &dir.result));
	assert_null(dir.result.block);
	return plain_text();
}

const char *
config_dir_print(const char *text)
{
	forget();
	if (text != NULL)
		config_dir_put("main.conf", text);
	if (!config_print(config_dir_path("main.conf"), &dir.result))
		fail_msg("refused:\n%s", dir.result.text);
	assert_true(settings_check(dir.result.block, dir.result.block_bytes));
	return plain_text();
}

const struct settings_target *
config_dir_target(const struct settings *s, const char *name)
{
	for (uint32_t i = 0; i < s->n_targets; i++) {
		if (strcmp(settings_text(s, settings_targets(s)[i].name), name) == 0)
			return &settings_targets(s)[i];
	}
	fail_msg("no target %s", name);
	return NULL;
}

const char *
config_dir_label(const struct settings *s, const struct settings_target *t, const char *key)
{
	for (uint32_t i = 0; i < t->labels_n; i++) {
		const struct settings_label *label = &settings_labels(s)[t->labels_first + i];

		if (strcmp(settings_text(s, label->key), key) == 0)
			return settings_text(s, label->value);
	}
	return NULL;
}

void
config_assert_line(const char *text, const char *line)
{
	size_t len = strlen(line);

	for (const char *p = text; *p != '\0'; p = strchr(p, '\n') + 1) {
		if (strncmp(p, line, len) == 0 && p[len] == '\n')
			return;
	}
	fail_msg("not there:\n%s\nbut:\n%s", line, text);
}

void
config_assert_only(const char *text, const char *line)
{
	size_t len = strlen(line);

	if (strncmp(text, line, len) != 0 || strcmp(text + len, "\n") != 0)
		fail_msg("expected only:\n%s\nbut:\n%s", line, text);
}
