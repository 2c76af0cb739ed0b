# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What the kernel refuses to send is unsent with its cause, and never a loss (rows S1 to S12)."""
import pytest

from conftest import lossless, sums_agree, wait_for

EAGAIN, EPERM, EIO, ENOBUFS = 11, 1, 5, 105


def one(host, more=""):
    return (
        'defaults = { interval = "50ms"; timeout = "500ms"; };\n'
        f'targets = ( {{ name = "t"; host = "{host}"; {more} }} );'
    )


def refused(d, label, words, name="t"):
    """Ten probes refused for that cause: told once, unknown after 10 s, never down."""
    t = wait_for(
        lambda: (t := d.target(name))["causes"].get(label, 0) >= 10 and t,
        lambda: f"{label}: {d.target(name)['causes']} {d.target(name)['last_error']}",
    )
    totals = sums_agree(t["totals"])
    assert totals["lost"] == totals["unreachable"] == totals["unmeasured"] == 0, totals
    assert t["state"] != "down" and t["last_error"]["text"] == words, t
    assert d.log_text().count(f"event=send_failed target={name} ") == 1, d.log_text()
    return totals


def resumed(d, name="t"):
    before = d.target(name)["totals"]["answered"]
    wait_for(
        lambda: d.target(name)["totals"]["answered"] >= before + 5,
        lambda: f"answers: {d.target(name)}",
    )
    wait_for(lambda: f"event=send_resumed target={name}" in d.log_text(), d.log_text)
    wait_for(lambda: d.target(name)["state"] == "up", lambda: d.target(name))


def test_a_packet_filter_that_drops_is_not_permitted(daemon, ns):  # S2, S11
    d = daemon(one("10.0.0.1"))
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    ns.rule("output", "ip daddr 10.0.0.1 icmp type echo-request drop")
    refused(d, "not_permitted", "operation not permitted")
    wait_for(
        lambda: d.target("t")["state"] == "unknown"
        and "operation not permitted for " in d.target("t")["reason"],
        lambda: d.target("t"),
    )
    ns.run("nft", "delete", "table", "inet", "test")
    resumed(d)


@pytest.mark.parametrize(
    "route, label, words",
    [
        ("unreachable", "no_route", "no route to host"),  # S4
        ("prohibit", "not_permitted", "permission denied"),
        ("blackhole", "other_send", "invalid argument"),
    ],
)
def test_routes_that_refuse(daemon, ns, route, label, words):
    d = daemon(one("10.0.0.1"))
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    ns.run("ip", "route", "add", route, "10.0.0.1/32", "table", "local")
    ns.run("ip", "rule", "add", "to", "10.0.0.1", "table", "77", "pref", "0")
    ns.run("ip", "route", "add", route, "10.0.0.1/32", "table", "77")
    refused(d, label, words)
    ns.run("ip", "route", "del", "10.0.0.1/32", "table", "77")
    ns.run("ip", "route", "del", route, "10.0.0.1/32", "table", "local")
    resumed(d)


def link(ns):
    ns.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    ns.run("ip", "addr", "add", "192.0.2.1/24", "dev", "v0")
    ns.run("ip", "link", "set", "v1", "up")
    ns.run("ip", "link", "set", "v0", "up")


def test_a_link_that_goes_down_is_no_route_and_comes_back(daemon, ns):  # S3, bug 22
    link(ns)
    ns.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2", "dev", "v0")
    ns.run("ip", "neigh", "add", "192.0.2.2", "lladdr", "02:00:00:00:00:02", "dev", "v0")
    d = daemon(one("198.51.100.1"))
    wait_for(lambda: d.target("t")["totals"]["sent"] > 5, "probes that go")
    ns.run("ip", "link", "del", "v0")
    t = wait_for(
        lambda: (t := d.target("t"))["causes"].get("no_route", 0) >= 10 and t,
        lambda: d.target("t"),
    )
    sums_agree(t["totals"])
    assert t["last_error"]["text"] == "network unreachable"
    link(ns)
    ns.run("ip", "route", "add", "198.51.100.0/24", "via", "192.0.2.2", "dev", "v0")
    before = d.target("t")["totals"]["sent"]
    wait_for(lambda: d.target("t")["totals"]["sent"] > before + 5, "probes that go again")
    assert "event=send_resumed target=t" in d.log_text()


def test_a_probe_too_long_for_the_link_names_its_mtu(daemon, ns):  # S5
    link(ns)
    d = daemon(one("192.0.2.2", 'size = 2000; df = "yes";'))
    refused(d, "message_too_long", "message too long")
    assert "2000 bytes of payload do not fit the MTU of 1500" in d.log_text()


def test_a_source_that_is_not_ours(daemon, ns):  # bug 23
    d = daemon(one("10.0.0.1", 'source = "203.0.113.5";'))
    t = wait_for(lambda: (t := d.target("t"))["totals"]["unsent"] >= 10 and t, "unsent")
    assert t["totals"]["sent"] == 0 and t["state"] == "unknown", t
    ns.run("ip", "addr", "add", "203.0.113.5/32", "dev", "lo")
    resumed(d)


def test_a_dead_neighbour_is_told_by_our_own_kernel(daemon, ns):  # S9
    link(ns)
    d = daemon(one("192.0.2.2", 'timeout = "5s";'))
    t = wait_for(
        lambda: (t := d.target("t"))["causes"].get("host_unreachable", 0) >= 5 and t,
        lambda: d.target("t"),
    )
    assert t["last_error"]["from"] == "192.0.2.1", t["last_error"]
    sums_agree(t["totals"])


@pytest.mark.parametrize("error, label", [(EPERM, "not_permitted"), (EIO, "other_send")])
def test_every_send_refused_for_a_while(daemon, shim, error, label):  # bug 21
    d = daemon(one("10.0.0.1"), prefix=shim.prefix)
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    shim.put(2, error)
    refused(d, label, {EPERM: "operation not permitted", EIO: "input/output error"}[error])
    calls, unsent = shim.get(3), d.target("t")["totals"]["unsent"]
    wait_for(lambda: d.target("t")["totals"]["unsent"] >= unsent + 20, "20 more")
    assert shim.get(3) - calls <= 60, "a try for each probe, no busy loop"
    shim.put(2, 0)
    resumed(d)
    assert sums_agree(d.target("t")["totals"])["lost"] == 0


def test_a_full_send_queue_is_waited_for(daemon, shim):  # S6, iputils 302
    d = daemon(one("10.0.0.1", 'interval = "1s";'), prefix=shim.prefix)
    wait_for(lambda: d.target("t")["totals"]["answered"] > 1, "answers")
    calls = shim.get(3)
    shim.put(2, EAGAIN)
    wait_for(lambda: shim.get(3) >= calls + 20, "twenty tries")
    shim.put(2, 0)
    answered = d.target("t")["totals"]["answered"]
    wait_for(lambda: d.target("t")["totals"]["answered"] >= answered + 2, "answers again")
    lossless(d.target("t")["totals"])


def test_a_full_device_queue_is_tried_once_more(daemon, shim):  # S1, S10, fastping-rs 31
    d = daemon(one("10.0.0.1"), prefix=shim.prefix)
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    shim.put(2, ENOBUFS)
    refused(d, "no_buffer", "no buffer space")
    calls, unsent = shim.get(3), d.target("t")["totals"]["unsent"]
    wait_for(lambda: d.target("t")["totals"]["unsent"] >= unsent + 20, "20 more")
    assert 30 <= shim.get(3) - calls <= 100, "twice for each probe"
    shim.put(2, 0)
    resumed(d)
