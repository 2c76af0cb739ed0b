/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * One line for an event, or for the record that events are missing.
 */
#ifndef ICMPMON_CTL_EVENT_PRINT_H
#define ICMPMON_CTL_EVENT_PRINT_H

#include "ctl/out.h"

struct json_t;

/* "4711  2026-11-23 10:41:07  isp-gw (192.0.2.1) DEGRADED: ..." */
void event_print(const struct out *out, const struct json_t *event);

/* Fields separated by tabs; of NULL: the names of the columns. */
void event_print_plain(const struct out *out, const struct json_t *event);

#endif
