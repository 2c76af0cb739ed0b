/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Small text files that somebody else may change at any time: read whole within limits, looked at
 * again by stat(2) only. What is not a regular file is not read, so that none can make us wait.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shell/clock.h"
#include "shell/resolve_internal.h"

/* Tunables.
 * FRESH_NS    a file changed so shortly before it was read may change again within the same tick of
 *             the file system's clock: it is then read once more
 * BLANKS      what stands between words; '\r' because files travel */
#define FRESH_NS (2 * NSEC_PER_SEC)
#define BLANKS " \t\r\f\v"

static bool
same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool
resolve_file_changed(const char *path, const struct resolve_stamp *stamp)
{
	struct stat st;

	if (stamp->fresh)
		return true;
	if (stat(path, &st) < 0)
		return stamp->ino != 0;
	return st.st_dev != stamp->dev || st.st_ino != stamp->ino || st.st_size != stamp->size ||
	       !same_time(&st.st_mtim, &stamp->modified) ||
	       !same_time(&st.st_ctim, &stamp->changed);
}

static uint64_t
content_hash(const char *text, size_t len)
{
	uint64_t hash = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < len; i++)
		hash = (hash ^ (uint8_t)text[i]) * UINT64_C(1099511628211);
	return hash;
}

static void
take_stamp(struct resolve_stamp *stamp, const struct stat *st)
{
	nsec_t age = clock_wall_ns() -
		     nsec_add(st->st_ctim.tv_sec * NSEC_PER_SEC, (nsec_t)st->st_ctim.tv_nsec);

	*stamp = (struct resolve_stamp){
	    .dev = st->st_dev,
	    .ino = st->st_ino,
	    .size = st->st_size,
	    .modified = st->st_mtim,
	    .changed = st->st_ctim,
	    .fresh = age >= 0 && age < FRESH_NS,
	};
}

/* Reads until len bytes or the end. */
static ssize_t
read_all(int fd, char *text, size_t len)
{
	size_t got = 0;

	while (got < len) {
		ssize_t n = read(fd, text + got, len - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

int
resolve_file_read(
    const char *path, size_t max, struct resolve_stamp *stamp, char **ret_text, size_t *ret_len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	char *text = NULL;
	size_t len;
	ssize_t n = 0;

	*stamp = (struct resolve_stamp){0};
	if (fd < 0)
		return -errno;
	if (fstat(fd, &st) < 0)
		n = -errno;
	else if (!S_ISREG(st.st_mode))
		n = -EINVAL;
	if (n < 0)
		goto cleanup;
	len = (size_t)st.st_size < max ? (size_t)st.st_size : max;
	text = malloc(len + 1);
	n = text == NULL ? -ENOMEM : read_all(fd, text, len);
	if (n < 0)
		goto cleanup;
	text[n] = '\0';
	take_stamp(stamp, &st);
	stamp->content = content_hash(text, (size_t)n);
	*ret_text = text;
	*ret_len = (size_t)n;
	text = NULL;
	n = 0;
cleanup:
	free(text);
	(void)close(fd); /* only read from */
	return (int)n;
}

bool
resolve_file_line(
    const char **text, const char *end, const char *marks, char line[static RESOLVE_LINE_MAX])
{
	const char *start = *text;
	const char *newline;
	size_t len;

	if (start >= end)
		return false;
	newline = memchr(start, '\n', (size_t)(end - start));
	len = (size_t)((newline == NULL ? end : newline) - start);
	*text = newline == NULL ? end : newline + 1;
	if (len >= RESOLVE_LINE_MAX)
		len = RESOLVE_LINE_MAX - 1;
	memcpy(line, start, len);
	line[len] = '\0'; /* a NUL in the file ends its line, too */
	line[strcspn(line, marks)] = '\0';
	return true;
}

char *
resolve_file_word(char **line)
{
	char *word = *line + strspn(*line, BLANKS);
	size_t len = strcspn(word, BLANKS);

	if (len == 0)
		return NULL;
	*line = word + len + (word[len] != '\0');
	word[len] = '\0';
	return word;
}
