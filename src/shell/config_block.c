/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The block of settings from all that was resolved: head, targets (in place already), the other
 * arrays, texts. It refuses to know what the settings mean. Layout: core/settings.h.
 */
#include <stdio.h>
#include <string.h>

#include "shell/config_internal.h"

#define ALIGNMENT 8

/* Where the next part begins. */
static uint64_t
aligned(uint64_t offset)
{
	return (offset + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

/* Where an array of so many bytes goes; the size of the block grows by it. */
static uint64_t
place(uint64_t *size, uint32_t n, size_t item_bytes)
{
	uint64_t at = aligned(*size);

	*size = at + n * item_bytes;
	return at;
}

void
config_block_targets(struct config *c)
{
	uint64_t size = sizeof(struct settings);
	uint64_t at = place(&size, c->targets.n, sizeof(struct settings_target));

	c->block = config_realloc(c, NULL, size);
	memset(c->block, 0, sizeof(struct settings));
	c->block_bytes = size;
	c->out_targets = (struct settings_target *)(void *)(c->block + at);
}

/* Messages become texts of the block. */
static void
put_messages(struct config *c, struct config_messages *m, struct config_array *out)
{
	char more[64];

	config_messages_sort(m);
	for (uint32_t i = 0; i < m->list.n; i++) {
		const char *text = ((const struct config_message *)m->list.items)[i].text;

		*(settings_str *)config_array_add(c, out, sizeof(settings_str)) =
		    config_intern(c, text, strlen(text));
	}
	if (m->more > 0) {
		(void)snprintf(more, sizeof(more), "and %u more", m->more);
		*(settings_str *)config_array_add(c, out, sizeof(settings_str)) =
		    config_intern(c, more, strlen(more));
	}
}

static const struct config_value *
top_value(const struct config *c, int key)
{
	return c->top[key].given == CONFIG_GIVEN ? &c->top[key] : &c->initial[key];
}

static void
fill_head(const struct config *c, struct settings *s)
{
	const struct config_value *rtt = top_value(c, CONFIG_KEY_METRICS_RTT);

	s->magic = SETTINGS_MAGIC;
	s->version = SETTINGS_VERSION;
	s->file = config_file(c, 0)->path;
	s->stats_socket = (config_str)top_value(c, CONFIG_KEY_STATS_SOCKET)->number;
	s->http = (config_str)top_value(c, CONFIG_KEY_STATS_HTTP)->number;
	s->admin_group = (config_str)top_value(c, CONFIG_KEY_STATS_ADMIN_GROUP)->number;
	s->summary_interval_ns = top_value(c, CONFIG_KEY_LOG_SUMMARY_INTERVAL)->number;
	s->receive_buffer_bytes = (uint64_t)top_value(c, CONFIG_KEY_RECEIVE_BUFFER)->number;
	s->max_rate_per_s = (uint32_t)top_value(c, CONFIG_KEY_MAX_RATE)->number;
	s->metrics_rtt_set = rtt->given == CONFIG_GIVEN;
	s->metrics_rtt = rtt->given == CONFIG_GIVEN && rtt->number != 0;
}

/* Texts count from the head of the block; none stays none. */
static void
move(settings_str *str, uint64_t strings_at)
{
	if (*str != 0)
		*str += (uint32_t)strings_at;
}

static void
move_list(settings_str list[], uint32_t n, uint64_t strings_at)
{
	for (uint32_t i = 0; i < n; i++)
		move(&list[i], strings_at);
}

static void
move_all(struct settings *s)
{
	struct settings_target *t = (struct settings_target *)(uintptr_t)settings_targets(s);
	struct settings_plan *p = (struct settings_plan *)(uintptr_t)settings_plans(s);
	struct settings_group *g = (struct settings_group *)(uintptr_t)settings_groups(s);
	struct settings_alarm *a = (struct settings_alarm *)(uintptr_t)settings_alarms(s);
	uint64_t at = s->strings_at;

	for (uint32_t i = 0; i < s->n_targets; i++) {
		move(&t[i].name, at);
		move(&t[i].host, at);
		move(&t[i].dpinger_socket, at);
	}
	for (uint32_t i = 0; i < s->n_plans; i++) {
		move(&p[i].source, at);
		move(&p[i].file, at);
	}
	for (uint32_t i = 0; i < s->n_groups; i++)
		move(&g[i].name, at);
	for (uint32_t i = 0; i < s->n_alarms; i++) {
		move(&a[i].name, at);
		move(&a[i].raise_text, at);
		move(&a[i].clear_text, at);
	}
	move_list((settings_str *)(uintptr_t)settings_labels(s), s->n_labels * 2, at);
	move_list((settings_str *)(uintptr_t)settings_string_refs(s), s->n_strings, at);
	move_list((settings_str *)(uintptr_t)settings_warnings(s), s->n_warnings, at);
	move_list((settings_str *)(uintptr_t)settings_notes(s), s->n_notes, at);
	move(&s->file, at);
	move(&s->stats_socket, at);
	move(&s->http, at);
	move(&s->admin_group, at);
}

void
config_block_make(struct config *c)
{
	struct config_array warnings = {0}, notes = {0};
	struct settings head = {0};
	struct {
		const struct config_array *from;
		size_t item_bytes;
		uint32_t *n;
		uint64_t *at;
	} parts[] = {
	    {&c->out_plans, sizeof(struct settings_plan), &head.n_plans, &head.plans_at},
	    {&c->out_groups, sizeof(struct settings_group), &head.n_groups, &head.groups_at},
	    {&c->out_alarms, sizeof(struct settings_alarm), &head.n_alarms, &head.alarms_at},
	    {&c->out_labels, sizeof(struct settings_label), &head.n_labels, &head.labels_at},
	    {&c->out_refs, sizeof(uint32_t), &head.n_refs, &head.refs_at},
	    {&c->out_strings, sizeof(settings_str), &head.n_strings, &head.string_refs_at},
	    {&warnings, sizeof(settings_str), &head.n_warnings, &head.warnings_at},
	    {&notes, sizeof(settings_str), &head.n_notes, &head.notes_at},
	    {&c->strings.text, 1, &head.strings_bytes, &head.strings_at},
	};
	uint64_t size = c->block_bytes;

	put_messages(c, &c->warnings, &warnings);
	put_messages(c, &c->notes, &notes);
	fill_head(c, &head);
	head.n_targets = c->targets.n;
	head.targets_at = aligned(sizeof(head));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		*parts[i].n = parts[i].from->n;
		*parts[i].at = place(&size, parts[i].from->n, parts[i].item_bytes);
	}
	if (size > UINT32_MAX)
		config_no_memory(c); /* texts could not be addressed */
	c->block = config_realloc(c, c->block, size);
	memset(c->block + c->block_bytes, 0, size - c->block_bytes);
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].from->n > 0)
			memcpy(c->block + *parts[i].at, parts[i].from->items,
			    parts[i].from->n * parts[i].item_bytes);
	}
	head.bytes = c->block_bytes = size;
	memcpy(c->block, &head, sizeof(head));
	c->out_targets = (struct settings_target *)(void *)(c->block + head.targets_at);
	move_all((struct settings *)(void *)c->block);
	config_array_done(&warnings);
	config_array_done(&notes);
}
