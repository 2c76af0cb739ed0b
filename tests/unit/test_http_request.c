/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The pure half of the stats server: heads of requests, forms, paths, hosts.
 */
#include "unit.h"

#include "shell/http_request.h"

#define HOST "Host: x\r\n"

static char bytes[2 * HTTP_HEADERS_MAX_BYTES];
static struct http_request request;
static struct http_fault fault;

static enum http_parse
parse(const char *text)
{
	memset(&request, 0, sizeof(request));
	memset(&fault, 0, sizeof(fault));
	strcpy(bytes, text);
	return http_request_parse(bytes, strlen(bytes), &request, &fault);
}

TEST(test_request_head_is_taken_apart)
{
	assert_int_equal(parse("GET /v1/targets?state=down&name=a%2A HTTP/1.1\r\nHost: x:80\r\n"
			       "accept: text/html;q=0.5, text/event-stream ; q=0.25 ,*/*\r\n"
			       "Last-Event-ID:  4711 \r\nOrigin: http://x\r\n\r\nrest"),
	    HTTP_PARSE_DONE);
	assert_int_equal(request.method, HTTP_GET);
	assert_int_equal(request.minor, 1);
	assert_string_equal(request.path, "/v1/targets");
	assert_string_equal(request.query, "state=down&name=a%2A");
	assert_string_equal(request.host, "x:80");
	assert_string_equal(request.last_event_id, "4711");
	assert_int_equal(request.accept_permille[HTTP_MEDIA_HTML], 500);
	assert_int_equal(request.accept_permille[HTTP_MEDIA_EVENTS], 250);
	assert_int_equal(request.accept_permille[HTTP_MEDIA_TEXT], 0);
	assert_true(request.has_origin);
	assert_false(request.close);
	assert_int_equal(request.body_bytes, 0);
	assert_string_equal(bytes + request.head_bytes, "rest");
}

TEST(test_request_needs_all_bytes_of_its_head)
{
	static const char whole[] = "\r\nPOST / HTTP/1.0\r\nContent-Length: 7\r\n\r\n";

	for (size_t len = 0; len < sizeof(whole) - 1; len++) {
		strcpy(bytes, whole);
		assert_int_equal(http_request_parse(bytes, len, &request, &fault), HTTP_PARSE_MORE);
		assert_string_equal(bytes, whole);
	}
	assert_int_equal(parse(whole), HTTP_PARSE_DONE);
	assert_int_equal(request.head_bytes, sizeof(whole) - 1);
	assert_int_equal(request.method, HTTP_POST);
	assert_int_equal(request.minor, 0);
	assert_true(request.close);
	assert_int_equal(request.body_bytes, 7);
}

TEST(test_request_absolute_target_names_the_host)
{
	assert_int_equal(parse("GET http://Y:9/a?b HTTP/1.1\r\n" HOST "\r\n"), HTTP_PARSE_DONE);
	assert_string_equal(request.host, "Y:9");
	assert_string_equal(request.path, "/a");
	assert_string_equal(request.query, "b");
	assert_int_equal(parse("GET http://y HTTP/1.1\r\n" HOST "\r\n"), HTTP_PARSE_DONE);
	assert_string_equal(request.host, "y");
	assert_string_equal(request.path, "/");
	assert_null(request.query);
	assert_int_equal(parse("GET http://?q HTTP/1.1\r\n" HOST "\r\n"), HTTP_PARSE_DONE);
	assert_string_equal(request.host, "");
	assert_string_equal(request.path, "/");
	assert_string_equal(request.query, "q");
}

TEST(test_request_connection_and_expect)
{
	assert_int_equal(
	    parse("GET / HTTP/1.1\r\n" HOST "Connection: upgrade, Close\r\n\r\n"), HTTP_PARSE_DONE);
	assert_true(request.close);
	assert_int_equal(
	    parse("POST / HTTP/1.1\r\n" HOST "Expect: 100-Continue\r\nContent-Length: 1\r\n\r\n"),
	    HTTP_PARSE_DONE);
	assert_true(request.expect_continue);
}

TEST(test_request_accept_is_the_best_of_all_lines)
{
	assert_int_equal(parse("GET / HTTP/1.1\r\n" HOST "Accept: text/plain;q=0.3\r\n"
			       "Accept: text/plain ;version=0.0.4; Q=0.4,text/plain;q=0\r\n"
			       "Accept: application/openmetrics-text;version=1.0.0\r\n\r\n"),
	    HTTP_PARSE_DONE);
	assert_int_equal(request.accept_permille[HTTP_MEDIA_TEXT], 400);
	assert_int_equal(request.accept_permille[HTTP_MEDIA_OPENMETRICS], 1000);
	assert_int_equal(
	    parse("GET / HTTP/1.1\r\n" HOST "Accept: text/plain;q=9.9999999999\r\n\r\n"),
	    HTTP_PARSE_DONE);
	assert_int_equal(request.accept_permille[HTTP_MEDIA_TEXT], 1000);
}

TEST(test_request_faults)
{
	static const struct {
		int status;
		const char *text;
	} faults[] = {
	    {400, "GET / HTTP/1.1\nHost: x\n\n"},
	    {400, "GET / HTTP/1.1\r\nHost: x\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST HOST "\r\n"},
	    {400, "GET /\r\n\r\n"},
	    {400, "\rGET / HTTP/1.1\r\nHost: x\r\n\r\n"},
	    {400, "\rx\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "\rx\r\nContent-Length: 1\r\n\r\n"},
	    {400, "GET  / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET / HTTP/1.1 \r\n" HOST "\r\n"},
	    {400, "GET / http/1.1\r\n" HOST "\r\n"},
	    {400, "GET v1 HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "OPTIONS * HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /a#b HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /\x80 HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "GET /\tx HTTP/1.1\r\n" HOST "\r\n"},
	    {400, "G(T / HTTP/1.1\r\n" HOST "\r\n"},
	    {400, " GET / HTTP/1.1\r\n" HOST "\r\n"},
	    {505, "GET / HTTP/2.0\r\n" HOST "\r\n"},
	    {505, "PRI * HTTP/2.0\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\nHost : x\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST " folded\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "nocolon\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "a: \x01\r\n\r\n"},
	    {400, "GET / HTTP/1.1\r\n" HOST "a: b\rc\r\n\r\n"},
	    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: -1\r\n\r\n"},
	    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: \r\n\r\n"},
	    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1, 1\r\n\r\n"},
	    {400, "POST / HTTP/1.1\r\n" HOST "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"},
	    {400, "POST / HTTP/1.1\r\n" HOST
		  "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"},
	    {411, "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"},
	    {413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 65537\r\n\r\n"},
	    {413, "POST / HTTP/1.1\r\n" HOST "Content-Length: 100000000000000000000000\r\n\r\n"},
	    {417, "POST / HTTP/1.1\r\n" HOST "Expect: miracles\r\n\r\n"},
	};

	for (size_t i = 0; i < COUNT(faults); i++) {
		enum http_parse result = parse(faults[i].text);

		if (result != HTTP_PARSE_FAULT || fault.status != faults[i].status)
			fail_msg(
			    "%d and not %d: %s", fault.status, faults[i].status, faults[i].text);
		assert_non_null(fault.detail);
	}
}

TEST(test_request_nul_is_a_fault)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: a\0b\r\n\r\n";

	memcpy(bytes, text, sizeof(text));
	assert_int_equal(
	    http_request_parse(bytes, sizeof(text) - 1, &request, &fault), HTTP_PARSE_FAULT);
	assert_int_equal(fault.status, 400);
}

/* A request of exactly len bytes, most of them in its line or in a field. */
static enum http_parse
parse_long(size_t len, bool in_line)
{
	const char *before = in_line ? "GET /" : "GET / HTTP/1.1\r\nHost: x\r\na: ";
	const char *after = in_line ? " HTTP/1.1\r\nHost: x\r\n\r\n" : "\r\n\r\n";
	size_t pad = len - strlen(before) - strlen(after);

	strcpy(bytes, before);
	memset(bytes + strlen(before), 'x', pad);
	strcpy(bytes + strlen(before) + pad, after);
	return http_request_parse(bytes, len, &request, &fault);
}

TEST(test_request_head_has_a_limit)
{
	assert_int_equal(parse_long(HTTP_HEADERS_MAX_BYTES, false), HTTP_PARSE_DONE);
	assert_int_equal(parse_long(HTTP_HEADERS_MAX_BYTES, true), HTTP_PARSE_DONE);
	assert_int_equal(parse_long(HTTP_HEADERS_MAX_BYTES + 1, false), HTTP_PARSE_FAULT);
	assert_int_equal(fault.status, 431);
	memset(bytes, 'x', sizeof(bytes));
	assert_int_equal(http_request_parse(bytes, HTTP_HEADERS_MAX_BYTES - 1, &request, &fault),
	    HTTP_PARSE_MORE);
	assert_int_equal(
	    http_request_parse(bytes, HTTP_HEADERS_MAX_BYTES, &request, &fault), HTTP_PARSE_FAULT);
	assert_int_equal(fault.status, 414);
	memcpy(bytes, "\r\n", 2); /* empty lines before it count too */
	assert_int_equal(
	    http_request_parse(bytes, HTTP_HEADERS_MAX_BYTES, &request, &fault), HTTP_PARSE_FAULT);
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = i % 2 == 0 ? '\r' : '\n';
	assert_int_equal(
	    http_request_parse(bytes, sizeof(bytes), &request, &fault), HTTP_PARSE_FAULT);
}

TEST(test_decode_percent_and_plus)
{
	char text[] = "a%20b+c%2f%FF", same[] = "+";

	assert_true(http_decode(text, true));
	assert_string_equal(text, "a b c/\xff");
	assert_true(http_decode(same, false));
	assert_string_equal(same, "+");
	for (size_t i = 0; i < 5; i++) {
		char broken[][4] = {"%", "%1", "%g0", "%0g", "%00"};

		assert_false(http_decode(broken[i], true));
	}
}

TEST(test_form_is_split_and_decoded)
{
	char text[] = "&target=a%3D1&&why=new+fibre&flag&=v&";
	struct http_form form;

	assert_true(http_form_parse(text, &form, &fault));
	assert_int_equal(form.n, 4);
	assert_string_equal(http_form_get(&form, "target"), "a=1");
	assert_string_equal(http_form_get(&form, "why"), "new fibre");
	assert_string_equal(http_form_get(&form, "flag"), "");
	assert_string_equal(http_form_get(&form, ""), "v");
	assert_null(http_form_get(&form, "targe"));
	assert_true(http_form_parse(NULL, &form, &fault));
	assert_int_equal(form.n, 0);
}

TEST(test_form_has_limits)
{
	char full[] = "a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a",
	     more[] = "a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a&a", broken[] = "a=%zz";
	struct http_form form;

	assert_true(http_form_parse(full, &form, &fault));
	assert_int_equal(form.n, HTTP_FORM_FIELDS_MAX);
	assert_false(http_form_parse(more, &form, &fault));
	assert_int_equal(fault.status, 400);
	assert_false(http_form_parse(broken, &form, &fault));
	assert_int_equal(fault.status, 400);
}

TEST(test_path_is_split_before_it_is_decoded)
{
	char root[] = "/", deep[] = "/v1/a%2Fb/c", tail[] = "/v1/", many[] = "/a/b/c/d",
	     broken[] = "/%0";
	char *parts[3];

	assert_int_equal(http_path_split(root, parts, 3), 0);
	assert_int_equal(http_path_split(deep, parts, 3), 3);
	assert_string_equal(parts[1], "a/b");
	assert_int_equal(http_path_split(tail, parts, 3), 2);
	assert_string_equal(parts[1], "");
	assert_int_equal(http_path_split(many, parts, 3), -1);
	assert_int_equal(http_path_split(broken, parts, 3), -2);
}

TEST(test_host_that_rebinding_could_forge_is_refused)
{
	static const char *const good[] = {"127.0.0.1", "127.0.0.1:9100", "[::1]", "[::1]:9100",
	    "[fe80::1%25eth0]:80", "localhost", "LocalHost:1", "mon1", "MON1:80", "192.0.2.7:80"};
	static const char *const bad[] = {"", ":80", "evil.example", "evil.example:80",
	    "mon1.evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1",
	    "[::1]x", "[evil]", "::1", "127.0.0.1:80x", "127.0.0.1:80:80", "0x7f000001",
	    "2130706433", "localhost:evil.example", "127.1"};

	for (size_t i = 0; i < COUNT(good); i++) {
		if (!http_host_allowed(good[i], "mon1"))
			fail_msg("%s", good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (http_host_allowed(bad[i], "mon1"))
			fail_msg("%s", bad[i]);
	}
	assert_false(http_host_allowed("", ""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_request_head_is_taken_apart),
	    cmocka_unit_test(test_request_needs_all_bytes_of_its_head),
	    cmocka_unit_test(test_request_absolute_target_names_the_host),
	    cmocka_unit_test(test_request_connection_and_expect),
	    cmocka_unit_test(test_request_accept_is_the_best_of_all_lines),
	    cmocka_unit_test(test_request_faults),
	    cmocka_unit_test(test_request_nul_is_a_fault),
	    cmocka_unit_test(test_request_head_has_a_limit),
	    cmocka_unit_test(test_decode_percent_and_plus),
	    cmocka_unit_test(test_form_is_split_and_decoded),
	    cmocka_unit_test(test_form_has_limits),
	    cmocka_unit_test(test_path_is_split_before_it_is_decoded),
	    cmocka_unit_test(test_host_that_rebinding_could_forge_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
