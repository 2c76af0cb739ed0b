/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Status, groups, probes and events as JSON, read back by another library.
 */
#include "unit.h"

#include "core/render_json.h"
#include "json_text.h"

TEST(test_render_json_status_of_the_contract)
{
	static const struct report_status s = {.probes = {.attempts = 10, .sent = 9, .unsent = 1},
	    .targets_total = 3,
	    .states = {0, 2, 1},
	    .probes_per_s = 5,
	    .lag_p50_ns = 100000,
	    .lag_p99_ns = 200000,
	    .lag_max_ns = 1500000,
	    .probes.causes[LABEL_TIMEOUT] = 3,
	    .icmp_unmatched[ICMP_TYPE_REDIRECT] = 2,
	    .rx_dropped = {1, 2},
	    .last_event = 7};
	struct render_daemon d = {.version = "0.1.0",
	    .instance = "",
	    .started_wall_ns = AT,
	    .uptime_ns = 1500 * NSEC_PER_MSEC,
	    .stamps = "kernel receive, interpolated send",
	    .rx_mode = {"raw", "none"},
	    .receive_buffer_bytes = {16777216, 0},
	    .config_file = "/etc/icmpmon/icmpmond.conf",
	    .receive_buffer_asked_bytes = 8388608,
	    .config_loaded_wall_ns = AT,
	    .last_reload_ok = true,
	    .last_reload_error = "",
	    .http_connections = 1};
	struct report_status odd = s;

	render_json_status(empty(), &s, &d);
	assert_string_equal(json_buf,
	    "{\"schema\":1,\"probes\":{\"attempts\":10,\"sent\":9,\"answered\":0,\"lost\":0,"
	    "\"late\":0,\"stale\":0,\"unreachable\":0,\"unmeasured\":0,\"unsent\":1,"
	    "\"in_flight\":0,\"duplicates\":0,\"reordered\":0,\"corrupt\":0,\"foreign\":0,"
	    "\"extra\":0},\"targets\":{\"total\":3,\"unknown\":0,\"up\":2,\"degraded\":1,"
	    "\"down\":0,\"paused\":0},\"probes_per_s\":5.0,\"send_lag_ms\":{\"p50\":0.1,"
	    "\"p99\":0.2,\"max\":1.5},\"causes\":{\"timeout\":3},"
	    "\"icmp_unmatched\":{\"destination_unreachable\":0,\"packet_too_big\":0,"
	    "\"time_exceeded\":0,\"parameter_problem\":0,\"source_quench\":0,\"redirect\":2,"
	    "\"other\":0},\"rx_dropped\":3,\"stamp_clamped\":0,\"stamp_uncertain\":0,"
	    "\"last_event\":7,\"stamps\":\"kernel receive, interpolated send\","
	    "\"version\":\"0.1.0\",\"instance\":\"\",\"started_at\":\"2026-11-23T10:41:07.120Z\","
	    "\"uptime_s\":1,\"config\":{\"file\":\"/etc/icmpmon/icmpmond.conf\","
	    "\"loaded_at\":\"2026-11-23T10:41:07.120Z\",\"last_reload_ok\":true,"
	    "\"last_reload_error\":null},\"sockets\":{\"ipv4\":{\"mode\":\"raw\","
	    "\"receive_buffer_bytes\":16777216},\"ipv6\":{\"mode\":\"none\","
	    "\"receive_buffer_bytes\":0}},\"receive_buffer_asked_bytes\":8388608,\"resolve_"
	    "failures\":0,\"log_dropped\":0,"
	    "\"http_connections\":1}");
	json_decref(parsed());
	d.last_reload_ok = false;
	d.last_reload_error = "a\"b\n";
	odd.probes_per_s = -1; /* never, but no number may break the object */
	render_json_status(empty(), &odd, &d);
	assert_non_null(strstr(json_buf, "\"probes_per_s\":0.0,"));
	assert_non_null(strstr(json_buf, "\"last_reload_error\":\"a\\\"b\\n\""));
	odd.probes_per_s = 1e300;
	render_json_status(empty(), &odd, &d);
	json_decref(parsed());
}

TEST(test_render_json_group_and_probe)
{
	struct report_group g = {.name = "wan",
	    .state = STATE_UP,
	    .quorum_need = 2,
	    .quorum_of = 3,
	    .members = 3,
	    .states = {0, 3}};
	struct report_probe p = {.sent_wall_ns = AT,
	    .seq = 65535,
	    .kind = PROBE_REGULAR,
	    .outcome = OUTCOME_ANSWERED,
	    .rtt_ns = 11812345,
	    .ttl = 57};
	json_t *root;

	render_json_group(empty(), &g);
	root = parsed();
	assert_int_equal(
	    json_integer_value(json_object_get(json_object_get(root, "quorum"), "need")), 2);
	json_decref(root);
	g.quorum_need = 0;
	render_json_group(empty(), &g);
	root = parsed();
	assert_true(json_is_null(json_object_get(root, "quorum")));
	json_decref(root);
	render_json_probe(empty(), &p);
	assert_string_equal(json_buf,
	    "{\"sent_at\":\"2026-11-23T10:41:07.120Z\",\"seq\":65535,\"flow\":0,"
	    "\"kind\":\"regular\",\"outcome\":\"answered\",\"late\":false,\"rtt_ms\":11.812345,"
	    "\"ttl\":57,\"cause\":null}");
	p = (struct report_probe){.outcome = OUTCOME_UNSENT,
	    .rtt_ns = -1,
	    .ttl = -1,
	    .cause = {.kind = CAUSE_SEND, .error = 113}};
	render_json_probe(empty(), &p);
	assert_string_equal(json_buf,
	    "{\"sent_at\":null,\"seq\":0,\"flow\":0,\"kind\":\"regular\",\"outcome\":\"unsent\","
	    "\"late\":false,\"rtt_ms\":null,\"ttl\":null,\"cause\":{\"kind\":\"send\","
	    "\"type\":null,\"code\":null,\"text\":\"no route to host\",\"rfc\":null,\"from\":null,"
	    "\"errno\":113}}");
	json_decref(parsed());
}

TEST(test_render_json_event_of_every_kind_is_read_back)
{
	for (int kind = 0; kind <= EVENT_KIND_COUNT; kind++) {
		struct event e = {.id = UINT64_MAX / 2,
		    .wall_ns = AT,
		    .kind = (uint8_t)kind,
		    .loss_ppm = -1,
		    .p50_ns = -1,
		    .p95_ns = -1,
		    .target = "a\"\n",
		    .alarm = "x",
		    .reason = "\xff\\"};
		json_t *root;

		render_json_event(empty(), &e);
		root = parsed();
		assert_string_equal(json_string_value(json_object_get(root, "event")),
		    event_kind_text((enum event_kind)kind));
		assert_string_equal(json_string_value(json_object_get(
					root, kind == EVENT_GROUP_STATE ? "group" : "target")),
		    "a\"\n");
		assert_int_equal(
		    json_integer_value(json_object_get(root, "priority")), event_priority(&e));
		assert_null(json_object_get(root, "loss_ratio"));
		json_decref(root);
	}
}

TEST(test_render_json_event_of_a_state_has_its_figures)
{
	struct event e = {.id = 4711,
	    .wall_ns = AT,
	    .kind = EVENT_STATE,
	    .state = STATE_DEGRADED,
	    .prev = STATE_UP,
	    .prev_ns = 86412500 * NSEC_PER_MSEC,
	    .loss_ppm = 66667,
	    .p50_ns = 11800000,
	    .p95_ns = 48200000,
	    .sent = 120,
	    .answered = 112,
	    .address = {.family = 4, .bytes = {192, 0, 2, 1}},
	    .target = "isp-gw",
	    .alarm = "loss",
	    .reason = "loss 6.7% > 5% over 1m"};

	render_json_event(empty(), &e);
	assert_string_equal(json_buf,
	    "{\"id\":4711,\"at\":\"2026-11-23T10:41:07.120Z\",\"event\":\"state\",\"priority\":4,"
	    "\"target\":\"isp-gw\",\"address\":\"192.0.2.1\",\"suppressed\":false,"
	    "\"state\":\"degraded\",\"prev\":\"up\",\"prev_s\":86412.5,\"alarm\":\"loss\","
	    "\"loss_ratio\":0.066667,\"p50_ms\":11.8,\"p95_ms\":48.2,\"sent\":120,"
	    "\"answered\":112,\"reason\":\"loss 6.7% > 5% over 1m\",\"message\":\"isp-gw "
	    "(192.0.2.1) DEGRADED: loss 6.7% > 5% over 1m\"}");
	e.alarm[0] = '\0'; /* a state that no alarm brought, and no probe was sent */
	e.sent = 0;
	e.suppressed = 1;
	render_json_event(empty(), &e);
	assert_non_null(strstr(json_buf, "\"suppressed\":true"));
	assert_null(strstr(json_buf, "alarm"));
	assert_null(strstr(json_buf, "loss_ratio"));
	e = (struct event){.id = 1, .kind = EVENT_RELOAD, .ok = 1, .targets = 3, .added = 3};
	render_json_event(empty(), &e);
	assert_string_equal(json_buf,
	    "{\"id\":1,\"at\":null,\"event\":\"reload\",\"priority\":6,\"target\":null,\"ok\":true,"
	    "\"added\":3,\"removed\":0,\"changed\":0,\"targets\":3,\"reason\":\"\",\"message\":"
	    "\"configuration loaded: 3 targets (3 added, 0 removed, 0 changed)\"}");
	render_json_gap(empty(), 5, 9);
	assert_string_equal(json_buf, "{\"event\":\"gap\",\"from_id\":5,\"to_id\":9,\"lost\":5}");
}

TEST(test_render_json_event_says_the_cause)
{
	const struct event e = {.kind = EVENT_SEND_FAILED,
	    .target = "far",
	    .cause = {.kind = CAUSE_SEND, .error = 113},
	    .reason = "no route to host"};

	render_json_event(empty(), &e);
	assert_non_null(strstr(json_buf,
	    ",\"cause\":{\"kind\":\"send\",\"type\":null,\"code\":null,"
	    "\"text\":\"no route to host\",\"rfc\":null,\"from\":null,\"errno\":113},"));
	json_decref(parsed());
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_render_json_status_of_the_contract),
	    cmocka_unit_test(test_render_json_group_and_probe),
	    cmocka_unit_test(test_render_json_event_of_every_kind_is_read_back),
	    cmocka_unit_test(test_render_json_event_of_a_state_has_its_figures),
	    cmocka_unit_test(test_render_json_event_says_the_cause),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
