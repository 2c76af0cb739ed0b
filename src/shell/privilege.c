/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements shell/privilege.h with the bare system calls of capabilities(7): no library is needed
 * to give up all.
 */
#include "shell/privilege.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define CAPABILITY_MAX 63 /* the kernel refuses numbers that it does not have */

static int
read_sets(struct __user_cap_data_struct sets[static 2])
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};

	return syscall(SYS_capget, &header, sets) < 0 ? -errno : 0;
}

int
privilege_drop(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[2];

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	for (unsigned long capability = 0; capability <= CAPABILITY_MAX; capability++) {
		if (prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1)
			(void)prctl(PR_CAPBSET_DROP, capability, 0, 0,
			    0); /* needs CAP_SETPCAP; without it there is little to drop */
	}
	(void)prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0,
	    0); /* kernels without ambient sets have none to clear */
	memset(sets, 0, sizeof(sets));
	if (syscall(SYS_capset, &header, sets) < 0)
		return -errno;
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* the key stays out of core files */
	if (read_sets(sets) < 0 || sets[0].effective != 0 || sets[1].effective != 0 ||
	    sets[0].permitted != 0 || sets[1].permitted != 0)
		return -EPERM;
	return 0;
}
