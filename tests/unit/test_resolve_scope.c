/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Addresses with the name of an interface as their scope, while interfaces come, go and come back
 * under another index. Runs in a network namespace of its own.
 */
#include "resolve_fixture.h"

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>

static struct fixture fixture;

/* Interfaces late0 and late1, made or unmade. */
static bool
make(bool there)
{
	return system(there ? "ip link add late0 type veth peer name late1"
			    : "ip link delete late0") == 0;
}

static void
assert_scope(struct fixture *f, uint32_t target)
{
	char text[ADDR_TEXT_MAX];

	assert_int_not_equal(if_nametoindex("late0"), 0);
	(void)snprintf(text, sizeof(text), "fe80::7%%%u", if_nametoindex("late0"));
	resolve_network_changed(f->resolve);
	FIXTURE_WAIT(f, fixture_has_addresses(f, target, text));
}

static void
test_scope_follows_its_interface(void **state)
{
	struct fixture *f = &fixture;
	struct resolve_options options = fixture_setup(f);

	(void)state;
	/* so that the file is read again for the interface's sake, or not at all */
	options.tunables.files_max_ns = options.tunables.retry_min_ns =
	    options.tunables.retry_max_ns = NSEC_PER_HOUR;
	fixture_write(f->hosts, "fe80::7%%late0 router\n");
	fixture_open(f, &options);
	FIXTURE_SET(f, "fe80::7%late0", "router/6");
	fixture_assert_error(f, 0, -ENODEV, "no interface late0");
	assert_true(make(true));
	assert_scope(f, 0);
	assert_scope(f, 1); /* the hosts file's, too */
	assert_true(make(false));
	resolve_network_changed(f->resolve);
	FIXTURE_WAIT(f, f->answers[0].error == -ENODEV);
	assert_true(make(true)); /* the same name, another index */
	assert_scope(f, 0);
	assert_scope(f, 1);
	assert_true(make(false)); /* and once more, behind our back */
	assert_true(make(true));
	assert_scope(f, 0);
	assert_scope(f, 1);
	assert_true(make(false));
	fixture_teardown(f);
}

static void
test_scope_unchanged_is_not_told_again(void **state)
{
	struct fixture *f = &fixture;

	(void)state;
	FIXTURE_START(f, "fe80::7%lo", "fe80::7%late0");
	assert_true(make(true));
	assert_scope(f, 1);
	assert_int_equal(f->answers[0].n_answers, 1);
	assert_true(make(false));
	fixture_teardown(f);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_scope_follows_its_interface),
	    cmocka_unit_test(test_scope_unchanged_is_not_told_again),
	};

	if (getenv("ICMPMON_TEST_NETNS") == NULL) {
		(void)fprintf(stderr, "skipped: needs a network namespace of its own\n");
		return 77;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
