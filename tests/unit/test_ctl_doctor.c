/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpctl doctor: what is found, and that each finding says what to do.
 */
#include "unit.h"

#include <string.h>

#include "ctl/doctor.h"
#include "ctl/jv.h"

#define FINDINGS_MAX 32

static struct doctor_finding findings[FINDINGS_MAX];
static size_t n_findings;

static void
keep(void *arg, const struct doctor_finding *finding)
{
	(void)arg;
	assert_true(n_findings < FINDINGS_MAX);
	findings[n_findings++] = *finding;
}

static unsigned
examine(const char *json, const struct doctor_machine *machine)
{
	struct json_t *status = jv_parse(json, strlen(json));
	unsigned bad;

	assert_non_null(status);
	n_findings = 0;
	bad = doctor_examine(status, machine, keep, NULL);
	jv_free(status);
	return bad;
}

static const struct doctor_finding *
finding(const char *check)
{
	for (size_t i = 0; i < n_findings; i++) {
		if (strcmp(findings[i].check, check) == 0)
			return &findings[i];
	}
	fail_msg("%s was not checked", check);
	return NULL;
}

#define GOOD                                                                                   \
	"{\"version\":\"0.1.0\",\"uptime_s\":7200,\"rx_dropped\":0,\"probes\":{\"unsent\":0}," \
	"\"causes\":{},\"send_lag_ms\":{\"p50\":0.1,\"p99\":0.2,\"max\":1.5},"                 \
	"\"stamps\":\"kernel receive, interpolated send\",\"stamp_uncertain\":0,"              \
	"\"config\":{\"file\":\"/etc/icmpmon/icmpmond.conf\",\"last_reload_error\":null},"     \
	"\"sockets\":{\"ipv4\":{\"mode\":\"raw\",\"receive_buffer_bytes\":33554432},"          \
	"\"ipv6\":{\"mode\":\"raw\",\"receive_buffer_bytes\":33554432}},"                      \
	"\"receive_buffer_asked_bytes\":16777216,\"resolve_failures\":0,\"log_dropped\":0}"

TEST(test_ctl_doctor_of_a_good_machine_has_nothing_to_do)
{
	const struct doctor_machine machine = {"tsc", "1 0"};

	assert_int_equal(examine(GOOD, &machine), 0);
	assert_int_equal(n_findings, 12);
	for (size_t i = 0; i < n_findings; i++)
		assert_true(findings[i].good && findings[i].advice[0] == '\0');
	assert_string_equal(
	    finding("daemon")->text, "icmpmond 0.1.0, up 2h; what is counted here is since then");
	assert_string_equal(
	    finding("receive buffer")->text, "16.0 MiB granted, 16.0 MiB asked for");
	assert_string_equal(finding("unsent")->text, "no probes");
	assert_string_equal(
	    finding("ping_group_range")->text, "1 0 (not needed with a raw socket)");
}

TEST(test_ctl_doctor_says_what_to_do_about_each_fault)
{
	static const struct {
		const char *check, *from, *to, *advice;
	} cases[] = {
	    {"configuration", "\"last_reload_error\":null", "\"last_reload_error\":\"x:1: no\"",
		"icmpmond -t"},
	    {"sockets", "\"mode\":\"raw\"", "\"mode\":\"dgram\"", "cap_net_raw"},
	    {"receive buffer", "\"ipv4\":{\"mode\":\"raw\",\"receive_buffer_bytes\":33554432",
		"\"ipv4\":{\"mode\":\"raw\",\"receive_buffer_bytes\":425984",
		"net.core.rmem_max=16777216"},
	    {"receive drops", "\"rx_dropped\":0", "\"rx_dropped\":7", "receive_buffer"},
	    {"send lag", "\"p99\":0.2", "\"p99\":30", "priority"},
	    {"unsent", "\"unsent\":0},\"causes\":{}",
		"\"unsent\":9},\"causes\":{\"no_route\":7,\"skipped\":2}", "ip route get"},
	    {"unsent", "\"unsent\":0},\"causes\":{}",
		"\"unsent\":9},\"causes\":{\"not_permitted\":9}", "nft list"},
	    {"resolver", "\"resolve_failures\":0", "\"resolve_failures\":3", "resolv.conf"},
	    {"log", "\"log_dropped\":0", "\"log_dropped\":3", "reader"},
	};
	const struct doctor_machine machine = {"tsc", "1 0"};

	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *at = strstr(GOOD, cases[i].from);
		char json[2048];

		assert_non_null(at);
		(void)snprintf(json, sizeof(json), "%.*s%s%s", (int)(at - GOOD), GOOD, cases[i].to,
		    at + strlen(cases[i].from));
		assert_int_equal(examine(json, &machine), 1);
		assert_false(finding(cases[i].check)->good);
		assert_non_null(strstr(finding(cases[i].check)->advice, cases[i].advice));
	}
	assert_int_equal(examine(GOOD, &(const struct doctor_machine){.clock_source = "hpet"}), 1);
	assert_false(finding("clock source")->good);
}

TEST(test_ctl_doctor_of_an_empty_status_neither_fails_nor_praises)
{
	const struct doctor_machine machine = {"", ""};

	assert_true(examine("{}", &machine) > 0);
	assert_false(finding("sockets")->good);
	assert_string_equal(finding("clock source")->text, "not told by this machine");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ctl_doctor_of_a_good_machine_has_nothing_to_do),
	    cmocka_unit_test(test_ctl_doctor_says_what_to_do_about_each_fault),
	    cmocka_unit_test(test_ctl_doctor_of_an_empty_status_neither_fails_nor_praises),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
