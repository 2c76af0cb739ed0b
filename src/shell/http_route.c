/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The resources as one table, and the way of a request to its own: host, path, method, permission,
 * form, engine; the first that is wrong is answered with one sentence.
 */
#include <string.h>
#include <strings.h>

#include "shell/http_internal.h"

#define PARTS_MAX 4
#define KEYS_MAX 4

struct resource {
	const char *path; /* '*' is a name */
	enum http_method method; /* HTTP_GET includes HEAD */
	bool engine; /* needs one */
	const char *keys[KEYS_MAX + 1]; /* of the query, or of the body of a POST */
	void (*begin)(struct http_exchange *x);
	const char *what;
};

static const struct resource resources[] = {
    {"/", HTTP_GET, false, {NULL}, http_get_index, "this list"},
    {"/healthz", HTTP_GET, false, {NULL}, http_get_healthz,
	"200 while the loop runs and due probes are attempted"},
    {"/readyz", HTTP_GET, false, {NULL}, http_get_readyz, "200 once probing has begun"},
    {"/metrics", HTTP_GET, true, {"group", "name"}, http_get_metrics,
	"all metrics for Prometheus; OpenMetrics when Accept asks for it"},
    {"/v1/status", HTTP_GET, true, {NULL}, http_get_status,
	"the daemon and the health of the measurement itself"},
    {"/v1/targets", HTTP_GET, true, {"state", "group", "name", "window"}, http_get_targets,
	"all targets; group and name may hold * and ?, states are separated by commas"},
    {"/v1/targets/*", HTTP_GET, true, {"window"}, http_get_target, "one target"},
    {"/v1/targets/*/probes", HTTP_GET, true, {"last"}, http_get_probes,
	"the last probes of one target"},
    {"/v1/groups", HTTP_GET, true, {NULL}, http_get_groups, "groups with quorum and state"},
    {"/v1/events", HTTP_GET, true, {"since", "follow", "target"}, http_get_events,
	"what happened, one JSON object a line; follow=1 goes on; server-sent events when Accept "
	"asks for text/event-stream"},
    {"/v1/events/*", HTTP_GET, true, {NULL}, http_get_event, "one event"},
    {"/v1/reload", HTTP_POST, false, {NULL}, http_post_reload,
	"reads the configuration again, and answers when that is done"},
    {"/v1/pause", HTTP_POST, true, {"target", "for", "why"}, http_post_pause,
	"stops probing a target"},
    {"/v1/resume", HTTP_POST, true, {"target"}, http_post_resume, "probes it again"},
};

#define RESOURCES (sizeof(resources) / sizeof(resources[0]))

/* True when the parts of a path are those of a pattern; *ret_name is the one that '*' stands for.
 */
static bool
matches(const char *pattern, char *const parts[], int n, const char **ret_name)
{
	const char *name = NULL;

	for (int i = 0; i < n; i++) {
		size_t len;

		if (*pattern != '/')
			return false;
		len = strcspn(++pattern, "/");
		if (len == 1 && *pattern == '*' && parts[i][0] != '\0')
			name = parts[i];
		else if (strlen(parts[i]) != len || memcmp(parts[i], pattern, len) != 0)
			return false;
		pattern += len;
	}
	if (*pattern != '\0' && n > 0)
		return false;
	*ret_name = name;
	return n > 0 || strcmp(pattern, "/") == 0;
}

static const struct resource *
find(struct http_exchange *x)
{
	char *parts[PARTS_MAX];
	int n = http_path_split(x->request.path, parts, PARTS_MAX);

	for (size_t i = 0; i < RESOURCES && n >= 0; i++) {
		if (matches(resources[i].path, parts, n, &x->name))
			return &resources[i];
	}
	http_problem(x, n == -2 ? 400 : 404, "%s",
	    n == -2 ? "The path holds a '%' that is not followed by two hexadecimal digits other "
		      "than 00."
		    : "There is nothing at this path; GET / lists what there is.");
	return NULL;
}

static bool
host_is_ours(struct http_exchange *x)
{
	const struct http_request *request = &x->request;

	if (!x->tcp || request->host == NULL || http_host_allowed(request->host, x->http->machine))
		return true;
	http_problem(x, 421,
	    "The field Host has to be an address, localhost%s%s: another name could be one that "
	    "was made to point here.",
	    x->http->machine[0] != '\0' ? " or " : "", x->http->machine);
	return false;
}

static bool
method_is_allowed(struct http_exchange *x, const struct resource *resource)
{
	bool get = x->request.method == HTTP_GET || x->request.method == HTTP_HEAD;

	if (resource->method == HTTP_POST ? x->request.method == HTTP_POST : get)
		return true;
	x->allow = resource->method == HTTP_POST ? "POST" : "GET, HEAD";
	http_problem(x, 405, "This resource takes %s only.",
	    resource->method == HTTP_POST ? "POST" : "GET and HEAD");
	return false;
}

/* Who may command, and that it is a program of theirs and no web page that speaks for them. */
static bool
command_is_allowed(struct http_exchange *x)
{
	if (x->tcp)
		http_problem(x, 403, "Commands are taken on the unix socket only.");
	else if (!http_peer_may_command(x->fd, x->http->admin_gid))
		http_problem(x, 403,
		    "Commands are taken from root, from the daemon's own user and from members of "
		    "admin_group only.");
	else if (x->request.has_origin)
		http_problem(x, 403, "Commands are not taken from web pages.");
	else
		return true;
	return false;
}

/* The fields that count: of the query, or of the body of a command. */
static bool
parse_form(struct http_exchange *x)
{
	static const char form_type[] = "application/x-www-form-urlencoded";
	struct http_fault fault;

	if (x->request.method == HTTP_POST) {
		const char *type = x->request.content_type;
		size_t len = type == NULL ? 0 : strcspn(type, "; \t");

		if (type != NULL &&
		    (len != sizeof(form_type) - 1 || strncasecmp(type, form_type, len) != 0)) {
			http_problem(x, 415, "The body has to be %s.", form_type);
			return false;
		}
		if (x->request.query != NULL) {
			http_problem(x, 400, "The fields of a command stand in its body.");
			return false;
		}
		if (x->body_text != NULL && strlen(x->body_text) != x->request.body_bytes) {
			http_problem(x, 400, "The body holds a NUL byte.");
			return false;
		}
	}
	if (http_form_parse(
		x->request.method == HTTP_POST ? x->body_text : x->request.query, &x->form, &fault))
		return true;
	http_problem(x, fault.status, "%s", fault.detail);
	return false;
}

static void
refuse_key(struct http_exchange *x, const struct resource *resource, const char *key)
{
	char known[128];
	struct text t;

	text_init(&t, known, sizeof(known));
	for (int i = 0; resource->keys[i] != NULL; i++)
		text_printf(&t, "%s%s", i > 0 ? ", " : "", resource->keys[i]);
	http_problem(x, 400, "%.64s is no field of this resource; it knows %s.", key,
	    known[0] == '\0' ? "none" : known);
}

/* Every key is known, and only state may come more than once. */
static bool
check_keys(struct http_exchange *x, const struct resource *resource)
{
	for (uint32_t i = 0; i < x->form.n; i++) {
		const char *key = x->form.fields[i].key;
		int k = 0;

		while (resource->keys[k] != NULL && strcmp(resource->keys[k], key) != 0)
			k++;
		if (resource->keys[k] == NULL) {
			refuse_key(x, resource, key);
			return false;
		}
		if (http_form_get(&x->form, key) != x->form.fields[i].value &&
		    strcmp(key, "state") != 0) {
			http_problem(x, 400, "%s is there twice.", key);
			return false;
		}
	}
	return true;
}

void
http_route(struct http_exchange *x)
{
	const struct resource *resource;

	if (!host_is_ours(x))
		return;
	resource = find(x);
	if (resource == NULL || !method_is_allowed(x, resource))
		return;
	if (resource->method == HTTP_POST && !command_is_allowed(x))
		return;
	if (!parse_form(x) || !check_keys(x, resource))
		return;
	if (resource->engine && http_engine(x) == NULL)
		http_problem(x, 503, "There is no engine yet; ask again in a moment.");
	else
		resource->begin(x);
}

struct monitor *
http_engine(const struct http_exchange *x)
{
	return x->http->source.monitor(x->http->source.arg);
}

const char *
http_given(const struct http_exchange *x, const char *key)
{
	const char *value = http_form_get(&x->form, key);

	return value != NULL && value[0] != '\0' ? value : NULL;
}

static void
add_keys(struct text *t, const struct resource *resource)
{
	for (int i = 0; resource->keys[i] != NULL; i++)
		text_printf(t, "%s%s", i == 0 ? (resource->method == HTTP_POST ? " " : "?") : "&",
		    resource->keys[i]);
}

static enum http_more
index_text(struct http_exchange *x, struct text *t)
{
	(void)x;
	text_add(t, "icmpmond, a monitor of latency and loss by ICMP\n\n");
	for (size_t i = 0; i < RESOURCES; i++) {
		size_t mark = t->len;

		text_printf(t, "%-4s %s", resources[i].method == HTTP_POST ? "POST" : "GET",
		    resources[i].path);
		add_keys(t, &resources[i]);
		text_printf(t, "%*s  %s\n", (int)(t->len - mark < 50 ? 50 - (t->len - mark) : 0),
		    "", resources[i].what);
	}
	return HTTP_END;
}

static enum http_more
index_html(struct http_exchange *x, struct text *t)
{
	(void)x;
	text_add(t, "<!DOCTYPE html>\n<html lang=\"en\"><title>icmpmond</title>\n"
		    "<h1>icmpmond</h1>\n<p>A monitor of latency and loss by ICMP.</p>\n<dl>\n");
	for (size_t i = 0; i < RESOURCES; i++) {
		const struct resource *r = &resources[i];
		bool link = r->method == HTTP_GET && strchr(r->path, '*') == NULL;

		text_add(t, "<dt>");
		if (link)
			text_printf(t, "<a href=\"%s\">", r->path);
		text_printf(t, "%s %s", r->method == HTTP_POST ? "POST" : "GET", r->path);
		text_add(t, link ? "</a>" : "");
		text_printf(t, "<dd>%s", r->what);
		if (r->keys[0] != NULL) {
			text_add(t, ": ");
			for (int k = 0; r->keys[k] != NULL; k++)
				text_printf(t, "%s%s", k > 0 ? ", " : "", r->keys[k]);
		}
		text_add(t, "\n");
	}
	text_add(t, "</dl>\n");
	return HTTP_END;
}

void
http_get_index(struct http_exchange *x)
{
	if (x->request.accept_permille[HTTP_MEDIA_HTML] > 0)
		http_answer(x, "text/html; charset=utf-8", index_html);
	else
		http_answer(x, "text/plain; charset=utf-8", index_text);
}
