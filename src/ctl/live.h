/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * A terminal that is redrawn: what it takes to begin, to hear keys, signals and a change of size,
 * to draw a frame without flicker, and to leave everything as it was. What stood on the screen is
 * scrolled up, not erased; the last frame stays. It refuses to know what is drawn.
 */
#ifndef ICMPMON_CTL_LIVE_H
#define ICMPMON_CTL_LIVE_H

#include <stdbool.h>
#include <termios.h>

#include "core/units.h"
#include "ctl/out.h"

struct live {
	struct out *out;
	int signal_fd;
	int key_fd; /* the keyboard, -1: none to hear */
	struct termios saved;
	bool quit, redraw;
	int lines; /* of the last frame */
};

/* False, with errno: it cannot be. */
__attribute__((warn_unused_result)) bool live_begin(struct live *live, struct out *out);

/* Leaves the cursor below the last frame. */
void live_end(struct live *live);

/* Whatever is to be heard now; sets quit and redraw. Returns quit. */
bool live_hear(struct live *live);

/* Waits until then (monotonic), or until quit or redraw. */
void live_wait(struct live *live, nsec_t until_ns);

/* Draws lines, cut to the terminal, and the foot below them. */
void live_draw(struct live *live, const char *lines, const char *foot);

nsec_t live_now_ns(void);

#endif
