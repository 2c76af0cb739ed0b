/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The unix socket in the file system: whose it is, how it comes and goes, and who is at its other
 * end. Sources: unix(7), bind(2).
 */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shell/http_internal.h"

#define GROUPS_MAX 65536 /* NGROUPS_MAX of Linux */

static bool
peer_of(int fd, struct ucred *ret_peer)
{
	socklen_t len = sizeof(*ret_peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, ret_peer, &len) == 0;
}

/* 0: nobody serves this socket any more. -EADDRINUSE: somebody does. */
static int
ask_owner(const struct sockaddr_un *name, pid_t *ret_owner)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	struct ucred peer;
	int r = -EADDRINUSE;

	if (fd < 0)
		return -errno;
	if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0) {
		if (errno == ECONNREFUSED || errno == ENOENT)
			r = 0;
		else if (errno != EAGAIN && errno != EPROTOTYPE)
			r = -errno;
	} else if (peer_of(fd, &peer))
		*ret_owner = peer.pid;
	(void)close(fd); /* nothing was written */
	return r;
}

/* Removes what a dead daemon left. Links are never followed: what is not a socket itself stays. */
static int
make_room(const struct sockaddr_un *name, pid_t *ret_owner)
{
	struct stat st;
	int r;

	if (lstat(name->sun_path, &st) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (!S_ISSOCK(st.st_mode))
		return -EEXIST;
	r = ask_owner(name, ret_owner);
	if (r < 0)
		return r;
	return unlink(name->sun_path) < 0 && errno != ENOENT ? -errno : 0;
}

/* The file gets its mode as it is made: the mask leaves nothing else. bind refuses whatever is at
 * the path, a dangling link too. */
static int
bind_with_mode(int fd, const struct sockaddr_un *name, mode_t mode)
{
	mode_t mask = umask(~mode & 0777);
	int r = bind(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 ? -errno : 0;

	(void)umask(mask);
	return r;
}

int
http_unix_listen(struct http *h, const char *path, mode_t mode, int *ret_fd, pid_t *ret_owner)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	struct stat st;
	int fd = -1, r = -ENAMETOOLONG;

	static_assert(sizeof(name.sun_path) == sizeof(h->socket_path), "one holds the other");
	if (path[0] == '\0' || strlen(path) >= sizeof(name.sun_path))
		goto cleanup;
	memcpy(name.sun_path, path, strlen(path) + 1);
	r = make_room(&name, ret_owner);
	if (r < 0)
		goto cleanup;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	r = fd < 0 ? -errno : bind_with_mode(fd, &name, mode);
	if (r < 0)
		goto cleanup;
	memcpy(h->socket_path, name.sun_path, sizeof(h->socket_path));
	if (lstat(path, &st) == 0) { /* so that we remove no other than ours */
		h->socket_device = st.st_dev;
		h->socket_inode = st.st_ino;
	}
	if (listen(fd, HTTP_BACKLOG) < 0) {
		r = -errno;
		goto cleanup;
	}
	*ret_fd = fd;
	fd = -1;
cleanup:
	if (fd >= 0)
		(void)close(fd); /* nothing was written */
	return r;
}

void
http_unix_remove(const struct http *h)
{
	struct stat st;

	/* Another daemon may have put its own there since. */
	if (h->socket_path[0] != '\0' && lstat(h->socket_path, &st) == 0 &&
	    st.st_dev == h->socket_device && st.st_ino == h->socket_inode)
		(void)unlink(h->socket_path); /* without permission it stays, and refuses clients */
}

static bool
has_group(int fd, gid_t wanted)
{
	socklen_t len = GROUPS_MAX * sizeof(gid_t);
	gid_t *groups = malloc(len);
	bool found = false;

	if (groups != NULL && getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0) {
		for (size_t i = 0; i < len / sizeof(gid_t) && !found; i++)
			found = groups[i] == wanted;
	}
	free(groups);
	return found;
}

bool
http_peer_may_command(int fd, int64_t admin_gid)
{
	struct ucred peer;

	if (!peer_of(fd, &peer))
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	if (admin_gid < 0)
		return false;
	return peer.gid == (gid_t)admin_gid || has_group(fd, (gid_t)admin_gid);
}
