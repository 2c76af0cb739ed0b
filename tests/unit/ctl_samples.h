/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * JSON as the daemon renders it, for the tests of the client: the daemon, a target in trouble, one
 * that is up.
 */
#ifndef ICMPMON_UNIT_CTL_SAMPLES_H
#define ICMPMON_UNIT_CTL_SAMPLES_H

#define STATUS_JSON                                                                                \
	"{\"schema\":1,\"targets\":{\"total\":3,\"unknown\":0,\"up\":2,\"degraded\":1,\"down\":0," \
	"\"paused\":0},\"probes_per_s\":5.0,\"send_lag_ms\":{\"p50\":0.1,\"p99\":0.21,\"max\":1}," \
	"\"rx_dropped\":0,\"version\":\"0.1.0\",\"instance\":\"\",\"uptime_s\":1051200,"           \
	"\"config\":{\"file\":\"f\",\"loaded_at\":\"2026-11-23T09:00:00.000Z\","                   \
	"\"last_reload_ok\":true,\"last_reload_error\":null}}"

#define ISP_JSON                                                                                   \
	"{\"name\":\"isp-gw\",\"group\":\"wan\",\"host\":\"192.0.2.1\",\"address\":\"192.0.2.1\"," \
	"\"family\":4,\"labels\":{\"site\":\"fra1\"},\"state\":\"degraded\","                      \
	"\"since\":\"2026-11-23T10:41:07.120Z\",\"reason\":\"loss 12.5% > 5% over 1m\","           \
	"\"suppressed_by\":null,\"interval_ms\":500,"                                              \
	"\"totals\":{\"attempts\":172600,\"sent\":172600,\"answered\":172525,\"lost\":75,"         \
	"\"late\":2,"                                                                              \
	"\"extra\":14},"                                                                           \
	"\"windows\":[{\"window_s\":300,\"sent\":600,\"answered\":525,\"lost\":75,\"late\":0,"     \
	"\"unreachable\":0,\"unmeasured\":0,\"unsent\":0,\"loss_ratio\":0.125,\"rtt_ms\":{"        \
	"\"min\":10.9,"                                                                            \
	"\"mean\":14.9,\"p50\":11.8,\"p90\":31,\"p95\":48.2,\"p99\":120.3,\"max\":310.4,"          \
	"\"stddev\":12.2},\"jitter_ms\":3.1,\"loss_run_max\":12}],"                                \
	"\"last\":{\"outcome\":\"answered\",\"rtt_ms\":11.812345,\"reply_ttl\":57,\"cause\":null}" \
	","                                                                                        \
	"\"last_error\":{\"kind\":\"icmp\",\"type\":3,\"code\":1,\"text\":\"host unreachable\","   \
	"\"rfc\":\"RFC 792\","                                                                     \
	"\"from\":\"198.51.100.9\",\"errno\":null,\"at\":\"2026-11-23T10:40:12.001Z\"},"           \
	"\"alarms\":[{\"name\":\"loss\",\"active\":true,\"since\":\"2026-11-23T10:41:07.120Z\","   \
	"\"value\":0.125,\"unit\":\"ratio\",\"raise\":\"loss > 5% over 1m\"},"                     \
	"{\"name\":\"slow\",\"active\":false,\"since\":null,\"value\":48.2,\"unit\":\"ms\","       \
	"\"raise\":\"p95 > 100ms over 2m\"}],\"last_event\":4711,"                                 \
	"\"strip\":{\"span_s\":600,\"answered\":[9,9,9,9,9,9,9,9,9,1,9],"                          \
	"\"lost\":[0,0,0,0,0,0,0,0,0,8,0],"                                                        \
	"\"p50_ms\":[11.8,11.9,17,11.8,12,42,48,41,38,12,16.2]}}"

#define NAS_JSON                                                                                   \
	"{\"name\":\"nas\",\"group\":\"\",\"address\":\"192.0.2.40\",\"state\":\"up\","            \
	"\"since\":\"2026-11-21T09:44:19.000Z\",\"reason\":\"\",\"suppressed_by\":null,"           \
	"\"windows\":[{\"window_s\":300,\"sent\":300,\"answered\":300,\"lost\":0,\"unreachable\":" \
	"0,"                                                                                       \
	"\"rtt_ms\":{\"p50\":0.21,\"p95\":0.35,\"max\":2.1}}],"                                    \
	"\"strip\":{\"span_s\":600,\"answered\":[9,9,9,9],\"lost\":[0,0,0,0],"                     \
	"\"p50_ms\":[null,0.21,0.35,0.21]}}"

#endif
