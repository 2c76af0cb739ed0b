#!/bin/sh
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
#
# Runs a test program (the argument, default ./test_sock) in a network namespace that vanishes
# with it. All of 10.0.0.0/8 and fd00::/16 answers; 10.9.9.9 and fd00::9:9 refuse with an ICMP
# error; 10.9.9.8 and fd00::9:8 may not be sent to; d0 is a network of MTU 1400 where nobody
# answers; there is no default route; mark 5 is forbidden everywhere. Exit status 77: not possible
# here.
set -eu

program=$(realpath "${1:-./test_sock}")

if [ "${ICMPMON_TEST_NETNS:-}" != inside ]; then
	for tool in unshare ip nft; do
		command -v "$tool" >/dev/null || { echo "skipped: no $tool" >&2; exit 77; }
	done
	unshare --net --mount true 2>/dev/null || {
		echo "skipped: no right to make a network namespace" >&2
		exit 77
	}
	ICMPMON_TEST_NETNS=inside exec unshare --net --mount "$0" "$program"
fi

mount -t sysfs none /sys 2>/dev/null || true
ip link set lo up
ip route add local 10.0.0.0/8 dev lo
ip -6 route add local fd00::/16 dev lo
ip -6 addr add fd00::7/128 dev lo nodad
ip -6 addr add fd00::9:9/128 dev lo nodad
ip link add d0 mtu 1400 type veth peer name d0-peer || { echo "skipped: no veth" >&2; exit 77; }
ip addr add 192.0.2.1/24 broadcast + dev d0
ip link set d0-peer up
ip link set d0 up
ip -6 addr add 2001:db8::1/64 dev d0 nodad
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev d0 nud permanent
ip neigh add 2001:db8::9 lladdr 02:00:00:00:00:09 dev d0 nud permanent
ip rule add fwmark 5 prohibit pref 10
echo "0 100" >/proc/sys/net/ipv4/ping_group_range
# no limit on the errors the kernel sends
echo 0 >/proc/sys/net/ipv4/icmp_ratelimit
echo 0 >/proc/sys/net/ipv6/icmp/ratelimit
nft -f - <<RULES
table inet test {
	chain input {
		type filter hook input priority 0;
		ip daddr 10.9.9.9 icmp type echo-request reject with icmp type host-prohibited
		ip6 daddr fd00::9:9 icmpv6 type echo-request \
			reject with icmpv6 type admin-prohibited
	}
	chain output {
		type filter hook output priority 0;
		ip daddr 10.9.9.8 drop
		ip6 daddr fd00::9:8 drop
	}
}
RULES
exec "$program"
