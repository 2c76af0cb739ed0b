/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The head of a request, strictly: lines end in CR LF, no folded fields, no space before a colon,
 * a body only with Content-Length. Where RFC 9112 leaves a choice the answer is to refuse, so that
 * no proxy in front of us can read the same bytes as another request than we do.
 */
#include "shell/http_request.h"

#include <string.h>
#include <strings.h>

struct parse {
	struct http_request *request;
	struct http_fault *fault;
	bool has_host, has_encoding;
};

static bool
refuse(struct http_fault *fault, int status, const char *detail)
{
	*fault = (struct http_fault){.status = status, .detail = detail};
	return false;
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* RFC 9110 section 5.6.2. */
static bool
is_token(const char *s)
{
	const char *c = s;

	for (; *c != '\0'; c++) {
		if (!is_digit(*c) && !((*c | 0x20) >= 'a' && (*c | 0x20) <= 'z') &&
		    strchr("!#$%&'*+-.^_`|~", *c) == NULL)
			return false;
	}
	return c > s;
}

/* Cuts blanks off both ends, in place. */
static char *
trim(char *s)
{
	size_t len;

	s += strspn(s, " \t");
	len = strlen(s);
	while (len > 0 && (s[len - 1] == ' ' || s[len - 1] == '\t'))
		len--;
	s[len] = '\0';
	return s;
}

/* The next member of a comma-separated list, trimmed; NULL at its end. */
static char *
next_member(char **list)
{
	char *member = strsep(list, ",");

	return member == NULL ? NULL : trim(member);
}

static bool
take_host(struct parse *p, char *value)
{
	if (p->has_host)
		return refuse(p->fault, 400, "The field Host is there twice.");
	p->has_host = true;
	if (p->request->host == NULL) /* an absolute target goes before (RFC 9112 section 3.2.2) */
		p->request->host = value;
	return true;
}

static bool
take_connection(struct parse *p, char *value)
{
	for (char *member; (member = next_member(&value)) != NULL;) {
		if (strcasecmp(member, "close") == 0)
			p->request->close = true;
	}
	return true;
}

static bool
take_content_length(struct parse *p, char *value)
{
	size_t bytes = 0;

	if (p->request->has_length)
		return refuse(p->fault, 400, "The field Content-Length is there twice.");
	if (*value == '\0' || value[strspn(value, "0123456789")] != '\0')
		return refuse(
		    p->fault, 400, "The field Content-Length has to be a number of bytes.");
	for (; *value != '\0' && bytes <= HTTP_BODY_MAX_BYTES; value++)
		bytes = bytes * 10 + (size_t)(*value - '0');
	if (bytes > HTTP_BODY_MAX_BYTES)
		return refuse(p->fault, 413, "The body of a request may have up to 65536 bytes.");
	p->request->has_length = true;
	p->request->body_bytes = bytes;
	return true;
}

static bool
take_transfer_encoding(struct parse *p, char *value)
{
	(void)value;
	p->has_encoding = true;
	return true;
}

static bool
take_expect(struct parse *p, char *value)
{
	if (strcasecmp(value, "100-continue") != 0)
		return refuse(p->fault, 417, "The only expectation that is met is 100-continue.");
	p->request->expect_continue = true;
	return true;
}

/* The q of a member's parameters in thousandths; 1000 without one or with one that makes no sense.
 */
static uint16_t
quality(char *parameters)
{
	for (char *parameter; (parameter = strsep(&parameters, ";")) != NULL;) {
		uint16_t permille = 0, place = 1000;

		parameter = trim(parameter);
		if (strncasecmp(parameter, "q=", 2) != 0)
			continue;
		for (const char *c = parameter + 2; is_digit(*c) || *c == '.'; c++) {
			if (*c == '.')
				continue;
			permille = (uint16_t)(permille + place * (*c - '0'));
			place /= 10;
		}
		return permille > 1000 ? 1000 : permille;
	}
	return 1000;
}

static bool
take_accept(struct parse *p, char *value)
{
	static const char *const types[HTTP_MEDIA_COUNT] = {
	    [HTTP_MEDIA_OPENMETRICS] = "application/openmetrics-text",
	    [HTTP_MEDIA_TEXT] = "text/plain",
	    [HTTP_MEDIA_EVENTS] = "text/event-stream",
	    [HTTP_MEDIA_HTML] = "text/html",
	};

	for (char *member; (member = next_member(&value)) != NULL;) {
		char *type = strsep(&member, ";");

		for (int i = 0; i < HTTP_MEDIA_COUNT; i++) {
			uint16_t permille;

			if (strcasecmp(trim(type), types[i]) != 0)
				continue;
			permille = quality(member);
			if (permille > p->request->accept_permille[i])
				p->request->accept_permille[i] = permille;
			break;
		}
	}
	return true;
}

static bool
take_content_type(struct parse *p, char *value)
{
	p->request->content_type = value;
	return true;
}

static bool
take_last_event_id(struct parse *p, char *value)
{
	p->request->last_event_id = value;
	return true;
}

static bool
take_origin(struct parse *p, char *value)
{
	(void)value;
	p->request->has_origin = true;
	return true;
}

static const struct {
	const char *name;
	bool (*take)(struct parse *p, char *value);
} fields[] = {
    {"Host", take_host},
    {"Connection", take_connection},
    {"Content-Length", take_content_length},
    {"Transfer-Encoding", take_transfer_encoding},
    {"Expect", take_expect},
    {"Accept", take_accept},
    {"Content-Type", take_content_type},
    {"Last-Event-ID", take_last_event_id},
    {"Origin", take_origin},
};

/* name ":" blanks value blanks (RFC 9112 section 5). */
static bool
take_field(struct parse *p, char *line)
{
	char *value = strchr(line, ':');

	if (value == NULL)
		return refuse(p->fault, 400, "A header field has no colon.");
	*value++ = '\0';
	if (!is_token(line))
		return refuse(p->fault, 400,
		    "The name of a header field is empty, or holds a blank or a character that no "
		    "name may have.");
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (strcasecmp(line, fields[i].name) == 0)
			return fields[i].take(p, trim(value));
	}
	return true;
}

/* "http://authority/path": the authority moves two places to the left, so that it can be ended, and
 * an empty path be "/". */
static char *
split_absolute(struct parse *p, char *target)
{
	char *authority = target + sizeof("http://") - 1, *host = authority - 2;
	size_t len = strcspn(authority, "/?");
	bool has_path = authority[len] == '/';

	memmove(host, authority, len);
	host[len] = '\0';
	host[len + 1] = '/';
	p->request->host = host;
	return has_path ? authority + len : host + len + 1;
}

static bool
take_target(struct parse *p, char *target)
{
	for (const char *c = target; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~' || *c == '#')
			return refuse(p->fault, 400,
			    "The target of the request holds a character that has to be written as "
			    "%XX.");
	}
	if (strncasecmp(target, "http://", 7) == 0)
		target = split_absolute(p, target);
	else if (target[0] != '/')
		return refuse(p->fault, 400,
		    "The target of the request has to be a path, such as /v1/status.");
	p->request->query = strchr(target, '?');
	if (p->request->query != NULL)
		*p->request->query++ = '\0';
	p->request->path = target;
	return true;
}

/* method SP target SP version (RFC 9112 section 3). */
static bool
take_request_line(struct parse *p, char *line)
{
	static const char *const methods[] = {
	    [HTTP_GET] = "GET", [HTTP_HEAD] = "HEAD", [HTTP_POST] = "POST"};
	char *method = strsep(&line, " "), *target = strsep(&line, " "), *version = line;

	if (version == NULL || !is_token(method))
		return refuse(p->fault, 400,
		    "The first line of a request is a method, a path and HTTP/1.1, each after one "
		    "space.");
	if (strncmp(version, "HTTP/", 5) != 0 || !is_digit(version[5]) || version[6] != '.' ||
	    !is_digit(version[7]) || version[8] != '\0')
		return refuse(p->fault, 400, "The first line of a request has to end in HTTP/1.1.");
	if (version[5] != '1')
		return refuse(p->fault, 505, "Only HTTP/1.1 and HTTP/1.0 are spoken here.");
	p->request->minor = version[7] == '0' ? 0 : 1;
	p->request->close = p->request->minor == 0;
	p->request->method = HTTP_OTHER;
	for (int i = HTTP_GET; i < HTTP_OTHER; i++) {
		if (strcmp(method, methods[i]) == 0)
			p->request->method = (enum http_method)i;
	}
	return take_target(p, target);
}

/* The rules that span fields. */
static bool
check_whole(struct parse *p)
{
	if (p->request->minor > 0 && !p->has_host)
		return refuse(p->fault, 400, "A request of HTTP/1.1 needs the field Host.");
	if (p->has_encoding && p->request->has_length)
		return refuse(p->fault, 400,
		    "Transfer-Encoding and Content-Length exclude each other; send "
		    "Content-Length.");
	if (p->has_encoding)
		return refuse(
		    p->fault, 411, "A body has to come with Content-Length, not in chunks.");
	return true;
}

/* Finds the empty line that ends the head, within max bytes. */
static enum http_parse
find_end(const char *bytes, size_t len, size_t max, size_t *ret_end, struct http_fault *fault)
{
	size_t at = 0, lines = 0;

	for (const char *lf; (lf = memchr(bytes + at, '\n', len - at)) != NULL; lines++) {
		size_t end = (size_t)(lf - bytes) + 1;

		if (end > max)
			break;
		if (end - at < 2 || lf[-1] != '\r') {
			(void)refuse(fault, 400, "A line of the request does not end in CR LF.");
			return HTTP_PARSE_FAULT;
		}
		if (end - at == 2) {
			*ret_end = end;
			return HTTP_PARSE_DONE;
		}
		at = end;
	}
	if (len < max)
		return HTTP_PARSE_MORE;
	if (lines == 0)
		(void)refuse(fault, 414, "The target of a request may have up to 8000 bytes.");
	else
		(void)refuse(fault, 431, "The head of a request may have up to 8192 bytes in all.");
	return HTTP_PARSE_FAULT;
}

static bool
is_clean(const char *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)bytes[i];

		if ((c < ' ' && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

enum http_parse
http_request_parse(
    char *bytes, size_t len, struct http_request *ret_request, struct http_fault *ret_fault)
{
	struct http_request request = {.method = HTTP_OTHER};
	struct parse p = {.request = &request, .fault = ret_fault};
	size_t start = 0, end = 0;
	const char *last;
	enum http_parse found;

	/* RFC 9112 section 2.2: empty lines before a request are skipped. */
	while (len - start >= 2 && start + 2 <= HTTP_HEADERS_MAX_BYTES && bytes[start] == '\r' &&
	       bytes[start + 1] == '\n')
		start += 2;
	found =
	    find_end(bytes + start, len - start, HTTP_HEADERS_MAX_BYTES - start, &end, ret_fault);
	if (found != HTTP_PARSE_DONE)
		return found;
	request.head_bytes = start + end;
	last = bytes + start + end - 2; /* the empty line */
	for (char *line = bytes + start; line < last;) {
		char *cr = memchr(line, '\r', (size_t)(last - line));

		if (cr[1] != '\n' || !is_clean(line, (size_t)(cr - line))) {
			(void)refuse(
			    ret_fault, 400, "The head of the request holds a control character.");
			return HTTP_PARSE_FAULT;
		}
		*cr = '\0';
		if (!(request.path == NULL ? take_request_line(&p, line) : take_field(&p, line)))
			return HTTP_PARSE_FAULT;
		line = cr + 2;
	}
	if (!check_whole(&p))
		return HTTP_PARSE_FAULT;
	*ret_request = request;
	return HTTP_PARSE_DONE;
}
