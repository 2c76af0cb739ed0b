/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Giving privileges away, once, after the sockets are open. It refuses to know what they were
 * needed for.
 */
#ifndef ICMPMON_SHELL_PRIVILEGE_H
#define ICMPMON_SHELL_PRIVILEGE_H

/* Drops every capability for good: bounding, ambient, inheritable, permitted and effective sets,
 * and sets no_new_privs; root without capabilities still reads what root owns. 0, or -errno; then
 * -EPERM also when a raw socket could still be opened afterwards. */
__attribute__((warn_unused_result)) int privilege_drop(void);

#endif
