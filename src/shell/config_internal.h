/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the files of the configuration module share: the configuration while it is read. Everything
 * hangs from struct config. An allocation that fails ends the reading by one jump back to
 * config_load; what only a local variable knew is lost then, with the process that is about to end.
 */
#ifndef ICMPMON_SHELL_CONFIG_INTERNAL_H
#define ICMPMON_SHELL_CONFIG_INTERNAL_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/settings.h"
#include "shell/config.h"
#include "shell/config_store.h"
#include "shell/config_table.h"

#define CONFIG_DEFAULT_FILE UINT16_MAX /* the place of what nobody wrote */
#define CONFIG_QUOTE_BYTES 192
#define CONFIG_QUOTES 16 /* quoted pieces of one message, twice */
#define CONFIG_FORMATTED_BYTES 32 /* of a number with its unit */
#define CONFIG_PATH_BYTES 4096
#define CONFIG_ALARMS_MAX 48 /* leaves room for variants of the built-in ones */
#define CONFIG_BUILT_IN 2 /* alarms */
#define CONFIG_STEPS 8 /* spans of a built-in alarm */
#define CONFIG_LIST_MAX 64 /* elements of one list of names or words */

/* ---- what was read ---- */

struct config_place {
	uint32_t line; /* 0: the file as a whole */
	uint16_t file; /* index in files, or CONFIG_DEFAULT_FILE */
};

enum config_given {
	CONFIG_ABSENT,
	CONFIG_GIVEN,
	CONFIG_FAULTY /* it is there, and its fault was reported: as good as absent */
};

/* One setting that somebody wrote (or the built-in one). */
struct config_value {
	uint8_t key; /* index in the table */
	uint8_t given; /* enum config_given */
	struct config_place at;
	int64_t number; /* number, bytes, ns, index of a choice, config_str; for lists first << 32 |
			   n */
};

enum config_level {
	CONFIG_LEVEL_FILE,
	CONFIG_LEVEL_DEFAULTS,
	CONFIG_LEVEL_GROUP,
	CONFIG_LEVEL_TARGET,
	CONFIG_LEVEL_ALARM,
	CONFIG_LEVEL_SECTION
};

/* Whose settings are looked at, for messages. */
struct config_owner {
	enum config_level level;
	enum config_section section;
	config_str name; /* of the group, target or alarm */
	struct config_place at;
};

struct config_label {
	config_str key, value;
	struct config_place at;
};

struct config_group {
	config_str name;
	struct config_place at;
	struct config_value values[CONFIG_KEY_COUNT];
	uint32_t n_targets;
};

struct config_alarm {
	config_str name;
	struct config_place at;
	struct config_value values[CONFIG_KEY_COUNT];
	struct condition raise, clear;
	bool good; /* both conditions are there and right */
	bool used;
};

struct config_target {
	config_str name;
	struct config_place at;
	uint16_t n_values;
	uint32_t first_value;
	uint32_t group; /* index, or SETTINGS_NONE */
};

struct config_file {
	config_str path;
	uint64_t device, inode;
};

/* A condition of an alarm that does not suit targets with an interval. */
struct config_span_fault {
	uint32_t alarm;
	bool clear; /* else raise */
	nsec_t interval_ns;
	uint32_t target, n; /* the first of them, and how many */
};

/* A message, kept until all are known. */
struct config_message {
	struct config_place at;
	uint32_t order;
	char *text; /* the whole line */
};

struct config_messages {
	struct config_array list;
	uint32_t more; /* beyond what is kept */
};

struct config {
	jmp_buf no_memory; /* where config_no_memory goes */
	struct config_strings strings;
	struct config_array files;
	uint64_t read_bytes; /* of all files */
	struct config_messages errors, warnings, notes;
	char quotes[CONFIG_QUOTES][CONFIG_QUOTE_BYTES];
	uint32_t quote_next;
	bool full, files_full; /* there are too many targets, files: was reported */
	bool torn; /* files or groups could not be read: names that are missing may stand there */
	bool dropped; /* a setting could not be read: one that is missing may be that */

	struct config_value top[CONFIG_KEY_COUNT]; /* top, stats, log, metrics and defaults */
	struct config_value initial[CONFIG_KEY_COUNT]; /* the table's */
	struct config_array alarms, groups, targets, values, labels;
	struct config_array words; /* config_str, elements of lists */
	struct config_map alarm_names, group_names, target_names; /* config_str to index */

	struct config_array expanded; /* a file's text with all that it includes, for libconfig */
	struct config_array lines; /* struct config_line: where the lines of that come from */
	struct config_map seen; /* names in the groups of that */
	struct config_array name_places; /* struct config_place, by the values of seen */

	/* What becomes the block. Texts are config_str until config_block.c puts them in. */
	struct settings_target *out_targets; /* in block */
	char *block;
	size_t block_bytes;
	struct config_array out_alarms, out_groups, out_labels, out_refs, out_strings, out_plans;
	uint32_t variants[CONFIG_BUILT_IN][CONFIG_STEPS]; /* in out_alarms; 0: not made */
	struct config_map fault_index; /* of span_faults */
	struct config_array span_faults;
	struct config_map intervals, timeouts; /* distinct ones */
	uint32_t detail, history_minutes; /* the defaults for so many targets */
	struct config_array print; /* of char: the -T text */
};

/* Lines of the expanded text, from first on, come from a place on. */
struct config_line {
	uint32_t first;
	struct config_place at;
};

static inline struct config_file *
config_file(const struct config *c, uint32_t i)
{
	return (struct config_file *)c->files.items + i;
}

static inline struct config_alarm *
config_alarm(const struct config *c, uint32_t i)
{
	return (struct config_alarm *)c->alarms.items + i;
}

static inline struct config_group *
config_group(const struct config *c, uint32_t i)
{
	return (struct config_group *)c->groups.items + i;
}

static inline struct config_target *
config_target(const struct config *c, uint32_t i)
{
	return (struct config_target *)c->targets.items + i;
}

/* What target i resolved to, without what is its own. */
static inline const struct settings_plan *
config_plan_of(const struct config *c, uint32_t i)
{
	return (const struct settings_plan *)c->out_plans.items + c->out_targets[i].plan;
}

static inline struct config_value *
config_value(const struct config *c, uint32_t i)
{
	return (struct config_value *)c->values.items + i;
}

static inline struct config_label *
config_label(const struct config *c, uint32_t i)
{
	return (struct config_label *)c->labels.items + i;
}

static inline struct settings_alarm *
config_out_alarm(const struct config *c, uint32_t i)
{
	return (struct settings_alarm *)c->out_alarms.items + i;
}

static inline config_str
config_word(const struct config *c, uint32_t i)
{
	return ((const config_str *)c->words.items)[i];
}

static inline int64_t
config_list(uint32_t first, uint32_t n)
{
	return (int64_t)((uint64_t)first << 32 | n);
}

static inline uint32_t
config_list_first(const struct config_value *v)
{
	return (uint32_t)((uint64_t)v->number >> 32);
}

static inline uint32_t
config_list_n(const struct config_value *v)
{
	return (uint32_t)v->number;
}

/* ---- messages: config_message.c ---- */

/* One line "file:line: where: text". owner NULL: no "where". */
__attribute__((format(printf, 4, 5))) void config_error(struct config *c, struct config_place at,
    const struct config_owner *owner, const char *format, ...);
__attribute__((format(printf, 4, 5))) void config_warn(struct config *c, struct config_place at,
    const struct config_owner *owner, const char *format, ...);
/* Something that was decided for the user; shown by -t. */
__attribute__((format(printf, 2, 3))) void config_note(struct config *c, const char *format, ...);

/* text in quotation marks, escaped and cut; one of CONFIG_QUOTES buffers in turn. */
const char *config_quote(struct config *c, const char *text);
/* The same without the marks. */
const char *config_escape(struct config *c, const char *text);
/* "file:line", or "default". */
const char *config_place_text(struct config *c, struct config_place at);

/* The errors in order of place, joined; NULL: none. The caller frees it. */
char *config_messages_join(struct config *c, struct config_messages *m, size_t *ret_bytes);
void config_messages_sort(struct config_messages *m);
void config_messages_done(struct config_messages *m);

/* The nearest of several names to one that was written. */
struct config_near {
	const char *wanted;
	const char *best; /* NULL: none is near */
	unsigned distance;
};

void config_near_try(const struct config *c, struct config_near *near, const char *candidate);
/* ": did you mean "best"?", or otherwise. In a quote buffer. */
const char *config_near_text(
    struct config *c, const struct config_near *near, const char *otherwise);

/* ---- files: config_read.c ---- */

/* Reads a whole regular file of at most max_bytes without NUL bytes into *ret_text
 * (NUL-terminated, the caller frees it). On failure says so where it was asked for (line 0: nobody
 * wrote its name, so at the file itself) and returns false. */
bool config_file_read(struct config *c, const char *path, size_t max_bytes,
    struct config_place asked, uint16_t *ret_file, char **ret_text, size_t *ret_len);

/* A path as written in a file: relative to that file's directory. */
config_str config_path_beside(struct config *c, uint16_t file, const char *path);

/* ---- text: config_scan.c, config_lex.c ---- */

/* Checks the text of a file, pulls in what it includes, and leaves in expanded and lines what
 * libconfig may see. False: nothing that it could read. Takes text over. */
bool config_scan(struct config *c, uint16_t file, char *text, size_t len);

/* ---- the tree: config_tree.c ---- */

/* Hands expanded to libconfig and takes over all that it holds. */
void config_tree_read(struct config *c);

/* ---- values: config_value.c, config_value_list.c, config_value_net.c, config_value_text.c ---- */

enum config_raw_kind {
	CONFIG_RAW_TEXT, /* in quotation marks */
	CONFIG_RAW_BARE, /* a word of a targets file: takes the kind that the setting wants */
	CONFIG_RAW_INTEGER,
	CONFIG_RAW_FLOAT,
	CONFIG_RAW_SWITCH,
	CONFIG_RAW_WORDS, /* a list of texts */
	CONFIG_RAW_LIST, /* any other list */
	CONFIG_RAW_LABELS, /* for labels: taken over already */
	CONFIG_RAW_GROUP
};

/* A value as it was written. */
struct config_raw {
	enum config_raw_kind kind;
	const char *text;
	int64_t number; /* integer, switch */
	double real;
	uint32_t first, n; /* words, labels */
};

/* A setting about to be read: whose, where, which, and what was written. */
struct config_item {
	const struct config_owner *owner;
	struct config_place at;
	const struct config_key *key;
	struct config_raw raw;
};

/* The number of struct config_value from what was written; says what is wrong with it. */
bool config_value_parse(struct config *c, struct config_item *item, int64_t *ret_number);
/* "name = value: " and a sentence. */
__attribute__((format(printf, 3, 4))) void config_item_error(
    struct config *c, const struct config_item *item, const char *format, ...);
/* A piece of text as one would write it there: in quotation marks, or bare. In a quote buffer. */
const char *config_written(struct config *c, const struct config_item *item, const char *text);
bool config_is_text(const struct config_item *item);
/* "16MiB": the largest unit that is exact. Returns text. */
char *config_bytes_format(int64_t bytes, char text[static CONFIG_FORMATTED_BYTES]);
bool config_parse_host(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_source(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_dscp(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_endpoint(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_name(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_path(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_user_group(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_condition(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_quorum(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_alarms(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_words(struct config *c, const struct config_item *item, int64_t *ret_number);
bool config_parse_labels(struct config *c, const struct config_item *item, int64_t *ret_number);
/* "a,b" of a targets file to a list of words. */
void config_split_words(struct config *c, struct config_item *item);
/* Checks a label and appends it to labels; value NULL: it was no text. False after saying why not.
 */
bool config_label_add(struct config *c, const struct config_item *item, const char *key,
    const char *value, struct config_place at);
/* The numeric address of a host without its "%interface"; false: it is a name. */
bool config_host_addr(const char *host, struct addr *ret_addr);

/* ---- names: config_names.c ---- */

#define CONFIG_NAME_RULE \
	"a name has 1 to 64 letters, digits and . _ : - and no other characters: write such a one"

/* UTF-8 without control characters. */
bool config_text_plain(const char *text);
/* The index of a setting that may stand in this place, or -1 after saying that it may not. */
int config_key_here(
    struct config *c, const struct config_owner *owner, struct config_place at, const char *name);

/* A new target, group or alarm; SETTINGS_NONE after saying why not (a wrong name, or one that is
 * there already). */
uint32_t config_target_add(
    struct config *c, const char *name, uint32_t group, struct config_place at);
/* A target with all that was written about it; its name is the owner's, or values'. */
void config_target_take(struct config *c, const struct config_owner *owner,
    const struct config_value values[static CONFIG_KEY_COUNT], uint32_t group);
uint32_t config_group_add(struct config *c, const char *name, struct config_place at);
uint32_t config_alarm_add(struct config *c, const char *name, struct config_place at);

/* ---- lines: config_lines.c ---- */

/* Reads a targets file for a group (or SETTINGS_NONE). */
void config_lines_read(
    struct config *c, const char *path, struct config_place asked, uint32_t group);

/* ---- alarms: config_alarms.c ---- */

/* The built-in alarms, before anything is read. */
void config_alarms_initial(struct config *c);
/* After all is read: every alarm, in out_alarms by the same index. */
void config_alarms_read(struct config *c);
/* An alarm's value, or the table's. */
const struct config_value *config_alarm_value(const struct config *c, uint32_t alarm, int key);
/* The alarms of a list of names for a target with this interval, as indices in out_alarms; returns
 * how many. *ret_samples: what they need, *ret_longest: the alarm that needs it. */
uint32_t config_alarms_of(struct config *c, const struct config_value *names, nsec_t interval_ns,
    uint32_t target, uint32_t refs[static SETTINGS_TARGET_ALARMS_MAX], uint32_t *ret_samples,
    uint32_t *ret_longest);

/* ---- targets: config_resolve.c ---- */

/* The table's own values. */
void config_initial(struct config *c);
/* For every setting of a target the value that holds: its own, its group's, that of defaults, the
 * built-in one, or NULL. */
void config_effective(const struct config *c, const struct config_target *t,
    const struct config_value *ret_values[static CONFIG_KEY_COUNT]);
/* Fills out_targets and out_groups. */
void config_resolve(struct config *c);

/* ---- all together: config_check.c, config_block.c, config_print.c ---- */

/* Names that must be there: alarms and parents. Before config_resolve. */
void config_check_names(struct config *c);
/* What can be told when all targets are known. After config_resolve. */
void config_check_all(struct config *c);
/* The block's targets, empty, for config_resolve. */
void config_block_targets(struct config *c);
/* The block from all that was resolved. */
void config_block_make(struct config *c);
/* The text for -T from all that was read and resolved; before config_block_make. */
void config_print_make(struct config *c);

#endif
