/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The daemon's log: syslog, the journal or stderr, by a non-blocking datagram of our own. Bounded,
 * rate limited, dropping and counting rather than waiting. Text comes escaped from
 * core/render_text.h; what log_warn and its like are given is escaped here. The only module with
 * state of its own, so that any file can say a line. Sources: RFC 3164 as syslog(3) writes it, the
 * journal's native protocol (systemd, JOURNAL_NATIVE_PROTOCOL).
 */
#ifndef ICMPMON_SHELL_LOG_H
#define ICMPMON_SHELL_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "core/event.h"
#include "core/units.h"

#define LOG_LINES_PER_S 20 /* then one line that says how many were held back */
#define LOG_QUEUE_MAX 256 /* lines that wait for a reader; further ones are dropped and counted */
#define LOG_LINE_MAX 1024

enum log_target { LOG_TO_AUTO, LOG_TO_SYSLOG, LOG_TO_JOURNAL, LOG_TO_STDERR };

/* AUTO: the journal when $JOURNAL_STREAM or $INVOCATION_ID says that systemd started us and its
 * socket is there, else syslog; stderr too on a terminal, and alone where there is no log socket.
 * Opens nothing that blocks; a missing reader is tried again. Never fails. debug: lines of priority
 * 7 are written too. */
void log_open(enum log_target target, bool debug);
void log_close(void);

/* "auto", "syslog", "journal", "stderr". */
__attribute__((warn_unused_result)) bool log_target_parse(const char *text, enum log_target *ret);
/* Words for --status and doctor: "journal", "syslog", "stderr", "syslog and stderr". */
const char *log_target_text(void);

/* One event of the engine: its line to syslog and stderr, the same with fields and MESSAGE_ID to
 * the journal. */
void log_event(const struct event *event);
/* A summary line made by render_summary_line; target: whose, or the group. */
void log_summary(const char *target, const char *line);

/* Sentences of the shell. warn adds ": " and the words of errno; errno is preserved by all. */
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_notice(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warnx(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_errx(const char *format, ...);

/* Once a turn: opens the second's budget again, tells how many lines were held back, tries what
 * waits. Cheap. */
void log_tick(nsec_t now_ns);
/* At the end: gives the queue a last chance, never waits longer than limit_ns. */
void log_flush(nsec_t limit_ns);

/* Lines that reached no reader since log_open. */
uint64_t log_dropped(void);

#endif
