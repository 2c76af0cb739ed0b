/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files log*.c and their test alone: a line before it has a form, the forms, and a reader
 * with its queue. The state is in log.c; what stands here works on what it is given.
 */
#ifndef ICMPMON_SHELL_LOG_INTERNAL_H
#define ICMPMON_SHELL_LOG_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/render_text.h"
#include "core/units.h"
#include "shell/log.h"

#define LOG_TAG "icmpmond"
#define LOG_MESSAGE_MAX 4096 /* bytes of a line in any form */

enum log_priority {
	LOG_PRIORITY_ERROR = 3,
	LOG_PRIORITY_WARNING,
	LOG_PRIORITY_NOTICE,
	LOG_PRIORITY_INFO,
	LOG_PRIORITY_DEBUG
};

/* What log_open finds out about the world. */
struct log_setup {
	enum log_target target;
	bool debug;
	bool under_systemd;
	const char *syslog_path;
	const char *journal_path;
	int stderr_fd;
};

void log_open_with(const struct log_setup *setup);

struct log_line {
	enum log_priority priority;
	const char *text; /* escaped, below LOG_LINE_MAX */
	const char *message_id; /* NULL: none */
	const struct render_field *fields; /* for the journal */
	size_t fields_n;
};

/* The forms of a line; each returns its length, without a NUL. A field that finds no room is left
 * out.
 * syslog: "<PRI>Mmm dd hh:mm:ss icmpmond[PID]: TEXT", as syslog(3) writes it.
 * journal: the native protocol; values with a newline in its binary form.
 * plain: "<N>TEXT\n" as sd-daemon(3) has it, so that what reads a pipe or a file knows how grave a
 * line is; on a terminal "Mmm dd hh:mm:ss TEXT\n", as a person reads it. */
size_t log_form_syslog(const struct log_line *line, nsec_t wall_ns, pid_t pid,
    char ret_message[static LOG_MESSAGE_MAX]);
size_t log_form_journal(const struct log_line *line, char ret_message[static LOG_MESSAGE_MAX]);
size_t log_form_plain(const struct log_line *line, nsec_t wall_ns, bool terminal,
    char ret_message[static LOG_MESSAGE_MAX]);

/* Takes "key=value key=value" apart where it stands, up to the first value in quotation marks.
 * Returns how many. */
size_t log_split_facts(char *facts, struct render_field ret_fields[static RENDER_FIELDS_MAX]);

enum log_reader_kind { LOG_READER_NONE, LOG_READER_SYSLOG, LOG_READER_JOURNAL, LOG_READER_STDERR };

/* Whether a line of this priority is wanted and the second's budget has room for it; one for which
 * it has none is counted as held back. */
bool log_admit(enum log_priority priority);
/* Gives a line to all readers. */
void log_put(const struct log_line *line);

/* How bytes go to a reader without waiting. */
enum log_way {
	LOG_WAY_DATAGRAM, /* a socket found by its path, and found again when it was away */
	LOG_WAY_STREAM, /* the same, where an old syslogd listens to streams: each line ends in NUL
			 */
	LOG_WAY_SOCKET, /* a stderr that is a socket */
	LOG_WAY_WRITE, /* a stderr of its own open description that does not block, or a file */
	LOG_WAY_POLL /* a stderr that is shared: only when there is room */
};

struct log_message {
	uint16_t bytes;
	char data[LOG_MESSAGE_MAX + 1]; /* and a NUL */
};

/* A reader of the log, and the lines that wait for it. */
struct log_reader {
	enum log_reader_kind kind;
	enum log_way way;
	int fd; /* -1: not there now */
	bool owned; /* fd is closed with the reader */
	bool terminal;
	const char *path; /* of a socket; not copied */
	uint64_t dropped;
	uint64_t dropped_untold;
	nsec_t retry_ns; /* when log_tick tries again */
	size_t first, count;
	size_t head_sent; /* bytes of the first message that a stream has taken */
	struct log_message queue[LOG_QUEUE_MAX];
};

void log_reader_open_socket(struct log_reader *r, enum log_reader_kind kind, const char *path);
/* False when fd is not open. */
bool log_reader_open_stderr(struct log_reader *r, int fd);
/* What still waits is dropped. */
void log_reader_close(struct log_reader *r);

/* Gives the reader what it takes now. True when nothing waits any more. */
bool log_reader_flush(struct log_reader *r);
/* Sends a message, or queues it behind those that wait, or drops and counts it. data[bytes] is NUL.
 */
void log_reader_put(struct log_reader *r, const char *data, size_t bytes);

#endif
