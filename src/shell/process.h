/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The process itself: standard descriptors, and for process_* metrics what it uses of the machine,
 * processor time, memory, descriptors. It refuses to know what for. Source: getrusage(2), proc(5).
 */
#ifndef ICMPMON_SHELL_PROCESS_H
#define ICMPMON_SHELL_PROCESS_H

#include <stdint.h>

#include "core/units.h"

struct process_usage {
	nsec_t cpu_ns; /* user and system */
	int64_t resident_bytes, virtual_bytes; /* -1: not known */
	int64_t open_fds, max_fds; /* -1: not known */
};

/* Opens /dev/null for each of the descriptors 0 to 2 that is closed, so that no socket becomes
 * standard error by accident. Call it first. */
void process_open_standard(void);

/* Reads them anew: four system calls, and one per 1,000 descriptors. */
void process_usage_read(struct process_usage *ret_usage);

#endif
