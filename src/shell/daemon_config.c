/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * The configuration from the helper to the engine's memory; -t and -T.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/duration.h"
#include "shell/daemon_internal.h"

/* Writes what an answer holds; text that cannot be had is no reason to fail. */
static void
print_answer(FILE *out, struct helper_answer *answer)
{
	size_t bytes = answer->bytes;
	const void *text;

	if (answer->fd < 0) {
		(void)fprintf(out, "%s\n", answer->text);
		return;
	}
	text = helper_map(answer);
	if (text == NULL)
		return;
	(void)fwrite(text, 1, bytes, out);
	(void)munmap((void *)(uintptr_t)text, bytes);
}

bool
daemon_config_take(
    struct helper_answer *answer, struct daemon_config *ret_config, char *why, size_t why_bytes)
{
	struct daemon_config config = {.settings_bytes = answer->bytes};

	config.settings = helper_map(answer);
	if (config.settings == NULL) {
		(void)snprintf(
		    why, why_bytes, "the configuration could not be mapped: %s", strerror(errno));
		return false;
	}
	if (!settings_check(config.settings, config.settings_bytes)) {
		(void)snprintf(why, why_bytes,
		    "the configuration arrived damaged: this is a defect, please report it");
		daemon_config_done(&config);
		return false;
	}
	config.arena_bytes = monitor_arena_bytes(config.settings);
	if (config.arena_bytes > 0)
		config.arena = mmap(NULL, config.arena_bytes, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (config.arena_bytes == 0 || config.arena == MAP_FAILED) {
		config.arena = NULL;
		(void)snprintf(why, why_bytes,
		    "no memory for %u targets (%.0f MiB): have fewer, or smaller samples, detail "
		    "and history",
		    config.settings->n_targets, (double)config.arena_bytes / (1 << 20));
		daemon_config_done(&config);
		return false;
	}
	*ret_config = config;
	return true;
}

void
daemon_config_done(struct daemon_config *config)
{
	if (config->arena != NULL)
		(void)munmap(config->arena, config->arena_bytes);
	if (config->settings != NULL)
		(void)munmap((void *)(uintptr_t)config->settings, config->settings_bytes);
	memset(config, 0, sizeof(*config));
}

/* Asks the helper and waits for what it says. 0 and an answer of the wanted kind, or the exit
 * status. */
static int
ask(struct helper *helper, const char *file, bool print, struct helper_answer *ret_answer)
{
	struct helper_answer answer = {.fd = -1};
	int64_t request = helper_load(helper, file, print);

	if (request < 0) {
		(void)fprintf(stderr, "icmpmond: the configuration cannot be read: %s\n",
		    strerror((int)-request));
		return 1;
	}
	if (!helper_wait(helper, HELPER_PARSE_LIMIT_NS + 5 * NSEC_PER_SEC, &answer)) {
		(void)fprintf(stderr, "icmpmond: %s: reading it took too long\n", file);
		return EXIT_CONFIGURATION;
	}
	if (answer.kind == (print ? HELPER_PRINTED : HELPER_LOADED)) {
		*ret_answer = answer;
		return 0;
	}
	print_answer(stderr, &answer);
	return answer.kind == HELPER_REFUSED ? EXIT_CONFIGURATION : 1;
}

static void
print_warnings(const struct settings *s)
{
	for (uint32_t i = 0; i < s->n_warnings; i++)
		(void)fprintf(stderr, "warning: %s\n", settings_text(s, settings_warnings(s)[i]));
}

int
daemon_load_first(struct helper *helper, const char *file, struct daemon_config *ret_config)
{
	struct helper_answer answer;
	char why[DAEMON_TEXT_MAX];
	int status = ask(helper, file, false, &answer);

	if (status != 0)
		return status;
	if (!daemon_config_take(&answer, ret_config, why, sizeof(why))) {
		(void)fprintf(stderr, "icmpmond: %s\n", why);
		return 1;
	}
	return 0;
}

static void
print_notes(const struct settings *s)
{
	for (uint32_t i = 0; i < s->n_notes; i++)
		(void)printf("note: %s\n", settings_text(s, settings_notes(s)[i]));
}

static double
rate_per_s(const struct settings *s)
{
	const struct settings_target *t = settings_targets(s);
	double rate = 0;

	for (uint32_t i = 0; i < s->n_targets; i++) {
		const struct settings_plan *p = settings_plan_of(s, &t[i]);

		if (!p->paused)
			rate += 1e9 / (double)p->interval_ns;
	}
	return rate;
}

static void
print_summary(const char *file, const struct daemon_config *config)
{
	const struct settings *s = config->settings;
	double rate = rate_per_s(s);
	double mib = (double)(config->arena_bytes + config->settings_bytes) / (1 << 20);

	(void)printf("%s is valid: %u target%s in %u group%s, ", file, s->n_targets,
	    s->n_targets == 1 ? "" : "s", s->n_groups, s->n_groups == 1 ? "" : "s");
	(void)printf(rate < 1000 ? "%.3g" : "%.0f", rate);
	(void)printf(" probes/s, %.1f MiB of memory\n", mib);
}

int
daemon_check_config(const struct daemon_options *options)
{
	struct daemon_config config = {0};
	struct helper *helper;
	int status = helper_start(&helper);

	if (status < 0) {
		(void)fprintf(stderr, "icmpmond: no helper process: %s\n", strerror(-status));
		return 1;
	}
	status = daemon_load_first(helper, options->config_file, &config);
	if (status == 0) {
		print_warnings(config.settings);
		print_notes(config.settings);
		print_summary(options->config_file, &config);
		daemon_config_done(&config);
	}
	helper_free(helper);
	return status;
}

int
daemon_print_config(const struct daemon_options *options)
{
	struct helper_answer answer;
	struct helper *helper;
	int status = helper_start(&helper);

	if (status < 0) {
		(void)fprintf(stderr, "icmpmond: no helper process: %s\n", strerror(-status));
		return 1;
	}
	status = ask(helper, options->config_file, true, &answer);
	if (status == 0)
		print_answer(stdout, &answer);
	helper_free(helper);
	return status == 0 && fflush(stdout) != 0 ? 1 : status;
}
