/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Heads of answers, and problems. Sources: RFC 9110 (fields, dates), RFC 9457 (problem details).
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shell/http_internal.h"

static const struct {
	int status;
	const char *phrase;
} statuses[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *
phrase_of(int status)
{
	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		if (statuses[i].status == status)
			return statuses[i].phrase;
	}
	return "Error";
}

/* RFC 9110 section 5.6.7, whatever the locale. */
static void
add_date(struct text *t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	time_t now = time(NULL);
	struct tm tm;

	if (gmtime_r(&now, &tm) == NULL)
		return;
	text_printf(t, "Date: %.3s, %02d %.3s %04d %02d:%02d:%02d GMT\r\n", days + 3 * tm.tm_wday,
	    tm.tm_mday, months + 3 * tm.tm_mon, tm.tm_year + 1900, tm.tm_hour, tm.tm_min,
	    tm.tm_sec);
}

void
http_head(struct text *t, const struct http_exchange *x, int64_t length, bool chunked, bool close)
{
	text_printf(t, "HTTP/1.1 %d %s\r\n", x->status, phrase_of(x->status));
	add_date(t);
	text_printf(t,
	    "Content-Type: %s\r\n"
	    "Cache-Control: no-store\r\n"
	    "Content-Security-Policy: default-src 'none'\r\n"
	    "X-Content-Type-Options: nosniff\r\n",
	    x->type);
	if (x->allow != NULL)
		text_printf(t, "Allow: %s\r\n", x->allow);
	if (x->status == 503)
		text_printf(t, "Retry-After: %d\r\n", HTTP_RETRY_S);
	if (length >= 0)
		text_printf(t, "Content-Length: %lld\r\n", (long long)length);
	else if (chunked)
		text_add(t, "Transfer-Encoding: chunked\r\n");
	text_add(t, close ? "Connection: close\r\n\r\n" : "\r\n");
}

void
http_answer(struct http_exchange *x, const char *type, http_body *body)
{
	x->status = 200;
	x->type = type;
	x->body = body;
}

/* One line of x->owned a piece. */
static enum http_more
add_error(struct http_exchange *x, struct text *t)
{
	const char *errors = (const char *)x->owned + x->cursor.at;
	size_t len = strcspn(errors, "\n");
	char line[HTTP_DETAIL_MAX];
	struct text one;

	if (*errors == '\0') {
		text_add(t, "]}\n");
		return HTTP_END;
	}
	text_init(&one, line, sizeof(line));
	text_add_bytes(&one, errors, len);
	text_add(t, x->cursor.listed ? ",\n" : "\n");
	text_json_string(t, line);
	x->cursor.listed = true;
	x->cursor.at += len + (errors[len] == '\n');
	return HTTP_MORE;
}

static enum http_more
problem_body(struct http_exchange *x, struct text *t)
{
	if (x->cursor.begun)
		return add_error(x, t);
	x->cursor.begun = true;
	text_add(t, "{\"type\":\"about:blank\",\"title\":");
	text_json_string(t, phrase_of(x->status));
	text_printf(t, ",\"status\":%d,\"detail\":", x->status);
	text_json_string(t, x->detail);
	text_add(t, x->owned == NULL ? "}\n" : ",\"errors\":[");
	return x->owned == NULL ? HTTP_END : HTTP_MORE;
}

void
http_problem(struct http_exchange *x, int status, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(x->detail, sizeof(x->detail), format, args); /* longer ones are cut off */
	va_end(args);
	x->status = status;
	x->type = "application/problem+json";
	x->body = problem_body;
	x->cursor = (struct http_cursor){0};
	x->of_engine = false;
	free(x->owned);
	x->owned = NULL;
}

void
http_problem_errors(struct http_exchange *x, const char *lines)
{
	x->owned = strdup(lines); /* without memory the sentence has to do */
}

void
http_exchange_clear(struct http_exchange *x)
{
	if (x->follows)
		x->http->n_followers--;
	free(x->owned);
	free(x->body_text);
	*x = (struct http_exchange){.http = x->http, .fd = x->fd, .tcp = x->tcp};
}
