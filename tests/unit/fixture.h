/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A configuration in memory for the tests of the renderers: a group "wan" with two targets, whose
 * labels and host hold what outputs have to escape, and one target of no group.
 */
#ifndef ICMPMON_TESTS_FIXTURE_H
#define ICMPMON_TESTS_FIXTURE_H

#include "core/settings.h"

#define FIXTURE_TARGETS 3
#define FIXTURE_GATEWAY 0 /* "isp-gw", 192.0.2.1, in "wan", label site="fra1" */
#define FIXTURE_HOSTILE \
	1 /* "far", labels and host with quotes, newlines and broken UTF-8, in "wan" */
#define FIXTURE_ALONE 2 /* "nas", 2001:db8::40, no group, labels with odd names */

/* Valid until the next call. Both groups' targets have the alarms "down" and "loss". */
const struct settings *fixture_settings(void);

#endif
