#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Lines and branches of the core that unit tests, simulation and corpus reach, file by file:
# tests/coverage.sh [DIRECTORY]. Builds in DIRECTORY, by default a temporary one. Installs gcovr where
# it is missing (as root). Branches of assert() are left out: they are taken by our own bugs only.
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
awk -F, 'NR > 1 { printf "%-36s %6.1f %% of %4d lines %6.1f %% of %4d branches\n", $1, 100 * $4, $2, 100 * $7, $5
	lines += $2; hit += $3; branches += $5; taken += $6 }
	END { printf "%-36s %6.1f %% of %4d lines %6.1f %% of %4d branches\n", "all", 100 * hit / lines, lines,
		100 * taken / branches, branches }' coverage.csv
