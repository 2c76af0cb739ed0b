/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The order of reading a configuration: the main file, then conf.d beside it in order of names,
 * then what follows from all together. Implements shell/config.h.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shell/config_internal.h"

#define DIRECTORY "conf.d"
#define ENDING ".conf"

static void
read_file(struct config *c, const char *path)
{
	uint16_t file;
	char *text;
	size_t len;

	if (config_file_read(c, path, CONFIG_FILE_MAX_BYTES, (struct config_place){.file = 0},
		&file, &text, &len) &&
	    config_scan(c, file, text, len))
		config_tree_read(c);
}

static int
by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The names in a directory that end in .conf and are not hidden. The caller frees them. */
static void
list_directory(struct config *c, DIR *directory, config_str path, struct config_array *names)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(directory)) != NULL && names->n <= CONFIG_FILES_MAX;
	     errno = 0) {
		size_t len = strlen(entry->d_name);
		char *name;

		if (entry->d_name[0] == '.' || len <= strlen(ENDING) ||
		    strcmp(entry->d_name + len - strlen(ENDING), ENDING) != 0)
			continue;
		name = config_realloc(c, NULL, len + 1);
		memcpy(name, entry->d_name, len + 1);
		*(char **)config_array_add(c, names, sizeof(char *)) = name;
	}
	if (errno != 0)
		config_error(c, (struct config_place){.file = 0}, NULL,
		    "the directory %s cannot be read: %s", config_quote(c, config_text(c, path)),
		    strerror(errno));
}

static void
read_directory(struct config *c)
{
	config_str path = config_path_beside(c, 0, DIRECTORY);
	struct config_array names = {0};
	DIR *directory = opendir(config_text(c, path));

	if (directory == NULL) {
		if (errno != ENOENT) {
			config_error(c, (struct config_place){.file = 0}, NULL,
			    "the directory %s cannot be read: %s",
			    config_quote(c, config_text(c, path)), strerror(errno));
			c->torn = true;
		}
		return;
	}
	list_directory(c, directory, path, &names);
	(void)closedir(directory); /* it was only read */
	if (names.n > 0)
		qsort(names.items, names.n, sizeof(char *), by_name);
	for (uint32_t i = 0; i < names.n; i++) {
		char *name = ((char **)names.items)[i], joined[CONFIG_PATH_BYTES];

		(void)snprintf(joined, sizeof(joined), DIRECTORY "/%s", name);
		free(name);
		read_file(c, config_text(c, config_path_beside(c, 0, joined)));
	}
	config_array_done(&names);
}

static void
done(struct config *c)
{
	struct config_array *arrays[] = {&c->strings.text, &c->files, &c->alarms, &c->groups,
	    &c->targets, &c->values, &c->labels, &c->words, &c->expanded, &c->lines,
	    &c->name_places, &c->out_alarms, &c->out_groups, &c->out_labels, &c->out_refs,
	    &c->out_plans, &c->out_strings, &c->span_faults, &c->print};
	struct config_map *maps[] = {&c->alarm_names, &c->group_names, &c->target_names, &c->seen,
	    &c->fault_index, &c->intervals, &c->timeouts};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		config_array_done(arrays[i]);
	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++)
		config_map_done(maps[i]);
	free(c->strings.slots);
	free(c->block);
	config_messages_done(&c->errors);
	config_messages_done(&c->warnings);
	config_messages_done(&c->notes);
	free(c);
}

static void
read_all(struct config *c, const char *file, bool print)
{
	config_initial(c);
	config_alarms_initial(c);
	read_file(c, file);
	read_directory(c);
	if (c->full)
		return; /* what else is wrong with a million targets can wait */
	config_check_names(c);
	config_alarms_read(c);
	config_block_targets(c);
	config_resolve(c);
	config_check_all(c);
	if (c->errors.list.n > 0)
		return;
	if (print)
		config_print_make(c);
	config_block_make(c);
}

/* The result of a reading that ran to its end: the block and the print, or the errors. */
static void
hand_over(struct config *c, struct config_result *result)
{
	if (c->errors.list.n > 0) {
		result->text = config_messages_join(c, &c->errors, &result->text_bytes);
		return;
	}
	result->block = c->block;
	result->block_bytes = c->block_bytes;
	c->block = NULL;
	result->text = c->print.items;
	result->text_bytes = c->print.n == 0 ? 0 : c->print.n - 1;
	memset(&c->print, 0, sizeof(c->print));
}

static bool
load(const char *file, bool print, struct config_result *ret_result)
{
	static const char no_memory[] = "the configuration needs more memory than there is: have "
					"fewer targets\n";
	struct config *c = calloc(1, sizeof(*c));

	memset(ret_result, 0, sizeof(*ret_result));
	if (c != NULL && setjmp(c->no_memory) == 0) {
		read_all(c, file, print);
		hand_over(c, ret_result);
	} else {
		ret_result->text = strdup(no_memory);
		ret_result->text_bytes = ret_result->text == NULL ? 0 : strlen(no_memory);
	}
	if (c != NULL)
		done(c);
	return ret_result->block != NULL;
}

bool
config_load(const char *file, struct config_result *ret_result)
{
	return load(file, false, ret_result);
}

bool
config_print(const char *file, struct config_result *ret_result)
{
	return load(file, true, ret_result);
}

void
config_result_done(struct config_result *result)
{
	free(result->block);
	free(result->text);
	memset(result, 0, sizeof(*result));
}
