/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Commands: the daemon does them, here they are asked for and answered.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "shell/http_internal.h"

static enum http_more
message_body(struct http_exchange *x, struct text *t)
{
	text_printf(t, "{\"schema\":%d,\"message\":", RENDER_SCHEMA);
	text_json_string(t, x->detail);
	text_add(t, "}\n");
	return HTTP_END;
}

static int
command(struct http_exchange *x, enum http_command what)
{
	x->detail[0] = '\0';
	return x->http->source.command(
	    x->http->source.arg, what, &x->form, x->detail, sizeof(x->detail));
}

/* The answer to a command that failed; its own sentence where it gave one. */
static void
refuse(struct http_exchange *x, int error)
{
	char sentence[HTTP_DETAIL_MAX];
	int status = error == -ENOENT ? 404 : error == -EINVAL ? 400 : error == -EBUSY ? 409 : 500;

	memcpy(sentence, x->detail, sizeof(sentence));
	sentence[sizeof(sentence) - 1] = '\0';
	http_problem(
	    x, status, "%s", sentence[0] != '\0' ? sentence : "The command could not be done.");
}

static void
do_now(struct http_exchange *x, enum http_command what)
{
	int error = command(x, what);

	if (error < 0)
		refuse(x, error);
	else
		http_answer(x, "application/json", message_body);
}

void
http_post_pause(struct http_exchange *x)
{
	do_now(x, HTTP_PAUSE);
}

void
http_post_resume(struct http_exchange *x)
{
	do_now(x, HTTP_RESUME);
}

void
http_post_reload(struct http_exchange *x)
{
	int waiting = 0, error;

	for (struct http_conn *c = TAILQ_FIRST(&x->http->conns); c != NULL; c = TAILQ_NEXT(c, all))
		waiting += c->x.awaits_reload;
	if (waiting >= HTTP_RELOADS_MAX) {
		http_problem(x, 503, "%d clients wait for a reload already.", HTTP_RELOADS_MAX);
		return;
	}
	x->awaits_reload = true; /* before the command, which may end at once */
	error = command(x, HTTP_RELOAD);
	if (error < 0) {
		x->awaits_reload = false;
		refuse(x, error);
	}
}

void
http_reload_answer(struct http_exchange *x, bool ok, const char *errors_text)
{
	x->awaits_reload = false;
	if (ok) {
		http_answer(x, "application/json", message_body);
		(void)snprintf(x->detail, sizeof(x->detail), "The new configuration is in force.");
		return;
	}
	http_problem(x, 422, "The new configuration was refused, the running one goes on.");
	http_problem_errors(x, errors_text);
}
