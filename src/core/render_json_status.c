/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Groups, probes and the status of the daemon as JSON.
 */
#include "core/outcome.h"
#include "core/render_json_internal.h"

static void
add_states(struct text *t, const uint32_t states[static STATE_COUNT])
{
	for (int s = 0; s < STATE_COUNT; s++)
		text_printf(
		    t, "%s\"%s\":%u", s > 0 ? "," : "", state_text((enum state)s), states[s]);
}

void
render_json_group(struct text *t, const struct report_group *g)
{
	text_add(t, "{\"name\":");
	text_json_string(t, g->name);
	json_string(t, "state", state_text(g->state));
	if (g->quorum_need > 0)
		text_printf(t, ",\"quorum\":{\"need\":%u,\"of\":%u}", g->quorum_need, g->quorum_of);
	else
		text_add(t, ",\"quorum\":null");
	json_number(t, "members", g->members);
	text_add(t, ",\"states\":{");
	add_states(t, g->states);
	text_add(t, "},\"totals\":{");
	json_totals(t, &g->totals);
	text_add(t, "}}");
}

void
render_json_probe(struct text *t, const struct report_probe *p)
{
	text_add(t, "{\"sent_at\":");
	text_json_time(t, p->sent_wall_ns);
	json_number(t, "seq", p->seq);
	json_number(t, "flow", p->flow);
	json_string(t, "kind", probe_kind_text(p->kind));
	json_string(t, "outcome", outcome_text(p->outcome));
	json_bool(t, "late", p->late);
	json_ms(t, "rtt_ms", p->rtt_ns);
	if (p->ttl >= 0)
		text_printf(t, ",\"ttl\":%d", p->ttl);
	else
		text_add(t, ",\"ttl\":null");
	json_cause_or_null(t, &p->cause);
	text_add(t, "}");
}

static void
add_daemon(struct text *t, const struct render_daemon *d)
{
	json_string(t, "stamps", d->stamps);
	json_string(t, "version", d->version);
	json_string(t, "instance", d->instance);
	json_time(t, "started_at", d->started_wall_ns);
	text_printf(t, ",\"uptime_s\":%lld", (long long)(d->uptime_ns / NSEC_PER_SEC));
	text_add(t, ",\"config\":{\"file\":");
	text_json_string(t, d->config_file);
	json_time(t, "loaded_at", d->config_loaded_wall_ns);
	json_bool(t, "last_reload_ok", d->last_reload_ok);
	json_string(t, "last_reload_error", d->last_reload_ok ? NULL : d->last_reload_error);
	text_add(t, "},\"sockets\":{");
	for (int i = 0; i < 2; i++) {
		text_printf(t, "%s\"ipv%d\":{\"mode\":", i > 0 ? "," : "", i == 0 ? 4 : 6);
		text_json_string(t, d->rx_mode[i]);
		json_number(t, "receive_buffer_bytes", d->receive_buffer_bytes[i]);
		text_add(t, "}");
	}
	text_add(t, "}");
	json_number(t, "receive_buffer_asked_bytes", d->receive_buffer_asked_bytes);
	json_number(t, "resolve_failures", d->resolve_failures);
	json_number(t, "log_dropped", d->log_dropped);
	json_number(t, "http_connections", d->http_connections);
}

void
render_json_status(struct text *t, const struct report_status *s, const struct render_daemon *d)
{
	uint64_t tenths = s->probes_per_s > 0 && s->probes_per_s < 1e15
			      ? (uint64_t)(s->probes_per_s * 10 + 0.5)
			      : 0;

	text_printf(t, "{\"schema\":%d,\"probes\":{", RENDER_SCHEMA);
	json_totals(t, &s->probes);
	text_printf(t, "},\"targets\":{\"total\":%u,", s->targets_total);
	add_states(t, s->states);
	text_printf(t, "},\"probes_per_s\":%llu.%llu", (unsigned long long)(tenths / 10),
	    (unsigned long long)(tenths % 10));
	text_add(t, ",\"send_lag_ms\":{\"p50\":");
	text_json_ms(t, s->lag_p50_ns);
	json_ms(t, "p99", s->lag_p99_ns);
	json_ms(t, "max", s->lag_max_ns);
	text_add(t, "}");
	json_causes(t, &s->probes);
	text_add(t, ",\"icmp_unmatched\":{");
	for (int e = 0; e < ICMP_TYPE_COUNT; e++)
		text_printf(t, "%s\"%s\":%llu", e > 0 ? "," : "",
		    icmp_error_type_text((enum icmp_error_type)e),
		    (unsigned long long)s->icmp_unmatched[e]);
	text_add(t, "}");
	json_number(t, "rx_dropped", s->rx_dropped[0] + s->rx_dropped[1]);
	json_number(t, "stamp_clamped", s->stamp_clamped);
	json_number(t, "stamp_uncertain", s->stamp_uncertain);
	json_number(t, "last_event", s->last_event);
	add_daemon(t, d);
	text_add(t, "}");
}
