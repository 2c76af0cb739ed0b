/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Errands that several commands share.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/text.h"
#include "ctl/ctl.h"
#include "ctl/jv.h"
#include "ctl/split.h"
#include "ctl/suggest.h"

#define ANSWER_BYTES 8192
#define NAMES_LIMIT_NS (2 * NSEC_PER_SEC) /* that a search for similar names may take */

nsec_t
ctl_now_wall_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec * NSEC_PER_SEC + ts.tv_nsec;
}

void
ctl_complain(const char *format, ...)
{
	va_list args;

	(void)fflush(stdout); /* in the order in which things happened */
	(void)fputs("icmpctl: ", stderr);
	va_start(args, format);
	(void)vfprintf(stderr, format, args);
	va_end(args);
	(void)fputc('\n', stderr);
}

int
ctl_failed(const struct ctl *ctl, enum client_result result)
{
	if (*client_error(ctl->client) != '\0')
		ctl_complain("%s", client_error(ctl->client));
	return result == CLIENT_UNREACHABLE ? CTL_UNREACHABLE : CTL_FAILED;
}

void
ctl_add_escaped(struct text *t, const char *s)
{
	for (; *s != '\0'; s++) {
		bool plain = (*s >= 'a' && *s <= 'z') || (*s >= 'A' && *s <= 'Z') ||
			     (*s >= '0' && *s <= '9') || strchr("-._~", *s) != NULL;

		if (plain)
			text_add_bytes(t, s, 1);
		else
			text_printf(t, "%%%02X", (unsigned char)*s);
	}
}

void
ctl_target_path(struct text *t, const char *name, const char *rest)
{
	text_add(t, "/v1/targets/");
	ctl_add_escaped(t, name);
	text_add(t, rest);
}

struct passing {
	FILE *f;
	char last;
	struct split *tee;
};

static bool
pass(void *arg, const char *bytes, size_t len)
{
	struct passing *p = arg;

	if (len == 0)
		return true;
	p->last = bytes[len - 1];
	return fwrite(bytes, 1, len, p->f) == len &&
	       (p->tee == NULL || split_feed(p->tee, bytes, len));
}

int
ctl_pass_through(struct ctl *ctl, const char *path, struct split *tee)
{
	struct passing p = {.f = ctl->out.f, .last = '\n', .tee = tee};
	struct client_request request = {.path = path, .sink = pass, .arg = &p};
	enum client_result result = client_do(ctl->client, &request);

	if (p.last != '\n')
		(void)fputc('\n', p.f);
	if (result == CLIENT_STOPPED) /* main tells of the failed write */
		return CTL_FAILED;
	return result == CLIENT_OK ? CTL_DONE : ctl_failed(ctl, result);
}

static bool
into_text(void *arg, const char *bytes, size_t len)
{
	struct text *t = arg;

	text_add_bytes(t, bytes, len);
	return !t->overflow;
}

struct search {
	struct suggest nearest;
	struct split split;
	nsec_t until_ns;
};

static bool
offer_name(void *arg, const char *text, size_t bytes)
{
	struct search *s = arg;
	struct json_t *target = jv_parse(text, bytes);

	suggest_offer(&s->nearest, jv_text(target, "name", ""));
	jv_free(target);
	return ctl_now_wall_ns() < s->until_ns;
}

static bool
search_feed(void *arg, const char *bytes, size_t len)
{
	struct search *s = arg;

	return split_feed(&s->split, bytes, len);
}

int
ctl_no_such_target(struct ctl *ctl, const char *name)
{
	struct search s = {.until_ns = ctl_now_wall_ns() + NAMES_LIMIT_NS};
	struct client_request request = {.path = "/v1/targets", .sink = search_feed, .arg = &s};
	char words[SUGGEST_NEAREST_MAX * SUGGEST_WORD_MAX + 16];
	char safe[4 * sizeof(words)], safe_name[4 * SUGGEST_WORD_MAX];
	struct text t;

	suggest_init(&s.nearest, name);
	split_init(&s.split, SPLIT_MEMBERS, offer_name, &s);
	if (client_do(ctl->client, &request) != CLIENT_OK)
		s.until_ns = 0; /* what has come so far is searched all the same */
	split_done(&s.split);
	text_init(&t, safe, sizeof(safe));
	text_log_words(&t, suggest_words(&s.nearest, words, sizeof(words)));
	text_init(&t, safe_name, sizeof(safe_name));
	text_log_words(&t, name);
	if (s.nearest.n > 0)
		ctl_complain("no target \"%s\": did you mean %s?", safe_name, safe);
	else
		ctl_complain("no target \"%s\": icmpctl list shows their names", safe_name);
	return CTL_FAILED;
}

int
ctl_fetch_of_target(struct ctl *ctl, const char *name, const char *path, struct json_t **ret)
{
	enum client_result result = client_fetch(ctl->client, path, ret);

	if (result == CLIENT_OK)
		return CTL_DONE;
	if (result == CLIENT_REFUSED && client_status(ctl->client) == 404)
		return ctl_no_such_target(ctl, name);
	return ctl_failed(ctl, result);
}

int
ctl_command(
    struct ctl *ctl, const char *path, const struct text *form, const char *target, nsec_t limit_ns)
{
	char body[ANSWER_BYTES];
	struct text t;
	struct client_request request = {
	    .path = path, .form = form->buf, .silence_ns = limit_ns, .sink = into_text, .arg = &t};
	enum client_result result;
	struct json_t *answer;

	if (form->overflow) {
		ctl_complain("the name is too long");
		return CTL_FAILED;
	}
	text_init(&t, body, sizeof(body));
	result = client_do(ctl->client, &request);
	if (result == CLIENT_REFUSED && target != NULL && client_status(ctl->client) == 404)
		return ctl_no_such_target(ctl, target);
	if (result != CLIENT_OK)
		return ctl_failed(ctl, result);
	if (args_has(ctl->args, OPTION_JSON)) {
		(void)fprintf(
		    ctl->out.f, "%s%s", body, t.len > 0 && body[t.len - 1] == '\n' ? "" : "\n");
		return CTL_DONE;
	}
	answer = jv_parse(body, t.len);
	out_text(&ctl->out, STYLE_PLAIN, jv_text(answer, "message", "done"));
	(void)fputc('\n', ctl->out.f);
	jv_free(answer);
	return CTL_DONE;
}
