/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The manual and the samples say what the table of settings says. With --write the lists of the
 * manual are written anew from the table.
 */
#include <stdlib.h>

#include "core/duration.h"
#include "core/text.h"
#include "shell/config_table.h"
#include "test_config.h"
#include "unit.h"

#define MANUAL "man/icmpmond.conf.5"
#define SAMPLE "etc/icmpmond.conf"
#define QUICKSTART "etc/quickstart.conf"
#define BEGIN ".\\\" BEGIN "
#define END ".\\\" END "
#define FILE_BYTES 131072
#define COLUMNS 78

static const char *const lists[CONFIG_SECTION_COUNT] = {
    [CONFIG_TOP] = "top",
    [CONFIG_STATS] = "stats",
    [CONFIG_LOG] = "log",
    [CONFIG_METRICS] = "metrics",
    [CONFIG_ALARM] = "alarm",
    [CONFIG_GROUP] = "group",
    [CONFIG_TARGET] = "target",
};

static const char *
source_path(const char *name)
{
	static char path[1024];
	const char *srcdir = getenv("srcdir");

	(void)snprintf(path, sizeof(path), "%s/%s", srcdir == NULL ? "." : srcdir, name);
	return path;
}

static char *
read_source(const char *name)
{
	FILE *file = fopen(source_path(name), "r");
	char *text = malloc(FILE_BYTES);
	size_t len;

	assert_non_null(file);
	assert_non_null(text);
	len = fread(text, 1, FILE_BYTES - 1, file);
	assert_true(feof(file));
	(void)fclose(file);
	text[len] = '\0';
	return text;
}

/* "10ms", "16MiB", "200000": a bound as one writes it. */
static void
add_bound(struct text *t, const struct config_key *key, int64_t bound)
{
	char text[32];
	int unit = 0;

	if (key->type == CONFIG_DURATION) {
		text_add(t, duration_format(bound, text, sizeof(text)));
		return;
	}
	for (; key->type == CONFIG_BYTES && unit < 3 && bound % 1024 == 0; unit++)
		bound /= 1024;
	text_printf(t, "%lld%s", (long long)bound,
	    key->type == CONFIG_BYTES ? (const char *const[]){"B", "KiB", "MiB", "GiB"}[unit] : "");
}

static void
add_words(struct text *t, const char *words)
{
	text_add(t, ": ");
	for (; *words != '\0'; words++) {
		if (*words == '|')
			text_add(t, strchr(words + 1, '|') != NULL ? ", " : " or ");
		else
			text_add_bytes(t, words, 1);
	}
}

static const char *
places(const struct config_key *key)
{
	if (key->section != CONFIG_TARGET || key->where == CONFIG_IN_BOTH)
		return "";
	if (key->where == CONFIG_IN_GROUP)
		return " (target and group alone)";
	return " (target alone)";
}

/* Text of the table on lines of up to COLUMNS bytes, each sentence on a line of its own, as mandoc
 * wants it; lines of macros stay. */
static void
add_text(struct text *t, const char *text)
{
	size_t column = 0;

	while (*text != '\0') {
		size_t len = strcspn(text, *text == '.' && column == 0 ? "\n" : " \n");
		bool ends = text[len] != ' ' || (len > 0 && text[len - 1] == '.');

		if (column > 0 && column + 1 + len > COLUMNS) {
			text_add(t, "\n");
			column = 0;
		}
		text_add(t, column > 0 ? " " : "");
		text_add_bytes(t, text, len);
		column += (column > 0) + len;
		if (ends) {
			text_add(t, "\n");
			column = 0;
		}
		text += len + (text[len] != '\0');
	}
}

static void
add_key(struct text *t, const struct config_key *key)
{
	text_printf(t, ".It Ic %s No \\(em %s%s", key->name,
	    config_type_text((enum config_type)key->type), places(key));
	if (key->words != NULL)
		add_words(t, key->words);
	if (key->max > key->min) {
		text_add(t, ", ");
		if (key->zero)
			text_add(t, key->type == CONFIG_DURATION ? "0s or " : "0 or ");
		add_bound(t, key, key->min);
		text_add(t, " to ");
		add_bound(t, key, key->max);
	}
	if (key->initial != NULL && *key->initial != '\0' && key->type != CONFIG_PATH)
		text_printf(t, ", default %s", key->initial);
	text_add(t, "\n");
	add_text(t, key->text);
}

static void
add_list(struct text *t, enum config_section section)
{
	text_add(t, ".Bl -tag -width Ds\n");
	for (unsigned i = 0; i < CONFIG_KEY_COUNT; i++) {
		if (config_key(i)->section == section)
			add_key(t, config_key(i));
	}
	text_add(t, ".El\n");
}

/* The manual with its lists made anew. The caller frees it. */
static char *
made_anew(const char *manual)
{
	char *made = malloc(FILE_BYTES);
	struct text t;

	assert_non_null(made);
	text_init(&t, made, FILE_BYTES);
	for (const char *line = manual; *line != '\0';) {
		size_t len = strcspn(line, "\n") + 1;
		const char *name = line + strlen(BEGIN);

		text_add_bytes(&t, line, len);
		if (strncmp(line, BEGIN, strlen(BEGIN)) == 0) {
			for (int i = 0; i < CONFIG_SECTION_COUNT; i++) {
				if (strncmp(name, lists[i], strlen(lists[i])) == 0)
					add_list(&t, (enum config_section)i);
			}
			line = strstr(line, END);
			assert_non_null(line);
			continue;
		}
		line += len;
	}
	assert_false(t.overflow);
	return made;
}

TEST(test_config_manual_has_the_table)
{
	char *manual = read_source(MANUAL), *made = made_anew(manual);
	char mark[64];

	for (int i = 0; i < CONFIG_SECTION_COUNT; i++) {
		(void)snprintf(mark, sizeof(mark), BEGIN "%s\n", lists[i]);
		if (strstr(manual, mark) == NULL)
			fail_msg(MANUAL " has no list of %s", lists[i]);
	}
	if (strcmp(manual, made) != 0)
		fail_msg(MANUAL " is older than src/shell/config_table.c: run "
				"tests/unit/test_config_documents --write");
	free(manual);
	free(made);
}

/* The sample with all that it shows: '#' is taken away before anything but one blank. */
static char *
uncommented(char *text)
{
	char *to = text;

	for (char *line = text; *line != '\0';) {
		size_t len = strcspn(line, "\n") + 1;
		bool prose =
		    line[0] != '#' || line[1] == '\n' || (line[1] == ' ' && line[2] != ' ');

		memmove(to, line + !prose, len - !prose);
		to += len - !prose;
		line += len;
	}
	*to = '\0';
	return text;
}

TEST(test_config_sample_is_valid_as_it_is)
{
	char *sample = read_source(SAMPLE);
	const struct settings *s = config_dir_load(sample);

	assert_int_equal(s->n_targets, 0);
	assert_int_equal(s->n_warnings, 1); /* no targets */
	free(sample);
}

TEST(test_config_sample_is_valid_with_all_that_it_shows)
{
	char *sample = uncommented(read_source(SAMPLE));
	const struct settings *s;

	config_dir_put("hosts.txt", "192.0.2.77 branch\n");
	config_dir_put("more-hosts.txt", "192.0.2.78 more\n");
	s = config_dir_load(sample);
	free(sample);
	assert_int_equal(s->n_targets, 7);
	assert_int_equal(s->n_groups, 2);
	assert_int_equal(s->n_alarms, 3);
	for (uint32_t i = 0; i < s->n_warnings; i++) /* of what is accepted ahead of its time */
		assert_non_null(
		    strstr(settings_text(s, settings_warnings(s)[i]), ": this version "));
}

/* name stands in text as a word with " =" behind it. */
static bool
assigns(const char *text, const char *name)
{
	size_t len = strlen(name);

	for (const char *p = strstr(text, name); p != NULL; p = strstr(p + 1, name)) {
		if (strchr(" #{", p[-1]) != NULL && p[len + strspn(p + len, " ")] == '=')
			return true;
	}
	return false;
}

TEST(test_config_sample_shows_every_setting)
{
	char *sample = read_source(SAMPLE);

	for (unsigned i = 0; i < CONFIG_KEY_COUNT; i++) {
		const char *name = config_key(i)->name;

		if (strcmp(name, "version") != 0 && !assigns(sample, name))
			fail_msg(SAMPLE " does not show %s", name);
	}
	free(sample);
}

TEST(test_config_quickstart_has_two_targets)
{
	char *text = read_source(QUICKSTART);
	const struct settings *s = config_dir_load(text);

	free(text);
	assert_int_equal(s->n_targets, 2);
	assert_int_equal(s->n_warnings, 0);
	assert_string_equal(settings_text(s, config_dir_target(s, "local4")->host), "127.0.0.1");
	assert_string_equal(settings_text(s, config_dir_target(s, "local6")->host), "::1");
}

/* Every row has what its type needs. */
TEST(test_config_table_is_whole)
{
	for (unsigned i = 0; i < CONFIG_KEY_COUNT; i++) {
		const struct config_key *key = config_key(i);
		bool bounds = key->type == CONFIG_INTEGER || key->type == CONFIG_BYTES ||
			      key->type == CONFIG_PAYLOAD || key->type == CONFIG_DURATION ||
			      key->type == CONFIG_DSCP;

		assert_non_null(key->name);
		assert_non_null(key->text);
		assert_true(key->text[0] >= 'A' && key->text[0] <= 'Z');
		assert_true((key->words != NULL) == (key->type == CONFIG_CHOICE));
		assert_true(bounds ? key->max > 0 : key->max == 0 && key->min == 0);
		assert_true(key->section == CONFIG_TARGET || key->where == 0);
		for (unsigned k = 0; k < i; k++)
			assert_true(config_key(k)->section != key->section ||
				    strcmp(config_key(k)->name, key->name) != 0);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, config_dir_setup, config_dir_teardown)

static int
write_manual(void)
{
	char *manual = read_source(MANUAL), *made = made_anew(manual);
	FILE *file = fopen(source_path(MANUAL), "w");
	bool good = file != NULL && fputs(made, file) >= 0;

	good = file != NULL && fclose(file) == 0 && good;
	free(manual);
	free(made);
	return good ? 0 : 1;
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_config_manual_has_the_table),
	    CASE(test_config_sample_is_valid_as_it_is),
	    CASE(test_config_sample_is_valid_with_all_that_it_shows),
	    CASE(test_config_sample_shows_every_setting),
	    CASE(test_config_quickstart_has_two_targets),
	    CASE(test_config_table_is_whole),
	};

	if (argc == 2 && strcmp(argv[1], "--write") == 0)
		return write_manual();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
