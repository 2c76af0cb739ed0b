/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Groups and their quorum; parents and what is suppressed behind them. All series of one target
 * count as one member.
 */
#include <stdio.h>
#include <string.h>

#include "core/monitor_internal.h"

/* The state of several that stand for one: as good as the best that answers, but degraded when
 * others do not. */
static enum state
judge_many(const uint32_t states[static STATE_COUNT], uint32_t n)
{
	uint32_t judged = n - states[STATE_PAUSED];

	if (judged == 0)
		return n == 0 ? STATE_UNKNOWN : STATE_PAUSED;
	if (states[STATE_DOWN] == judged)
		return STATE_DOWN;
	if (states[STATE_DOWN] + states[STATE_DEGRADED] > 0)
		return STATE_DEGRADED;
	return states[STATE_UP] > 0 ? STATE_UP : STATE_UNKNOWN;
}

/* The group is down when, even if all that we do not know of answered, too few would. */
static enum state
judge_quorum(const struct group_state *g, uint32_t need)
{
	uint32_t alive = g->states[STATE_UP] + g->states[STATE_DEGRADED];

	if (g->members == g->states[STATE_PAUSED])
		return g->members == 0 ? STATE_UNKNOWN : STATE_PAUSED;
	if (alive >= need)
		return g->states[STATE_DEGRADED] + g->states[STATE_DOWN] > 0 ? STATE_DEGRADED
									     : STATE_UP;
	return alive + g->states[STATE_UNKNOWN] + g->states[STATE_PAUSED] >= need ? STATE_UNKNOWN
										  : STATE_DOWN;
}

enum state
group_state_now(const struct monitor *m, uint32_t group)
{
	const struct group_state *g = &M_GROUPS(m)[group];
	uint32_t need = group < m->n_groups ? settings_groups(m->settings)[group].quorum_need : 0;

	return need > 0 ? judge_quorum(g, need) : judge_many(g->states, g->members);
}

enum state
group_target_state(const struct monitor *m, uint32_t target)
{
	uint32_t s = M_FIRST(m)[target], states[STATE_COUNT] = {0}, n = 0;

	if (!monitor_plan_of(m, target)->addresses_all)
		return (enum state)M_WARM(m, s)->state;
	for (; monitor_next_slot(m, target, &s); s++) {
		if (M_HOT(m, s)->flags & SERIES_VANISHED)
			continue;
		states[M_WARM(m, s)->state]++;
		n++;
	}
	return judge_many(states, n);
}

static uint32_t
group_index(const struct monitor *m, uint32_t target)
{
	uint32_t group = monitor_plan_of(m, target)->group;

	return group == SETTINGS_NONE ? m->n_groups : group;
}

void
group_changed(struct monitor *m, nsec_t now_ns, uint32_t target, enum state was)
{
	uint32_t index = group_index(m, target);
	enum state is = group_target_state(m, target), next;
	struct group_state *g = &M_GROUPS(m)[index];
	struct event event = {.kind = EVENT_GROUP_STATE, .prev = g->state};

	if (is == was)
		return;
	g->states[was]--;
	g->states[is]++;
	next = group_state_now(m, index);
	if (next == g->state)
		return;
	event.state = (uint8_t)next;
	event.prev_ns = now_ns - g->since_ns;
	event.loss_ppm = event.p50_ns = event.p95_ns = -1;
	g->state = (uint8_t)next;
	g->since_ns = now_ns;
	if (index == m->n_groups || settings_groups(m->settings)[index].quorum_need == 0)
		return;
	(void)snprintf(event.target, sizeof(event.target), "%.64s",
	    settings_text(m->settings, settings_groups(m->settings)[index].name));
	(void)snprintf(event.reason, sizeof(event.reason), "%u of %u members answer, %u must",
	    g->states[STATE_UP] + g->states[STATE_DEGRADED], g->members,
	    settings_groups(m->settings)[index].quorum_need);
	(void)monitor_emit(m, now_ns, &event, NONE);
}

void
group_count_members(struct monitor *m)
{
	for (uint32_t g = 0; g <= m->n_groups; g++) {
		struct group_state *state = &M_GROUPS(m)[g];

		state->members = 0;
		memset(state->states, 0, sizeof(state->states));
	}
	for (uint32_t i = 0; i < m->n_targets; i++) {
		struct group_state *state = &M_GROUPS(m)[group_index(m, i)];

		state->members++;
		state->states[group_target_state(m, i)]++;
	}
	for (uint32_t g = 0; g <= m->n_groups; g++) {
		M_GROUPS(m)[g].state = (uint8_t)group_state_now(m, g);
		M_GROUPS(m)[g].since_ns = m->now_ns;
	}
}

uint32_t
group_parent_down(const struct monitor *m, uint32_t target)
{
	const struct settings_target *t = settings_targets(m->settings);
	uint32_t parent = t[target].depends;

	for (int depth = 0; parent != SETTINGS_NONE && depth < SETTINGS_DEPENDS_DEPTH_MAX;
	     depth++, parent = t[parent].depends) {
		if (group_target_state(m, parent) == STATE_DOWN)
			return parent;
	}
	return NONE;
}
