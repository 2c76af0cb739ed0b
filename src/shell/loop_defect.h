/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Whether the libevent that this process has loaded ends it for the name of a client: plain 2.1.12
 * copies the address of a unix client into 28 bytes, so whoever may connect and has bound to a long
 * path stops the daemon, or, in a build without assertions, overwrites its heap. A version number
 * does not tell: distributions mend 2.1.12 in place. Source: CVE-2026-63388, GHSA-cvq5-vrvr-j338.
 */
#ifndef ICMPMON_SHELL_LOOP_DEFECT_H
#define ICMPMON_SHELL_LOOP_DEFECT_H

#include <stdbool.h>

/* Lets a short-lived child serve one such client, in a few milliseconds and without a file. Call it
 * before anything is open and before signals are handled: it forks, and waits for the child.
 * False: libevent served it, or nothing can be said (no process, no unix socket to be had). */
bool loop_libevent_is_defective(void);

#endif
