#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Static analysis of all sources: static.sh [cppcheck | clang-tidy | analyzer], default all three.
# Prints the findings; exit status 1 when there are any, 77 when a tool is missing.
set -u
cd "$(dirname "$0")/../.." || exit 1
jobs=$(nproc)
flags=(-std=gnu17 -D_GNU_SOURCE -Isrc -DPACKAGE_VERSION='"0"' -DICMPMON_CONFIG_FILE='"/c"'
	-DICMPMON_RUN_DIR='"/r"' -DICMPMON_STATE_DIR='"/s"')

sources() {
	find src -name '*.c' | sort
}

tool() {
	command -v "$1" >/dev/null && return
	echo "skipped: $1 is missing: apt-get install $1"
	exit 77
}

# Not src/core/probe.c: evaluating its table of 65,536 values takes it half an hour. In table.c it
# takes sizeof for a read.
run_cppcheck() {
	tool cppcheck
	cppcheck -j"$jobs" -q --std=c11 --enable=warning,performance,portability --inline-suppr \
		--library=bsd --suppress=uninitvar:src/ctl/table.c -isrc/core/probe.c \
		--error-exitcode=1 "${flags[@]:1}" src
}

run_clang_tidy() {
	tool clang-tidy
	local log
	log=$(mktemp)
	sources | xargs -P "$jobs" -n 4 clang-tidy --quiet "${flags[@]/#/--extra-arg=}" \
		>"$log" 2>/dev/null
	cat "$log"
	! [ -s "$log" ]
	rm -f "$log"
}

run_analyzer() {
	tool gcc
	sources | xargs -P "$jobs" -I '{}' gcc "${flags[@]}" -O2 -fanalyzer -Wall -Wextra \
		-Wno-unused-parameter -Werror -c -o /dev/null '{}'
}

main() {
	local bad=0
	case ${1:-all} in
	cppcheck) run_cppcheck || bad=1 ;;
	clang-tidy) run_clang_tidy || bad=1 ;;
	analyzer) run_analyzer || bad=1 ;;
	all)
		run_cppcheck || bad=1
		run_clang_tidy || bad=1
		run_analyzer || bad=1
		;;
	*)
		echo "usage: static.sh [cppcheck | clang-tidy | analyzer]"
		bad=2
		;;
	esac
	return $bad
}

main "$@"
