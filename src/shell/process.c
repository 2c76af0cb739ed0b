/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/process.h.
 */
#include "shell/process.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

#define DESCRIPTORS_MAX 1000000 /* a bound for the walk; no process has more */

void
process_open_standard(void)
{
	int fd;

	do /* the lowest free one comes first */
		fd = open("/dev/null", O_RDWR);
	while (fd >= 0 && fd <= STDERR_FILENO);
	if (fd >= 0)
		(void)close(fd); /* never used */
}

static void
read_memory(struct process_usage *usage)
{
	char text[128];
	long long size, resident;
	int fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
	ssize_t len;

	if (fd < 0)
		return;
	len = read(fd, text, sizeof(text) - 1);
	(void)close(fd); /* only read from */
	if (len <= 0)
		return;
	text[len] = '\0';
	if (sscanf(text, "%lld %lld", &size, &resident) == 2) {
		usage->virtual_bytes = size * sysconf(_SC_PAGESIZE);
		usage->resident_bytes = resident * sysconf(_SC_PAGESIZE);
	}
}

static void
count_descriptors(struct process_usage *usage)
{
	DIR *dir = opendir("/proc/self/fd");
	int64_t n = 0;

	if (dir == NULL)
		return;
	while (n < DESCRIPTORS_MAX && readdir(dir) != NULL)
		n++;
	(void)closedir(dir); /* only read from */
	usage->open_fds = n - 3; /* ".", "..", and the one of this walk */
}

void
process_usage_read(struct process_usage *ret_usage)
{
	struct rusage used;
	struct rlimit limit;

	*ret_usage = (struct process_usage){
	    .resident_bytes = -1, .virtual_bytes = -1, .open_fds = -1, .max_fds = -1};
	if (getrusage(RUSAGE_SELF, &used) == 0)
		ret_usage->cpu_ns = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * NSEC_PER_SEC +
				    (used.ru_utime.tv_usec + used.ru_stime.tv_usec) * NSEC_PER_USEC;
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur <= INT64_MAX)
		ret_usage->max_fds = (int64_t)limit.rlim_cur;
	read_memory(ret_usage);
	count_descriptors(ret_usage);
}
