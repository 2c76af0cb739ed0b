/* SPDX-License-Identifier: ISC
 * Copyright (c) 2026 the icmpmon authors
 *
 * icmpmond: the command line and the exit status (icmpmond(8)).
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "shell/daemon.h"

static const char usage_text[] =
    "usage: icmpmond [-c FILE] [-s SOCKET] [-t | -T] [-l LOG] [-v] [-V] [-h]\n"
    "  -c, --config FILE    configuration (default " ICMPMON_CONFIG_FILE ")\n"
    "  -s, --socket PATH    stats socket instead of the configured one\n"
    "  -t, --check-config   report all errors of the configuration; exit 0 or 78\n"
    "  -T, --print-config   the effective configuration and where each value came from\n"
    "  -l, --log LOG        auto, syslog, journal or stderr (default auto)\n"
    "  -v, --verbose        log debug lines too\n"
    "  -V, --version, -h, --help\n"
    "It stays in the foreground. SIGHUP reloads, SIGTERM stops. More: man 8 icmpmond\n";

static const struct option long_options[] = {
    {"config", required_argument, NULL, 'c'},
    {"socket", required_argument, NULL, 's'},
    {"check-config", no_argument, NULL, 't'},
    {"print-config", no_argument, NULL, 'T'},
    {"log", required_argument, NULL, 'l'},
    {"foreground", no_argument, NULL, 'f'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"help", no_argument, NULL, 'h'},
    {NULL, 0, NULL, 0},
};

int
main(int argc, char *argv[])
{
	struct daemon_options options = {.config_file = ICMPMON_CONFIG_FILE};
	const char *wrong = NULL;
	int option, mode = 0;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "c:s:tTl:fvVh", long_options, NULL)) != -1) {
		switch (option) {
		case 'c':
			options.config_file = optarg;
			break;
		case 's':
			options.socket_path = optarg;
			break;
		case 't':
		case 'T':
			if (mode != 0 && mode != option)
				wrong = "-t and -T exclude each other";
			mode = option;
			break;
		case 'l':
			if (!log_target_parse(optarg, &options.log))
				wrong = "-l takes auto, syslog, journal or stderr";
			break;
		case 'f': /* the only mode */
			break;
		case 'v':
			options.debug = true;
			break;
		case 'V':
			(void)puts("icmpmond " PACKAGE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			(void)fputs(usage_text, stdout);
			return EXIT_SUCCESS;
		default:
			wrong = "unknown option, or one without its argument";
		}
	}
	if (wrong == NULL && optind < argc)
		wrong = "it takes options only";
	if (wrong != NULL) {
		(void)fprintf(stderr, "icmpmond: %s; icmpmond -h lists the options\n", wrong);
		return EXIT_USAGE;
	}
	if (mode == 't')
		return daemon_check_config(&options);
	return mode == 'T' ? daemon_print_config(&options) : daemon_run(&options);
}
