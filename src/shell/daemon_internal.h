/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * For the files daemon*.c alone: all that the running daemon holds.
 */
#ifndef ICMPMON_SHELL_DAEMON_INTERNAL_H
#define ICMPMON_SHELL_DAEMON_INTERNAL_H

#include <sys/types.h>

#include "core/monitor.h"
#include "core/render_json.h"
#include "shell/clock.h"
#include "shell/daemon.h"
#include "shell/helper.h"
#include "shell/http.h"
#include "shell/loop.h"
#include "shell/netif.h"
#include "shell/notify.h"
#include "shell/process.h"
#include "shell/resolve.h"
#include "shell/sock.h"

#define DAEMON_TEXT_MAX 512

/* The configuration in force: as the helper handed it over, and the engine's memory for it. */
struct daemon_config {
	const struct settings *settings; /* read-only mapping */
	size_t settings_bytes;
	void *arena;
	size_t arena_bytes;
};

struct daemon_summary {
	nsec_t next_ns; /* when the next round begins, NSEC_NEVER: never */
	nsec_t line_ns; /* when the next line of a round may go out */
	uint32_t cursor; /* next series or group of a round under way */
	bool running, by_group;
	struct totals *before; /* by group: totals at the last round */
	uint32_t n_before;
};

struct daemon {
	const struct daemon_options *options;
	struct loop *loop;
	struct helper *helper;
	struct sock *sock;
	struct sock_status sock_status;
	uint64_t receive_buffer_asked_bytes;
	struct netif *netif;
	struct resolve *resolve;
	struct http *http;
	struct notify *notify;
	struct clock clock;
	struct monitor *monitor;
	struct daemon_config config;
	struct daemon_summary summary;

	struct rx_batch batch;
	struct probe_out out[PROBE_BATCH_MAX];
	struct probe_sent sent[PROBE_BATCH_MAX];
	uint64_t drops[2];
	nsec_t drops_read_ns, drained_ns, turn_ns, planned_ns, told_ns;
	uint64_t turns;
	bool settings_changing; /* one wake follows, not one for each answer */
	bool tx_stamps;
	bool events_left; /* more events than one turn tells */

	int64_t reload_request; /* number of the load under way, 0: none */
	nsec_t reload_started_ns, reload_took_ns;
	bool reload_again; /* asked for while one was under way */
	bool last_reload_ok;
	char last_reload_error[DAEMON_TEXT_MAX];
	nsec_t loaded_wall_ns, started_wall_ns, started_ns;

	char socket_path[108];
	char stamps_text[64];
	struct render_daemon about; /* refreshed on demand */
	nsec_t about_ns;
	int exit_status;
};

/* daemon_config.c */
/* Asks the helper and waits. 0, or the exit status after the errors were told (to stderr). */
int daemon_load_first(struct helper *helper, const char *file, struct daemon_config *ret_config);
/* Takes over what the helper read and makes an arena for it. False: told in why. */
bool daemon_config_take(
    struct helper_answer *answer, struct daemon_config *ret_config, char *why, size_t why_bytes);
void daemon_config_done(struct daemon_config *config);

/* daemon_open.c: sockets, privileges. 0 or the exit status; the reason is in the log. */
int daemon_open(struct daemon *d);

/* daemon_turn.c */
void daemon_turn(void *arg);

/* daemon_reload.c */
void daemon_reload(struct daemon *d);
void daemon_on_helper(void *arg);
void daemon_settings_changed(struct daemon *d); /* what depends on the settings beside the engine */
void daemon_on_netif(void *arg);
void daemon_look_up_sources(struct daemon *d);

/* daemon_tell.c: events to the log, actions, followers. */
void daemon_tell_events(struct daemon *d);

/* daemon_summary.c: summary lines. */
void daemon_summary_start(struct daemon *d, nsec_t now_ns);
void daemon_summary_turn(struct daemon *d, nsec_t now_ns);
void daemon_summary_done(struct daemon *d);

/* daemon_serve.c: what the stats server asks. */
struct http_source daemon_source(struct daemon *d);

#endif
