#!/usr/bin/env bash
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# A first look: installs what is missing (Debian, as root), builds in build-quickstart, probes this
# machine itself and shows the live table until Ctrl-C; without a terminal, the status once some
# probes are answered. Nothing is installed but the packages that building needs, and nothing runs
# on afterwards.
set -u
top=$(cd "$(dirname "$0")" && pwd)
build=$top/build-quickstart
limit_s=15
daemon=
missing=()

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "quickstart: $*"
	exit 1
}

# need PACKAGE COMMAND...: the package is missing when the command fails.
need() {
	local package=$1
	shift
	"$@" >/dev/null 2>&1 || missing+=("$package")
}

install_packages() {
	local name
	for name in gcc make autoconf automake pkg-config; do
		need "$name" command -v "$name"
	done
	need libc6-dev test -e /usr/include/stdio.h
	for name in jansson:libjansson-dev libconfig:libconfig-dev libcurl:libcurl4-gnutls-dev \
		libevent_extra:libevent-dev libsystemd:libsystemd-dev; do
		need "${name#*:}" pkg-config --exists "${name%:*}"
	done
	[ ${#missing[@]} -gt 0 ] || return 0
	if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
		die "these packages are missing (by their names in Debian): ${missing[*]}"
	fi
	say "Installing ${missing[*]} ..."
	export DEBIAN_FRONTEND=noninteractive
	(apt-get update -qq && apt-get install -y -qq --no-install-recommends "${missing[@]}") \
		>"$run/log" 2>&1 && return 0
	tail -n 20 "$run/log" >&2
	die "the packages could not be installed"
}

build() {
	mkdir -p "$build" && cd "$build" || die "cannot write to $top"
	[ -x "$top/configure" ] || (cd "$top" && autoreconf -fi) || return 1
	[ -e Makefile ] || "$top/configure" --quiet || return 1
	make -s -j"$(nproc)" icmpmond icmpctl
}

# wait_for COMMAND...: until it succeeds; fails after the limit, and when the daemon has ended.
wait_for() {
	local end=$((SECONDS + limit_s))
	until "$@" >/dev/null 2>&1; do
		kill -0 "$daemon" 2>/dev/null || return 1
		[ $SECONDS -lt $end ] || return 1
		sleep 0.1
	done
}

ctl() {
	"$build/icmpctl" --socket "$run/stats.sock" "$@"
}

not_started() {
	cat "$run/log" >&2
	die "icmpmond does not run"
}

stop() {
	local status=$?
	trap - EXIT INT TERM
	if [ -n "$daemon" ]; then
		kill -TERM "$daemon" 2>/dev/null
		wait "$daemon"
		[ $? = 0 ] || cat "$run/log" >&2
	fi
	rm -rf "$run"
	exit $status
}

main() {
	run=$(mktemp -d "${TMPDIR:-/tmp}/icmpmon-quickstart.XXXXXX") || die "no temporary directory"
	trap stop EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM
	install_packages
	say "Building in ${build#"$PWD/"} ..."
	(build) >"$run/log" 2>&1 || { tail -n 30 "$run/log" >&2; die "the build failed"; }
	setsid "$build/icmpmond" --config "$top/etc/quickstart.conf" --socket "$run/stats.sock" \
		--log stderr >"$run/log" 2>&1 &
	daemon=$!
	if [ -t 1 ]; then
		wait_for ctl status || not_started
		trap : INT # Ctrl-C ends the table, then the daemon
		ctl watch
		say "Stopped. Next: man -l man/icmpmond.conf.5; README.md tells how to install it."
	else
		wait_for ctl status --exit-code # what is not up by then is shown as it is
		ctl status || not_started
	fi
}

main
