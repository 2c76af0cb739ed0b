/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Implements ctl/follow.h.
 */
#include <time.h>

#include "ctl/ctl.h"
#include "ctl/follow.h"

void
follow_sleep(nsec_t duration_ns)
{
	struct timespec ts = {.tv_sec = (time_t)(duration_ns / NSEC_PER_SEC),
	    .tv_nsec = (long)(duration_ns % NSEC_PER_SEC)};

	(void)nanosleep(&ts, NULL); /* a signal only makes it shorter */
}

bool
follow_may_mend(const struct ctl *ctl, enum client_result result)
{
	if (result == CLIENT_REFUSED)
		return client_status(ctl->client) == 503;
	return result == CLIENT_UNREACHABLE || result == CLIENT_BROKEN;
}

void
follow_wait(struct follow *f, enum client_result result)
{
	if (!f->away && result == CLIENT_REFUSED)
		ctl_complain("%s Trying again", client_error(f->ctl->client));
	else if (!f->away)
		ctl_complain("icmpmond does not answer, waiting until it does");
	f->away = true;
	follow_sleep(NSEC_PER_SEC);
}

bool
follow_back(struct follow *f)
{
	bool was_away = f->away;

	if (was_away)
		ctl_complain("icmpmond answers again");
	f->away = false;
	return was_away;
}
