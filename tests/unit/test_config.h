/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * What the tests of the configuration share: files in a directory of their own, their loading, and
 * the errors without the directory's name.
 */
#ifndef ICMPMON_TESTS_UNIT_TEST_CONFIG_H
#define ICMPMON_TESTS_UNIT_TEST_CONFIG_H

#include <stdbool.h>

#include "core/settings.h"
#include "shell/config.h"

/* cmocka's setup and teardown of one test: an empty directory, conf.d in it; nothing of it stays.
 */
int config_dir_setup(void **state);
int config_dir_teardown(void **state);

/* The path of a name in the directory. One buffer: valid until the next call. */
const char *config_dir_path(const char *name);
void config_dir_put(const char *name, const char *text);
void config_dir_put_bytes(const char *name, const void *bytes, size_t len);

/* Writes main.conf (NULL: it is there) and loads it. The settings stay until the next load or the
 * test's end, and have passed settings_check; fails the test, with the errors, when they are
 * refused. */
const struct settings *config_dir_load(const char *text);

/* The same for what must be refused: the errors, "main.conf:1: ...\n" each. */
const char *config_dir_refused(const char *text);

/* The -T text of what main.conf holds, without the directory's name. */
const char *config_dir_print(const char *text);

/* One target by its name; fails the test when it is not there. */
#define PLAN(s, target) settings_plan_of(s, target)

const struct settings_target *config_dir_target(const struct settings *s, const char *name);

/* The value of a target's label, or NULL. */
const char *config_dir_label(
    const struct settings *s, const struct settings_target *t, const char *key);

/* Fails the test unless text holds line as a whole line. */
void config_assert_line(const char *text, const char *line);
/* Fails the test unless text is this one line. */
void config_assert_only(const char *text, const char *line);

#endif
