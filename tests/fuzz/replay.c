/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * Stands in for libFuzzer: runs a fuzzer over files and directories of inputs, and over no input at
 * all. Without arguments fuzz_NAME takes $srcdir/tests/fuzz/corpus/NAME, so that every check
 * replays the corpus. Exits with 1 when something cannot be read or there was nothing to run.
 */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"

#define INPUT_MAX (1 << 20)
#define PATH_BYTES 4096

static const char *current = "no input"; /* for the word at a crash */

static void
on_crash(int signal_number)
{
	static const char before[] = "\nfailed with the input ";

	(void)!write(STDERR_FILENO, before, sizeof(before) - 1);
	(void)!write(STDERR_FILENO, current, strlen(current));
	(void)!write(STDERR_FILENO, "\n", 1);
	(void)signal(signal_number, SIG_DFL);
	(void)raise(signal_number);
}

static bool
run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	uint8_t *buf = malloc(INPUT_MAX), *exact = NULL;
	size_t n;
	bool ok = false;

	if (file == NULL || buf == NULL) {
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
		goto cleanup;
	}
	n = fread(buf, 1, INPUT_MAX, file);
	if (ferror(file) || n == INPUT_MAX) {
		(void)fprintf(stderr, "%s: cannot be read, or too large\n", path);
		goto cleanup;
	}
	exact = malloc(n + 1);
	if (exact == NULL)
		goto cleanup;
	memcpy(exact + 1, buf, n); /* so that the allocation ends where the input ends */
	current = path;
	(void)LLVMFuzzerTestOneInput(exact + 1, n);
	ok = true;
cleanup:
	free(exact);
	free(buf);
	if (file != NULL)
		(void)fclose(file);
	return ok;
}

static bool run_path(const char *path, unsigned *runs);

static bool
run_directory(const char *path, unsigned *runs)
{
	struct dirent **entries;
	int n = scandir(path, &entries, NULL, alphasort);
	bool ok = n >= 0;

	if (!ok)
		(void)fprintf(stderr, "%s: %s\n", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char file[PATH_BYTES];

		if (entries[i]->d_name[0] != '.') {
			(void)snprintf(file, sizeof(file), "%s/%s", path, entries[i]->d_name);
			ok &= run_path(file, runs);
		}
		free(entries[i]);
	}
	if (n >= 0)
		free(entries);
	return ok;
}

static bool
run_path(const char *path, unsigned *runs)
{
	struct stat status;

	if (stat(path, &status) == 0 && S_ISDIR(status.st_mode))
		return run_directory(path, runs);
	++*runs;
	return run_file(path);
}

int
main(int argc, char **argv)
{
	const char *name = strrchr(argv[0], '/') != NULL ? strrchr(argv[0], '/') + 1 : argv[0];
	const char *srcdir = getenv("srcdir");
	char corpus[PATH_BYTES];
	uint8_t nothing = 0;
	unsigned runs = 0;
	bool ok = true;

	(void)signal(SIGABRT, on_crash);
	(void)LLVMFuzzerTestOneInput(&nothing, 0);
	for (int i = 1; i < argc; i++)
		ok &= run_path(argv[i], &runs);
	if (argc == 1) {
		(void)snprintf(corpus, sizeof(corpus), "%s/tests/fuzz/corpus/%s",
		    srcdir != NULL ? srcdir : ".",
		    strncmp(name, "fuzz_", 5) == 0 ? name + 5 : name);
		ok = run_path(corpus, &runs);
	}
	(void)printf("%s: %u inputs replayed\n", name, runs);
	return ok && runs > 0 ? 0 : 1;
}
