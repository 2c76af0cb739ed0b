#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Installs what the tests need on a Debian 12 (as root), builds and runs them, and ends with one line of counts.
set -u
cd "$(dirname "$0")/.."
if ! [ -e /usr/include/cmocka.h ] && [ "$(id -u)" = 0 ]; then
	apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends gcc libc6-dev libcmocka-dev
fi
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
passed=0 failed=0
flags="-std=gnu17 -D_GNU_SOURCE -Wall -Wextra -Wshadow -Werror -O2 -g -fsanitize=address,undefined -Isrc"
for test in ledger pace; do
	if gcc $flags -o "$build/$test" "tests/unit/test_$test.c" "src/core/$test.c" -lcmocka && "$build/$test"; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
	fi
done
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
