/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Loaded into the daemon by a test (LD_PRELOAD): clocks that step and sends that fail, as a file
 * says that the test writes to while it runs (ICMPMON_SHIM). The machine's own clock is not
 * touched. Kernel receive stamps move with the wall clock, as they do when that is set.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct orders { /* the test's side is in test_time.py and test_send_failures.py */
	volatile int64_t wall_ns; /* added to CLOCK_REALTIME */
	volatile int64_t slept_ns; /* added to CLOCK_BOOTTIME */
	volatile int64_t send_errno; /* 0: sends go */
	volatile int64_t send_calls; /* how many calls were refused */
};

static struct orders *
orders(void)
{
	static struct orders *mapped;
	const char *path = getenv("ICMPMON_SHIM");
	int fd;

	if (mapped != NULL || path == NULL)
		return mapped;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	mapped = mmap(NULL, sizeof(*mapped), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	(void)close(fd);
	if (mapped == MAP_FAILED)
		mapped = NULL;
	return mapped;
}

static void
add_ns(struct timespec *ts, int64_t ns)
{
	int64_t sum = ts->tv_nsec + ns % 1000000000;

	ts->tv_sec += (time_t)(ns / 1000000000);
	if (sum < 0) {
		sum += 1000000000;
		ts->tv_sec--;
	} else if (sum >= 1000000000) {
		sum -= 1000000000;
		ts->tv_sec++;
	}
	ts->tv_nsec = (long)sum;
}

int
clock_gettime(clockid_t clock, struct timespec *ts)
{
	static int (*next)(clockid_t, struct timespec *);
	const struct orders *o = orders();
	int r;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "clock_gettime");
	r = next(clock, ts);
	if (r == 0 && o != NULL && clock == CLOCK_REALTIME)
		add_ns(ts, o->wall_ns);
	if (r == 0 && o != NULL && clock == CLOCK_BOOTTIME)
		add_ns(ts, o->slept_ns);
	return r;
}

int
recvmmsg(int fd, struct mmsghdr *messages, unsigned int n, int flags, struct timespec *timeout)
{
	static int (*next)(int, struct mmsghdr *, unsigned int, int, struct timespec *);
	const struct orders *o = orders();
	int r;

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "recvmmsg");
	r = next(fd, messages, n, flags, timeout);
	for (int i = 0; i < r && o != NULL && o->wall_ns != 0; i++) {
		struct msghdr *m = &messages[i].msg_hdr;

		for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
			struct timespec ts;

			if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_TIMESTAMPNS)
				continue;
			memcpy(&ts, CMSG_DATA(c), sizeof(ts));
			add_ns(&ts, o->wall_ns);
			memcpy(CMSG_DATA(c), &ts, sizeof(ts));
		}
	}
	return r;
}

int
sendmmsg(int fd, struct mmsghdr *messages, unsigned int n, int flags)
{
	static int (*next)(int, struct mmsghdr *, unsigned int, int);
	struct orders *o = orders();

	if (next == NULL)
		*(void **)&next = dlsym(RTLD_NEXT, "sendmmsg");
	if (o != NULL && o->send_errno != 0) {
		o->send_calls++;
		errno = (int)o->send_errno;
		return -1;
	}
	return next(fd, messages, n, flags);
}
