#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Lines and branches of the core that unit tests, simulation and corpus reach, file by file:
# tests/coverage.sh [DIRECTORY]. Fails when fewer than 95 % of the branches are reached. Builds in
# DIRECTORY, by default a temporary one, where coverage.html then shows the lines. Installs gcovr
# where it is missing (as root). Branches of assert() are left out: they are taken by our own bugs
# only.
set -eu
source=$(cd "$(dirname "$0")/.." && pwd)
build=${1:-}
if [ -z "$build" ]; then
	build=$(mktemp -d)
	trap 'rm -rf "$build"' EXIT
fi
if ! command -v gcovr >/dev/null; then
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcovr
fi

mkdir -p "$build"
cd "$build"
[ -e Makefile ] || "$source/configure" --enable-coverage --disable-hardening --without-systemd \
	CFLAGS='-O0 -g' >configure.out
find . -name '*.gcda' -delete
make -s -j"$(nproc)" core-tests >make.out || { cat make.out && exit 1; }
gcovr --root "$source" --object-directory . --filter "$source/src/core/" \
	--exclude-branches-by-pattern '.*assert\(.*' --csv coverage.csv --html-details coverage.html
awk -F, -v minimum=95 '
	function row(name, lines, hit, branches, taken) {
		printf "%-36s %6.1f %% of %4d lines %6.1f %% of %4d branches\n", name,
			lines ? 100 * hit / lines : 100, lines,
			branches ? 100 * taken / branches : 100, branches
	}
	NR > 1 {
		row($1, $2, $3, $5, $6)
		lines += $2; hit += $3; branches += $5; taken += $6
	}
	END {
		row("all", lines, hit, branches, taken)
		if (100 * taken < minimum * branches) {
			printf "fewer than %d %% of the branches are reached\n", minimum
			exit 1
		}
	}' coverage.csv
