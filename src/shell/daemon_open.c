/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The part of the start that needs privileges: sockets of both families with all marks, the
 * listeners of the stats server; then the privileges go.
 */
#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "shell/daemon_internal.h"
#include "shell/privilege.h"

#define PACKET_BYTES 832 /* what a small packet takes of a receive buffer */

static const char no_permission[] =
    "no permission to send ICMP: neither a raw socket nor an ICMP datagram socket can be opened. "
    "Any of these three gives it: start the unit (systemctl start icmpmond), or "
    "setcap cap_net_raw+ep on the icmpmond binary, or run it as root";

/* The distinct packet marks of all targets; what does not fit is told. */
static size_t
collect_marks(const struct settings *s, uint32_t marks[SOCK_MARKS_MAX])
{
	const struct settings_plan *p = settings_plans(s);
	size_t n = 0;
	bool full = false;

	for (uint32_t i = 0; i < s->n_plans; i++) {
		bool known = p[i].mark == 0;

		for (size_t k = 0; k < n && !known; k++)
			known = marks[k] == p[i].mark;
		if (known)
			continue;
		if (n < SOCK_MARKS_MAX)
			marks[n++] = p[i].mark;
		else
			full = true;
	}
	if (full)
		log_warnx(
		    "more than %d different marks: probes with the further ones cannot be sent",
		    SOCK_MARKS_MAX);
	return n;
}

static uint32_t
packet_bytes_max(const struct settings *s)
{
	const struct settings_plan *p = settings_plans(s);
	uint32_t max = SOCK_PACKET_DEFAULT;

	for (uint32_t i = 0; i < s->n_plans; i++) {
		if (p[i].size_bytes + 128 > max) /* IP header with options, ICMP header */
			max = p[i].size_bytes + 128;
	}
	return max < SOCK_PACKET_MAX ? max : SOCK_PACKET_MAX;
}

static void
tell_family(int family, const struct sock_family_status *status)
{
	switch (status->mode) {
	case SOCK_MODE_NONE:
		log_notice("IPv%d cannot be probed: %s", family, strerror(-status->error));
		break;
	case SOCK_MODE_DGRAM:
		log_notice("IPv%d is probed by an ICMP datagram socket, because a raw one is not "
			   "permitted (%s): further flows, the stuck-flow test, duplicates with a "
			   "foreign source and kernel TX stamps are not available",
		    family, strerror(-status->error));
		break;
	case SOCK_MODE_RAW:
		break;
	}
	if (status->marks_error != 0)
		log_warnx(
		    "IPv%d: packet marks cannot be set (%s): CAP_NET_ADMIN is needed at start; "
		    "probes of targets with a mark are unsent",
		    family, strerror(-status->marks_error));
}

static uint32_t
receive_capacity(const struct sock_status *status)
{
	uint64_t bytes = UINT64_MAX;

	if (status->ipv4.mode != SOCK_MODE_NONE)
		bytes = status->ipv4.receive_buffer_bytes;
	if (status->ipv6.mode != SOCK_MODE_NONE && status->ipv6.receive_buffer_bytes < bytes)
		bytes = status->ipv6.receive_buffer_bytes;
	return (uint32_t)(bytes / PACKET_BYTES < UINT32_MAX ? bytes / PACKET_BYTES : UINT32_MAX);
}

static void
tell_receive_buffer(const struct settings *s, const struct sock_status *status)
{
	uint64_t granted = status->ipv4.mode != SOCK_MODE_NONE ? status->ipv4.receive_buffer_bytes
							       : status->ipv6.receive_buffer_bytes;

	if (granted / 2 < s->receive_buffer_bytes)
		log_notice(
		    "the kernel grants %llu KiB of the receive buffer of %llu KiB asked for; "
		    "sysctl net.core.rmem_max=%llu would give it",
		    (unsigned long long)(granted / 2048),
		    (unsigned long long)(s->receive_buffer_bytes / 1024),
		    (unsigned long long)s->receive_buffer_bytes);
}

static int
draw_identity(struct monitor_identity *identity)
{
	if (getrandom(identity, sizeof(*identity), 0) != (ssize_t)sizeof(*identity))
		return -EIO;
	identity->id_first = (uint16_t)(identity->id_first / MONITOR_IDS * MONITOR_IDS);
	identity->epoch &= 0xffffff;
	return 0;
}

static int
open_probing(struct daemon *d, const struct monitor_identity *identity)
{
	const struct settings *s = d->config.settings;
	uint32_t marks[SOCK_MARKS_MAX];
	struct sock_options options = {
	    .receive_buffer_bytes = s->receive_buffer_bytes,
	    .max_packet_bytes = packet_bytes_max(s),
	    .id_first = identity->id_first,
	    .marks = marks,
	    .n_marks = collect_marks(s, marks),
	};
	int error = sock_open(&d->sock, &options, &d->sock_status);

	if (error == -EPERM || error == -EACCES) {
		log_errx("%s", no_permission);
		return EXIT_NO_PERMISSION;
	}
	if (error < 0) {
		log_errx("no ICMP socket: %s", strerror(-error));
		return 1;
	}
	tell_family(4, &d->sock_status.ipv4);
	tell_family(6, &d->sock_status.ipv6);
	d->receive_buffer_asked_bytes = s->receive_buffer_bytes;
	tell_receive_buffer(s, &d->sock_status);
	return 0;
}

static int64_t
group_id(const char *name)
{
	const struct group *group = name[0] == '\0' ? NULL : getgrnam(name);

	if (name[0] != '\0' && group == NULL)
		log_warnx(
		    "stats.admin_group \"%s\" is not a group of this machine: only root and the "
		    "daemon's own user may pause, resume and reload",
		    name);
	return group == NULL ? -1 : (int64_t)group->gr_gid;
}

static int
open_server(struct daemon *d)
{
	const struct settings *s = d->config.settings;
	int fds[NOTIFY_LISTENERS_MAX];
	size_t n = notify_listeners(d->notify, "stats", fds, NOTIFY_LISTENERS_MAX);
	struct http_options options = {
	    .listener_fds = fds,
	    .n_listener_fds = n,
	    .tcp = s->http == 0 ? NULL : settings_text(s, s->http),
	    .admin_gid = group_id(settings_text(s, s->admin_group)),
	    .priority = LOOP_PRIORITY_HTTP,
	    .source = daemon_source(d),
	};
	const char *path = d->options->socket_path != NULL ? d->options->socket_path
							   : settings_text(s, s->stats_socket);
	pid_t owner = 0;
	int error;

	if (strlen(path) >= sizeof(d->socket_path)) {
		log_errx("the path of the stats socket is longer than %zu bytes: give a shorter "
			 "one with -s",
		    sizeof(d->socket_path) - 1);
		return 1;
	}
	(void)strcpy(d->socket_path, path); /* it fits */
	if (n == 0)
		options.socket_path = d->socket_path;
	error = http_new(&d->http, loop_base(d->loop), &options, &owner);
	if (error == 0)
		return 0;
	if (error == -EADDRINUSE && owner > 0)
		log_errx(
		    "%s is served by another icmpmond (pid %d): stop it, or give this one another "
		    "socket with -s",
		    d->socket_path, (int)owner);
	else if (error == -EEXIST)
		log_errx("%s exists and is not a socket: remove it, or give another one with -s",
		    d->socket_path);
	else if (error == -ENOENT)
		log_errx("the directory of the stats socket %s does not exist: make it, or give "
			 "another one with -s",
		    d->socket_path);
	else
		log_errx(
		    "the stats socket %s cannot be opened: %s", d->socket_path, strerror(-error));
	return 1;
}

int
daemon_open(struct daemon *d)
{
	struct monitor_identity identity;
	int status;

	if (draw_identity(&identity) < 0) {
		log_errx("the kernel gives no random numbers");
		return 1;
	}
	status = open_probing(d, &identity);
	if (status != 0)
		return status;
	if (netif_open(&d->netif) < 0)
		log_warnx("changes of links and routes cannot be followed");
	status = open_server(d);
	if (status != 0)
		return status;
	if (privilege_drop() < 0)
		log_warnx("not all privileges could be given up");
	d->monitor = monitor_init(
	    d->config.arena, d->config.settings, &identity, clock_now_ns(), clock_wall_ns());
	monitor_set_receive_capacity(d->monitor, receive_capacity(&d->sock_status));
	log_debug("seed %llu, ids %u to %u", (unsigned long long)identity.seed, identity.id_first,
	    identity.id_first + MONITOR_IDS - 1);
	return 0;
}
