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
core="addr bytes condition condition_text duration event histogram history icmp icmp_parse icmp_text ledger monitor monitor_apply
	monitor_check monitor_health monitor_judge monitor_names monitor_receive monitor_report monitor_send outcome pace probe rng
	samples settings siphash window"
sources=
for module in $core; do
	[ -e "src/core/$module.c" ] && sources="$sources src/core/$module.c"
done
sim="tests/sim/sim.c tests/sim/sim_settings.c"
if gcc $flags -o "$build/sim" tests/sim/test_sim.c $sim $sources -lcmocka -lm && "$build/sim"; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi
if gcc ${flags%-fsanitize*} -Isrc -o "$build/random" tests/sim/random_sim.c $sim $sources -lm && "$build/random" 1 200 10 100; then
	passed=$((passed + 1))
else
	failed=$((failed + 1))
fi
echo "$passed passed, $failed failed, 0 skipped"
[ "$failed" = 0 ]
