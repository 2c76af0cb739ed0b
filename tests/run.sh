#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Runs all tests: installs what they need (Debian 12, as root), builds copies of the tree, and ends
# with one line of counts. The tree itself is only read. Without root, what needs namespaces is
# skipped.
set -u
export LC_ALL=C
unset MAKEFLAGS MAKELEVEL
top=$(cd "$(dirname "$0")/.." && pwd)
jobs=$(nproc)
passed=0 failed=0 skipped=0
missing=()

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

install_packages() {
	local name
	for name in gcc make autoconf automake clang clang-format cppcheck mandoc nft:nftables \
		ip:iproute2 pkg-config sysctl:procps valgrind xz:xz-utils; do
		need "${name#*:}" command -v "${name%:*}"
	done
	need libc6-dev test -e /usr/include/stdio.h
	need libclang-rt-dev test -n "$(ls /usr/lib/llvm-*/lib/clang/*/lib/linux 2>/dev/null)"
	for name in cmocka:libcmocka-dev jansson:libjansson-dev libconfig:libconfig-dev \
		libcurl:libcurl4-gnutls-dev libevent_extra:libevent-dev \
		libsystemd:libsystemd-dev; do
		need "${name#*:}" pkg-config --exists "${name%:*}"
	done
	need python3-pytest /usr/bin/python3 -c 'import pytest'
	need python3-pytest-xdist /usr/bin/python3 -c 'import xdist'
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ]; then
		echo "these packages are missing: ${missing[*]}"
		echo "as root: apt-get install ${missing[*]}"
		return 1
	fi
	echo "installing ${missing[*]}"
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}" \
		>"$work/apt.log" 2>&1 || { cat "$work/apt.log"; return 1; }
}

# What belongs to the project, without what a build in the tree left behind.
copy_tree() {
	mkdir "$work/tree"
	(cd "$top" && cp -a .ci .clang-format .clang-tidy .editorconfig LICENSE Makefile.am ./*.md \
		configure.ac etc man quickstart.sh src systemd tests "$work/tree") || return 1
	chmod -R u+w "$work/tree"
	find "$work/tree" \( -name '*.o' -o -name '*.a' -o -name '*.log' -o -name '*.trs' \
		-o -name .deps -o -name .dirstamp -o -name __pycache__ \) -prune -exec rm -rf {} +
	(cd "$work/tree" && autoreconf -fi)
}

fail() {
	failed=$((failed + 1))
	echo "FAILED: $1"
	[ -z "${2:-}" ] || tail -n "${3:-60}" "$2" | sed 's/^/    /'
}

# phase NAME FUNCTION...: says how long it took and what it added.
phase() {
	local name=$1 start=$SECONDS before=$passed
	shift
	"$@"
	echo "$name: $((passed - before)) passed, $((SECONDS - start)) s"
}

# Results of automake's harness in a build directory: one .trs file a test.
count_results() {
	local name=$1 trs log result
	while read -r trs; do
		log=${trs%.trs}.log
		result=$(sed -n 's/^:global-test-result: //p' "$trs")
		case $result in
		PASS) passed=$((passed + 1)) ;;
		SKIP)
			skipped=$((skipped + 1))
			echo "skipped: $name: ${log#"$work/$name/"}:" \
				"$(grep -v '^SKIP ' "$log" | tail -n 1)"
			;;
		*) fail "$name: ${log#"$work/$name/"}" "$log" ;;
		esac
	done < <(find "$work/$name/tests" -name '*.trs' | sort)
}

# check NAME ARGUMENT...: configures, builds and runs make check in a directory of its own.
check() {
	local name=$1 log=$work/$1.log
	shift
	mkdir "$work/$name"
	if ! (cd "$work/$name" && "$work/tree/configure" --quiet --enable-werror "$@" &&
		make -s -j"$jobs" && make -s -j"$jobs" check TESTS=) >"$log" 2>&1; then
		fail "$name: does not build" "$log"
		return
	fi
	touch "$work/$name/built"
	(cd "$work/$name" && make -s -k -j"$jobs" check) >"$log" 2>&1
	count_results "$name"
}

# pytests NAME ARGUMENT...: a part of the integration tests, and their counts.
pytests() {
	local name=$1 log=$work/$1.log n
	shift
	(cd "$work/tree" && ICMPMON_BUILD=$work/gcc /usr/bin/python3 -m pytest -q -ra \
		--durations=5 -p no:cacheprovider "$@") >"$log" 2>&1
	case $? in
	0) ;;
	1) sed 's/^/    /' "$log" ;;
	*) fail "$name: pytest did not run" "$log" ;;
	esac
	grep '^SKIPPED' "$log"
	for n in $(tail -n 1 "$log" | grep -oE '[0-9]+ (passed|failed|skipped|errors?)' |
		tr ' ' :); do
		case ${n#*:} in
		passed) passed=$((passed + ${n%:*})) ;;
		skipped) skipped=$((skipped + ${n%:*})) ;;
		*) failed=$((failed + ${n%:*})) ;;
		esac
	done
}

# Most of them wait most of the time: several at once. Those that flood run alone.
integration() {
	if [ "$(id -u)" != 0 ]; then
		skipped=$((skipped + 1))
		echo "skipped: integration: network namespaces need root"
		return
	fi
	pytests integration -n $((2 * jobs)) --ignore=tests/integration/test_truth.py \
		tests/integration
	pytests truth tests/integration/test_truth.py
}

static() {
	local tool
	for tool in cppcheck analyzer; do
		if "$work/tree/tests/lint/static.sh" $tool >"$work/$tool.log" 2>&1; then
			passed=$((passed + 1))
		else
			fail "static: $tool" "$work/$tool.log"
		fi
	done
}

# One unit test: no error, no leak, no descriptor left open. Its children are the test's own matter:
# some end in the middle of things on purpose. Prints nothing when all is well.
valgrind_one() {
	local log
	log=$work/valgrind-$(basename "$1").log
	(cd "$work/gcc" && srcdir=$work/tree valgrind --leak-check=full --track-fds=yes \
		--child-silent-after-fork=yes "$1") >"$log" 2>&1 &&
		grep -q 'ERROR SUMMARY: 0 errors' "$log" &&
		! grep -A1 'Open file descriptor' "$log" | grep -q ' at 0x' || echo "$log"
}

# In the background: the integration tests wait more than they work.
start_valgrind() {
	export work
	export -f valgrind_one
	find "$work/gcc/tests/unit" -name 'test_*' -executable -type f ! -name '*.netns' \
		>"$work/valgrind.tests"
	nice xargs -P "$jobs" -I '{}' bash -c 'valgrind_one {}' <"$work/valgrind.tests" \
		>"$work/valgrind.failed" &
	valgrind=$!
}

end_valgrind() {
	local log
	wait "$valgrind"
	passed=$((passed + $(wc -l <"$work/valgrind.tests")))
	while read -r log; do
		passed=$((passed - 1))
		fail "$(basename "$log" .log)" "$log"
	done <"$work/valgrind.failed"
}

distcheck() {
	local log=$work/distcheck.log
	if (cd "$work/gcc" && make -s -j"$jobs" distcheck) >"$log" 2>&1; then
		passed=$((passed + 1))
	else
		fail distcheck "$log" 150
	fi
}

main() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/icmpmon-tests.XXXXXX")
	trap 'rm -rf "$work"' EXIT
	if ! install_packages; then
		fail "packages"
	elif ! copy_tree >"$work/autoreconf.log" 2>&1; then
		fail "autoreconf" "$work/autoreconf.log"
	else
		phase gcc check gcc CC=gcc
		export ICMPMON_SIM_SEEDS=20 # gcc has run them all; sanitizers make them slow
		phase sanitizers check sanitizers CC=clang --enable-sanitizers
		if [ -e "$work/gcc/built" ]; then
			start_valgrind
			phase integration integration
			phase "valgrind, since before integration" end_valgrind
			phase distcheck distcheck
		fi
		phase static static
	fi
	echo "$passed passed, $failed failed, $skipped skipped"
	[ "$failed" = 0 ]
}

main "$@"
