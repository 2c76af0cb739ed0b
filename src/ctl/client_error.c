/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/client_error.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/text.h"
#include "ctl/client_error.h"
#include "ctl/jv.h"

static void
add_connect(struct text *t, const struct client_fault *fault)
{
	switch (fault->error) {
	case ENOENT:
	case ENOTDIR:
		text_printf(t,
		    "there is no socket %s: is icmpmond running? Try: systemctl status %s",
		    fault->path, fault->unit);
		break;
	case ECONNREFUSED:
		text_printf(t,
		    "nobody listens on %s: icmpmond is not running. Try: systemctl status %s",
		    fault->path, fault->unit);
		break;
	case EACCES:
	case EPERM:
		text_printf(t,
		    "no permission for %s: members of group icmpmon have it. Try: "
		    "sudo usermod -aG icmpmon $USER, and log in again",
		    fault->path);
		break;
	case EAGAIN:
		text_printf(t,
		    "icmpmond takes no connection on %s, its queue is full. Try: systemctl status "
		    "%s",
		    fault->path, fault->unit);
		break;
	case 0:
		text_printf(
		    t, "cannot connect to %s. Try: systemctl status %s", fault->path, fault->unit);
		break;
	default:
		text_printf(t, "cannot connect to %s: %s. Try: systemctl status %s", fault->path,
		    strerror(fault->error), fault->unit);
		break;
	}
}

void
client_error_of_fault(char error[static CLIENT_ERROR_BYTES], const struct client_fault *fault)
{
	struct text t;

	text_init(&t, error, CLIENT_ERROR_BYTES);
	switch (fault->kind) {
	case FAULT_CONNECT:
		add_connect(&t, fault);
		break;
	case FAULT_SILENT:
		if (fault->begun)
			text_add(&t, "icmpmond stopped in the middle of its answer.");
		else
			text_printf(&t,
			    "icmpmond took the connection on %s but does not answer: it is "
			    "stopped or overloaded.",
			    fault->path);
		text_printf(&t, " Try: systemctl status %s", fault->unit);
		break;
	case FAULT_STRANGER:
		text_printf(&t, "what listens on %s is not icmpmond", fault->path);
		break;
	case FAULT_MEMORY:
		text_add(&t, "out of memory");
		break;
	case FAULT_CLOSED:
	default:
		text_printf(&t,
		    fault->begun ? "icmpmond went away in the middle of its answer on %s: is it "
				   "restarting? Try again"
				 : "icmpmond closed the connection on %s without an answer: is it "
				   "restarting, or busy with too many clients? Try again",
		    fault->path);
		break;
	}
}

/* One line, made harmless. */
static void
add_line(struct text *t, const char *words)
{
	if (t->len > 0)
		text_add(t, "\n");
	text_log_words(t, words);
}

void
client_error_of_refusal(
    char error[static CLIENT_ERROR_BYTES], int status, const char *body, size_t bytes)
{
	struct json_t *problem = bytes > 0 ? jv_parse(body, bytes) : NULL;
	const struct json_t *errors = jv_get(problem, "errors");
	const char *words = jv_text(problem, "detail", jv_text(problem, "title", ""));
	struct text t;

	text_init(&t, error, CLIENT_ERROR_BYTES);
	if (*words == '\0')
		text_printf(&t, "icmpmond answered with HTTP status %d", status);
	else
		add_line(&t, words);
	for (size_t i = 0; i < jv_count(errors); i++)
		add_line(&t, jv_text(jv_item(errors, i), "", "?"));
	jv_free(problem);
}
