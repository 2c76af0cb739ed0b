/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Files of the configuration as bytes. Only regular files are opened, since others may hang, never
 * end, or do something; what is too large, or no text, is refused before anybody parses it. It
 * refuses to know what they say.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/config_internal.h"

#define READ_SPARE 4096 /* beyond the size that a file says it has */

/* A fault of a file: where it was asked for, or of itself when nobody wrote its name. */
__attribute__((format(printf, 4, 5))) static void
file_error(struct config *c, uint16_t file, struct config_place asked, const char *format, ...)
{
	char why[256];
	va_list args;

	va_start(args, format);
	(void)vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (asked.line == 0)
		config_error(c, (struct config_place){.file = file}, NULL, "%s", why);
	else
		config_error(c, asked, NULL, "%s %s",
		    config_quote(c, config_text(c, config_file(c, file)->path)), why);
	c->torn = true;
}

static const char *
kind_text(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	default:
		return "a device";
	}
}

static bool
check_regular(struct config *c, uint16_t file, struct config_place asked, const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return true;
	file_error(c, file, asked, "is %s: name a regular file", kind_text(status->st_mode));
	return false;
}

/* Opens a regular file, or says why not. Looks before it opens: opening alone can have effects. */
static int
open_regular(struct config *c, uint16_t file, struct config_place asked, struct stat *ret_status)
{
	const char *path = config_text(c, config_file(c, file)->path);
	int fd;

	if (stat(path, ret_status) < 0) {
		file_error(
		    c, file, asked, "cannot be read: %s: name a file that can", strerror(errno));
		return -1;
	}
	if (!check_regular(c, file, asked, ret_status))
		return -1;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, ret_status) < 0)
		file_error(
		    c, file, asked, "cannot be read: %s: name a file that can", strerror(errno));
	else if (check_regular(c, file, asked, ret_status))
		return fd;
	if (fd >= 0)
		(void)close(fd); /* it was only read */
	return -1;
}

/* Up to max_bytes and one more, so that the caller sees that it is too much. -1: errno. */
static ssize_t
read_all(struct config *c, int fd, size_t max_bytes, size_t size, char **ret_text)
{
	size_t cap = (size < max_bytes ? size : max_bytes) + READ_SPARE, len = 0;
	char *text = config_realloc(c, NULL, cap);

	for (;;) {
		ssize_t n = read(fd, text + len, cap - len - 1);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			free(text);
			return -1;
		}
		len += (size_t)n;
		if (n == 0 || len > max_bytes)
			break;
		if (cap - len - 1 == 0) {
			cap += cap / 2;
			text = config_realloc(c, text, cap);
		}
	}
	text[len] = '\0';
	*ret_text = text;
	return (ssize_t)len;
}

/* No NUL in it, or the line of the first is named. */
static bool
check_text(struct config *c, uint16_t file, const char *text, size_t len)
{
	const char *nul = memchr(text, '\0', len);
	struct config_place at = {.line = 1, .file = file};

	if (nul == NULL)
		return true;
	for (const char *p = text; p < nul; p++)
		at.line += *p == '\n';
	config_error(c, at, NULL, "a NUL byte stands here: write the file as plain UTF-8 text");
	c->torn = true;
	return false;
}

static bool
note_file(struct config *c, const char *path, struct config_place asked, uint16_t *ret_file)
{
	struct config_file *f;

	if (c->files.n == CONFIG_FILES_MAX) {
		if (!c->files_full)
			config_error(c, asked, NULL,
			    "this would be file number %d, and %d may be read: have fewer",
			    CONFIG_FILES_MAX + 1, CONFIG_FILES_MAX);
		c->files_full = c->torn = true;
		return false;
	}
	*ret_file = (uint16_t)c->files.n;
	f = config_array_add(c, &c->files, sizeof(*f));
	f->path = config_intern(c, path, strlen(path));
	return true;
}

bool
config_file_read(struct config *c, const char *path, size_t max_bytes, struct config_place asked,
    uint16_t *ret_file, char **ret_text, size_t *ret_len)
{
	struct stat status;
	uint16_t file;
	char *text = NULL;
	ssize_t len;
	int fd;

	if (!note_file(c, path, asked, &file))
		return false;
	fd = open_regular(c, file, asked, &status);
	if (fd < 0)
		return false;
	if (status.st_mode & S_IWOTH)
		config_warn(c, (struct config_place){.file = file}, NULL,
		    "everybody may write this file: chmod o-w");
	config_file(c, file)->device = status.st_dev;
	config_file(c, file)->inode = status.st_ino;
	len = read_all(c, fd, max_bytes, (size_t)status.st_size, &text);
	if (len < 0)
		file_error(
		    c, file, asked, "cannot be read: %s: name a file that can", strerror(errno));
	(void)close(fd); /* it was only read */
	if (len < 0)
		return false;
	c->read_bytes += (uint64_t)len;
	if ((size_t)len > max_bytes)
		file_error(c, file, asked, "is larger than %zu MiB: split it into several files",
		    max_bytes >> 20);
	else if (c->read_bytes > CONFIG_BYTES_MAX)
		file_error(c, file, asked, "makes all files together larger than %d MiB",
		    CONFIG_BYTES_MAX >> 20);
	else if (check_text(c, file, text, (size_t)len)) {
		*ret_file = file;
		*ret_text = text;
		*ret_len = (size_t)len;
		return true;
	}
	free(text);
	return false;
}

config_str
config_path_beside(struct config *c, uint16_t file, const char *path)
{
	const char *from = config_text(c, config_file(c, file)->path);
	const char *slash = strrchr(from, '/');
	char joined[PATH_MAX];
	int len;

	if (path[0] == '/' || slash == NULL)
		return config_intern(c, path, strlen(path));
	len = snprintf(joined, sizeof(joined), "%.*s/%s", (int)(slash - from), from, path);
	if (len >=
	    (int)sizeof(joined)) /* no such file can be: it is not found under its own name */
		return config_intern(c, path, strlen(path));
	return config_intern(c, joined, (size_t)len);
}
