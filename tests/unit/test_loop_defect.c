/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The look at libevent at start: with the real one, and with its server replaced by one that ends
 * the process in the ways that a defective one does (linked with --wrap=evhttp_accept_socket).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <event2/event.h>
#include <event2/http.h>
#include <signal.h>
#include <stdlib.h>

#include "shell/loop_defect.h"

static enum { HONEST, FAILED_ASSERTION, BAD_POINTER, REFUSES } server;

int __real_evhttp_accept_socket(struct evhttp *http, evutil_socket_t fd);
int __wrap_evhttp_accept_socket(struct evhttp *http, evutil_socket_t fd);

int
__wrap_evhttp_accept_socket(struct evhttp *http, evutil_socket_t fd)
{
	if (server == FAILED_ASSERTION)
		abort();
	if (server == BAD_POINTER) {
		(void)signal(SIGSEGV, SIG_DFL); /* cmocka has a handler of its own */
		(void)raise(SIGSEGV);
	}
	return server == HONEST ? __real_evhttp_accept_socket(http, fd) : -1;
}

static void
test_loop_defect_a_libevent_that_serves_is_sound(void **state)
{
	server = HONEST;
	assert_false(loop_libevent_is_defective());
}

static void
test_loop_defect_a_failed_assertion_is_seen(void **state)
{
	server = FAILED_ASSERTION;
	assert_true(loop_libevent_is_defective());
}

static void
test_loop_defect_a_crash_is_seen(void **state)
{
	server = BAD_POINTER;
	assert_true(loop_libevent_is_defective());
}

static void
test_loop_defect_what_cannot_be_tried_is_no_defect(void **state)
{
	server = REFUSES;
	assert_false(loop_libevent_is_defective());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_loop_defect_a_libevent_that_serves_is_sound),
	    cmocka_unit_test(test_loop_defect_a_failed_assertion_is_seen),
	    cmocka_unit_test(test_loop_defect_a_crash_is_seen),
	    cmocka_unit_test(test_loop_defect_what_cannot_be_tried_is_no_defect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
