#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Builds the fuzzers with libFuzzer, ASan and UBSan outside the tree, and runs each for so many
# seconds: tests/fuzz/run.sh [SECONDS] [FUZZER ...], by default 60 and all. Inputs that are found on
# the way stay in the build directory ($FUZZ_BUILD, by default build-fuzz in the working directory),
# so that the next run goes on from them. Exits with 1 when one has a finding; the input that did it
# belongs into tests/fuzz/corpus once it is mended.
set -eu
source=$(cd "$(dirname "$0")/../.." && pwd)
build=${FUZZ_BUILD:-$PWD/build-fuzz}
seconds=${1:-60}
shift $(($# > 0 ? 1 : 0))

mkdir -p "$build"
cd "$build"
[ -e Makefile ] || "$source/configure" CC=clang CFLAGS='-O1 -g' --enable-fuzzer \
	--enable-sanitizers --without-systemd >configure.out
make -s -j"$(nproc)" fuzzers >make.out

[ $# -gt 0 ] || set -- "$source"/tests/fuzz/fuzz_*.c
failed=0
line='%-20s %12s %9s %7s %7s  %s\n'
# shellcheck disable=SC2059 # one format for the head and the lines
printf "$line" FUZZER RUNS RUNS/S EDGES CORPUS RESULT
for fuzzer; do
	name=${fuzzer##*fuzz_}
	name=${name%.c}
	log=found/$name.log
	result=ok
	mkdir -p "found/$name"
	"tests/fuzz/fuzz_$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 \
		-print_final_stats=1 -artifact_prefix="found/$name-" \
		"found/$name" "$source/tests/fuzz/corpus/$name" >"$log" 2>&1 ||
		{ result="FINDING: see $build/$log" failed=1; }
	awk -v line="$line" -v name="fuzz_$name" -v result="$result" '
		/^stat::number_of_executed_units/ { runs = $2 }
		/^stat::average_exec_per_sec/ { rate = $2 }
		match($0, /cov: [0-9]+/) { edges = substr($0, RSTART + 5, RLENGTH - 5) }
		match($0, /corp: [0-9]+/) { corpus = substr($0, RSTART + 6, RLENGTH - 6) }
		END { printf line, name, runs, rate, edges, corpus, result }' "$log"
done
exit $failed
