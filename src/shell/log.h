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
 * 7 are written too. SIGPIPE is to be ignored where stderr may be a pipe.
 * On stderr a line begins with "<N>", its priority, as sd-daemon(3) has it; on a terminal with the
 * time. Before log_open lines go nowhere. */
void log_open(enum log_target target, bool debug);
/* What still waits then is dropped and counted. */
void log_close(void);

/* "auto", "syslog", "journal", "stderr". */
__attribute__((warn_unused_result)) bool log_target_parse(const char *text, enum log_target *ret);
/* Words for status and doctor: "journal", "syslog", "stderr", "syslog and stderr", "journal and
 * stderr"; "none" when stderr is asked for and closed. */
const char *log_target_text(void);

/* One event of the engine: its line to syslog and stderr, the same with fields and MESSAGE_ID to
 * the journal. */
void log_event(const struct event *event);
/* A line made by render_summary_line or render_group_summary_line; the journal gets its facts as
 * fields. */
void log_summary(const char *text);

/* Sentences of the shell. warn adds ": " and the words of errno; errno is preserved by all. */
__attribute__((format(printf, 1, 2))) void log_debug(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_info(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_notice(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warnx(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_warn(const char *format, ...);
__attribute__((format(printf, 1, 2))) void log_errx(const char *format, ...);

/* Once a turn: opens the second's budget again, tells how many lines were held back, tries what
 * waits. Cheap. Of a second's lines the last five are kept for notices and worse. */
void log_tick(nsec_t now_ns);
/* At the end: tells what was held back and gives the queue a last chance, never waits longer than
 * limit_ns. */
void log_flush(nsec_t limit_ns);

/* Lines that a reader did not get since log_open, summed over readers; not those held back. */
uint64_t log_dropped(void);

#endif
