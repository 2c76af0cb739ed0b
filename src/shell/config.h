/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Configuration files to one block of settings: libconfig, conf.d, targets files, inheritance,
 * units, and every fault of all files in one run. libconfig may exit, hang or crash on hostile
 * files, so this runs in the helper's short-lived child only, under its limits. It refuses to
 * resolve names or to look at interfaces.
 */
#ifndef ICMPMON_SHELL_CONFIG_H
#define ICMPMON_SHELL_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#define CONFIG_FILE_MAX_BYTES (64 * 1024 * 1024) /* of one configuration file */
#define CONFIG_TARGETS_FILE_MAX_BYTES (256 * 1024 * 1024)
#define CONFIG_BYTES_MAX (1024 * 1024 * 1024) /* of all files together */
#define CONFIG_FILES_MAX 1000 /* all together, includes counted */
#define CONFIG_INCLUDE_DEPTH_MAX 10
#define CONFIG_NESTING_MAX 32
#define CONFIG_ERRORS_MAX 200 /* then one line says how many more */

/* What came of it; free with config_result_done. */
struct config_result {
	void *block; /* settings_check holds for it; NULL: refused */
	size_t block_bytes;
	char *text; /* refused: the errors in order of place, one "file:line: where: what is wrong,
		       and what to write instead" a line; NULL only when not even that had room.
		       Else the -T print, or NULL */
	size_t text_bytes; /* without the NUL at its end */
};

/* Reads file, what it includes, the targets files, and conf.d beside it. Always fills *ret_result.
 * True: block is there; warnings and notes are inside it. */
bool config_load(const char *file, struct config_result *ret_result);

/* The same for -T: text is the effective configuration, which can be read again, every value with
 * the file:line (or "default") that it came from. */
bool config_print(const char *file, struct config_result *ret_result);

void config_result_done(struct config_result *result);

#endif
