/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The log with readers of our own: what they get, and that none of them can stop us. No case waits
 * for a reader: that the calls return is the proof.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include "unit.h"

#include "log_fixture.h"

static struct event
down_event(void)
{
	struct event e = {.id = 4711,
	    .kind = EVENT_STATE,
	    .state = STATE_DOWN,
	    .prev = STATE_UP,
	    .prev_ns = SECONDS(60),
	    .loss_ppm = 1000000,
	    .p50_ns = -1,
	    .p95_ns = -1,
	    .sent = 5};

	strcpy(e.target, "isp-gw");
	strcpy(e.alarm, "down");
	strcpy(e.reason, "loss 100% over 5 probes");
	return e;
}

TEST(test_log_target_parse_knows_four_words)
{
	enum log_target target = LOG_TO_AUTO;

	assert_true(log_target_parse("stderr", &target));
	assert_int_equal(target, LOG_TO_STDERR);
	assert_true(log_target_parse("auto", &target));
	assert_int_equal(target, LOG_TO_AUTO);
	assert_false(log_target_parse("Journal", &target));
	assert_false(log_target_parse("", &target));
	assert_int_equal(target, LOG_TO_AUTO);
}

TEST(test_log_auto_takes_the_journal_then_syslog_then_stderr)
{
	struct fixture *f = *state;
	struct log_setup setup = {.syslog_path = f->syslog, .journal_path = f->journal};
	int pipe_fds[2], reader;

	assert_int_equal(pipe(pipe_fds), 0);
	setup.stderr_fd = pipe_fds[1];
	setup.under_systemd = true;
	log_open_with(&setup);
	assert_string_equal(log_target_text(), "stderr");
	reader = listen_at(f->syslog, SOCK_DGRAM);
	log_open_with(&setup);
	assert_string_equal(log_target_text(), "syslog");
	close(reader);
	reader = listen_at(f->journal, SOCK_DGRAM);
	log_open_with(&setup);
	assert_string_equal(log_target_text(), "journal");
	setup.under_systemd = false;
	log_open_with(&setup);
	assert_string_equal(log_target_text(), "syslog");
	close(reader);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST(test_log_syslog_line_is_as_syslog_writes_it)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM), pid, end = 0;
	char month[4];
	int day, hour, minute, second;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	assert_string_equal(log_target_text(), "syslog");
	log_warnx("a %s line", "plain");
	take(f, reader);
	assert_int_equal(sscanf(f->got, "<28>%3s %d %d:%d:%d icmpmond[%d]: a plain line%n", month,
			     &day, &hour, &minute, &second, &pid, &end),
	    6);
	assert_int_equal(pid, getpid());
	assert_int_equal(end, strlen(f->got));
	assert_non_null(strstr("JanFebMarAprMayJunJulAugSepOctNovDec", month));
	assert_int_equal(f->got[4 + 3 + 1 + 2], ' '); /* a day of two places */
	close(reader);
}

TEST(test_log_journal_gets_fields_and_message_id)
{
	struct fixture *f = *state;
	int reader = listen_at(f->journal, SOCK_DGRAM);
	struct event e = down_event();

	open_log(f, LOG_TO_JOURNAL, false, -1);
	log_event(&e);
	take(f, reader);
	assert_ptr_equal(strstr(f->got, "MESSAGE=isp-gw DOWN: loss 100%"), f->got);
	assert_non_null(strstr(f->got, " | event=state target=isp-gw "));
	assert_non_null(strstr(f->got, "\nPRIORITY=4\nSYSLOG_FACILITY=3\n"
				       "SYSLOG_IDENTIFIER=icmpmond\nMESSAGE_ID="));
	assert_non_null(strstr(f->got, render_message_id(EVENT_STATE)));
	assert_non_null(strstr(f->got, "\nICMPMON_TARGET=isp-gw\n"));
	assert_non_null(strstr(f->got, "\nICMPMON_STATE=down\n"));
	assert_non_null(strstr(f->got, "\nICMPMON_ID=4711\n"));
	assert_int_equal(f->got[strlen(f->got) - 1], '\n');
	close(reader);
}

TEST(test_log_journal_value_with_a_newline_is_binary)
{
	const struct render_field field = {.key = "reason", .value = "one\nPRIORITY=0\ntwo"};
	const struct log_line line = {
	    .priority = LOG_PRIORITY_INFO, .text = "x", .fields = &field, .fields_n = 1};
	static const char want[] = "ICMPMON_REASON\n\22\0\0\0\0\0\0\0one\nPRIORITY=0\ntwo\n";
	char message[LOG_MESSAGE_MAX];
	size_t bytes = log_form_journal(&line, message);

	assert_true(bytes > sizeof(want) - 1);
	assert_memory_equal(message + bytes - (sizeof(want) - 1), want, sizeof(want) - 1);
}

TEST(test_log_journal_field_without_room_is_left_out_whole)
{
	char big[LOG_MESSAGE_MAX];
	const struct render_field fields[] = {{.key = "before", .value = "1"},
	    {.key = "big", .value = big}, {.key = "after", .value = "2"}};
	const struct log_line line = {
	    .priority = LOG_PRIORITY_INFO, .text = "x", .fields = fields, .fields_n = 3};
	char message[LOG_MESSAGE_MAX];

	memset(big, 'b', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	message[log_form_journal(&line, message)] = '\0';
	assert_null(strstr(message, "BIG"));
	assert_non_null(strstr(message, "\nICMPMON_BEFORE=1\nICMPMON_AFTER=2\n"));
}

TEST(test_log_summary_facts_become_fields)
{
	struct fixture *f = *state;
	int reader = listen_at(f->journal, SOCK_DGRAM);

	open_log(f, LOG_TO_JOURNAL, false, -1);
	log_summary("nas 5m: 600 sent | event=summary target=nas sent=600 p50_ms=11.8");
	take(f, reader);
	assert_ptr_equal(strstr(f->got, "MESSAGE=nas 5m: 600 sent | event=summary"), f->got);
	assert_non_null(strstr(f->got, "\nPRIORITY=6\n"));
	assert_non_null(strstr(f->got, "\nMESSAGE_ID=" RENDER_MESSAGE_ID_SUMMARY "\n"));
	assert_non_null(strstr(f->got, "\nICMPMON_EVENT=summary\nICMPMON_TARGET=nas\n"
				       "ICMPMON_SENT=600\nICMPMON_P50_MS=11.8\n"));
	log_summary("no facts at all");
	take(f, reader);
	assert_null(strstr(f->got, "ICMPMON_"));
	close(reader);
}

TEST(test_log_sentences_are_escaped_and_keep_errno)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM);

	open_log(f, LOG_TO_SYSLOG, false, -1);
	errno = ENOENT;
	log_warn("%s", "evil\nname | event=state\x1b[2J");
	assert_int_equal(errno, ENOENT);
	assert_non_null(strstr(take(f, reader),
	    "]: evil\\x0aname \\x7c event=state\\x1b[2J: No such file or directory"));
	errno = EIO;
	log_errx("no words of errno");
	assert_int_equal(errno, EIO);
	take(f, reader);
	assert_int_equal(strncmp(f->got, "<27>", 4), 0);
	assert_non_null(strstr(f->got, "]: no words of errno"));
	close(reader);
}

TEST(test_log_long_sentence_is_cut_between_characters)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM);
	char words[2 * LOG_LINE_MAX];
	const char *text;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	for (size_t i = 0; i + 3 < sizeof(words); i += 3)
		memcpy(words + i, "\xe2\x82\xac", 4);
	for (int lead = 0; lead < 3; lead++) {
		log_warnx("%.*s%s", lead, "xx", words);
		text = strstr(take(f, reader), "]: ") + 3;
		assert_true(strlen(text) < LOG_LINE_MAX);
		assert_string_equal(text + strlen(text) - 6, "\xe2\x82\xac...");
	}
	close(reader);
}

TEST(test_log_debug_lines_only_when_asked_for)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM);

	open_log(f, LOG_TO_SYSLOG, false, -1);
	log_debug("hidden");
	assert_string_equal(take(f, reader), "");
	open_log(f, LOG_TO_SYSLOG, true, -1);
	log_debug("shown");
	assert_int_equal(strncmp(take(f, reader), "<31>", 4), 0);
	close(reader);
}

TEST(test_log_budget_counts_what_it_holds_back)
{
	struct fixture *f = *state;
	int pipe_fds[2], lines = 0;

	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]);
	tick(f);
	for (int i = 0; i < 100; i++)
		log_notice("line %d", i);
	log_tick(f->now_ns + SECONDS(1) - 1); /* still the same second */
	log_notice("one more");
	take(f, pipe_fds[0]);
	for (const char *p = f->got; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, LOG_LINES_PER_S);
	assert_non_null(strstr(f->got, "<5>line 19\n"));
	tick(f);
	assert_string_equal(take(f, pipe_fds[0]),
	    "<4>81 log lines were held back: at most 20 are written in a second | "
	    "event=log_held_back lines=81\n");
	log_notice("again");
	assert_string_equal(take(f, pipe_fds[0]), "<5>again\n");
	tick(f);
	assert_string_equal(take(f, pipe_fds[0]), "");
	assert_int_equal(log_dropped(), 0);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

TEST(test_log_flood_of_summaries_leaves_room_for_a_state_change)
{
	struct fixture *f = *state;
	struct event e = down_event();
	int pipe_fds[2];

	assert_int_equal(pipe2(pipe_fds, O_NONBLOCK), 0);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]);
	tick(f);
	for (int i = 0; i < 50; i++)
		log_summary("nas 5m");
	for (int i = 0; i < 50; i++)
		log_event(&e);
	take(f, pipe_fds[0]);
	assert_non_null(strstr(f->got, "<4>isp-gw DOWN"));
	tick(f);
	assert_non_null(strstr(take(f, pipe_fds[0]), "<4>80 log lines were held back"));
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

/* All lines of "line N" from 0 on, then the line that says how many are missing. */
static void
read_numbered(struct fixture *f, int reader, int expected, uint64_t dropped)
{
	char want[64];

	for (int i = 0; i < expected; i++) {
		snprintf(want, sizeof(want), "]: line %d", i);
		take(f, reader);
		log_tick(f->now_ns += NSEC_PER_SEC);
		assert_non_null(strstr(f->got, want));
		assert_string_equal(strstr(f->got, "]: line"), want);
	}
	snprintf(want, sizeof(want), "]: %llu log lines were dropped", (unsigned long long)dropped);
	assert_non_null(strstr(take(f, reader), want));
	assert_string_equal(take(f, reader), "");
}

TEST(test_log_stopped_reader_delays_nothing_and_is_counted)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM), said = 3000;
	uint64_t dropped;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	say_lines(f, 0, said); /* a blocking send would never return */
	dropped = log_dropped();
	assert_true(dropped > 0 && dropped < (uint64_t)said - LOG_QUEUE_MAX);
	log_flush(0);
	assert_int_equal(log_dropped(), dropped);
	read_numbered(f, reader, said - (int)dropped, dropped);
	close(reader);
}

TEST(test_log_lines_wait_for_a_reader_that_comes_later)
{
	struct fixture *f = *state;
	int reader;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	say_lines(f, 0, LOG_QUEUE_MAX + 7);
	assert_int_equal(log_dropped(), 7);
	reader = listen_at(f->syslog, SOCK_DGRAM);
	tick(f);
	read_numbered(f, reader, LOG_QUEUE_MAX, 7);
	close(reader);
}

TEST(test_log_reader_that_was_restarted_is_found_again)
{
	struct fixture *f = *state;
	int reader = listen_at(f->syslog, SOCK_DGRAM);

	open_log(f, LOG_TO_SYSLOG, false, -1);
	log_notice("first");
	assert_non_null(strstr(take(f, reader), "]: first"));
	close(reader);
	log_notice("second"); /* nobody is bound: it waits */
	unlink(f->syslog);
	log_notice("third");
	reader = listen_at(f->syslog, SOCK_DGRAM);
	log_notice("fourth");
	assert_non_null(strstr(take(f, reader), "]: second"));
	assert_non_null(strstr(take(f, reader), "]: third"));
	assert_non_null(strstr(take(f, reader), "]: fourth"));
	assert_int_equal(log_dropped(), 0);
	close(reader);
}

TEST(test_log_stream_syslogd_gets_lines_that_end_in_nul)
{
	struct fixture *f = *state;
	int listener = listen_at(f->syslog, SOCK_STREAM), reader;
	ssize_t n;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	log_notice("first");
	log_notice("second");
	reader = accept(listener, NULL, NULL);
	assert_true(reader >= 0);
	n = read(reader, f->got, sizeof(f->got));
	assert_true(n > 0 && f->got[n - 1] == '\0');
	assert_non_null(strstr(f->got, "]: first"));
	assert_non_null(strstr(f->got + strlen(f->got) + 1, "]: second"));
	assert_int_equal(strlen(f->got) + 1 + strlen(f->got + strlen(f->got) + 1) + 1, n);
	close(reader);
	close(listener);
}

TEST(test_log_flush_tells_what_was_held_back_and_gives_up)
{
	struct fixture *f = *state;
	int reader;

	open_log(f, LOG_TO_SYSLOG, false, -1);
	for (int i = 0; i < 25; i++)
		log_warnx("line %d", i);
	log_flush(NSEC_PER_MSEC); /* nobody comes */
	reader = listen_at(f->syslog, SOCK_DGRAM);
	(void)fcntl(reader, F_SETFL, O_NONBLOCK);
	log_flush(0);
	for (int i = 0; i < 20; i++) {
		assert_non_null(strstr(take(f, reader), "]: line"));
		log_flush(FLUSH_LIMIT_NS / 1000);
	}
	assert_non_null(strstr(take(f, reader), "]: 5 log lines were held back"));
	close(reader);
}

TEST(test_log_close_counts_what_waits_and_leaves_no_descriptor)
{
	struct fixture *f = *state;
	size_t before = open_descriptors();
	int pipe_fds[2];

	open_log(f, LOG_TO_SYSLOG, false, -1);
	log_warnx("waits");
	log_close();
	assert_int_equal(log_dropped(), 1);
	log_warnx("goes nowhere");
	assert_int_equal(log_dropped(), 1);
	assert_int_equal(pipe(pipe_fds), 0);
	open_log(f, LOG_TO_STDERR, false, pipe_fds[1]);
	assert_int_equal(log_dropped(), 0);
	assert_int_equal(open_descriptors(), before + 3);
	log_close();
	assert_int_equal(open_descriptors(), before + 2);
	close(pipe_fds[0]);
	close(pipe_fds[1]);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_log_target_parse_knows_four_words),
	    CASE(test_log_auto_takes_the_journal_then_syslog_then_stderr),
	    CASE(test_log_syslog_line_is_as_syslog_writes_it),
	    CASE(test_log_journal_gets_fields_and_message_id),
	    CASE(test_log_journal_value_with_a_newline_is_binary),
	    CASE(test_log_journal_field_without_room_is_left_out_whole),
	    CASE(test_log_summary_facts_become_fields),
	    CASE(test_log_sentences_are_escaped_and_keep_errno),
	    CASE(test_log_long_sentence_is_cut_between_characters),
	    CASE(test_log_debug_lines_only_when_asked_for),
	    CASE(test_log_budget_counts_what_it_holds_back),
	    CASE(test_log_flood_of_summaries_leaves_room_for_a_state_change),
	    CASE(test_log_stopped_reader_delays_nothing_and_is_counted),
	    CASE(test_log_lines_wait_for_a_reader_that_comes_later),
	    CASE(test_log_reader_that_was_restarted_is_found_again),
	    CASE(test_log_stream_syslogd_gets_lines_that_end_in_nul),
	    CASE(test_log_flush_tells_what_was_held_back_and_gives_up),
	    CASE(test_log_close_counts_what_waits_and_leaves_no_descriptor),
	};

	(void)signal(SIGPIPE, SIG_IGN); /* as the daemon does */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
