# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""The daemon on real sockets, against the kernel of a namespace and the counters of nftables."""
import time

import pytest

from conftest import sums_agree, wait_for

IPV4, IPV6 = 1000, 200
DROP_SEVENTH = """
table inet test {
    counter dropped4 { }
    counter dropped6 { }
    chain output {
        type filter hook output priority 0;
        icmp type echo-reply numgen inc mod 7 == 0 counter name dropped4 drop
        icmpv6 type echo-reply numgen inc mod 7 == 0 counter name dropped6 drop
    }
}
"""


def many_targets(directory):
    lines = [f"10.1.{i // 250}.{i % 250 + 1} v4-{i}" for i in range(IPV4)]
    lines += [f"2001:db8::{i + 1:x} v6-{i}" for i in range(IPV6)]
    lines.append("10.2.0.1 fast interval=100ms")
    (directory / "hosts.txt").write_text("\n".join(lines) + "\n")


def many_config(directory, extra=""):
    many_targets(directory)
    return f'version = 1;\ntargets_file = "{directory}/hosts.txt";\n{extra}'


def all_targets(d):
    return d.get("/v1/targets")["targets"]


def settle(d):
    """Pauses all targets and waits until nothing is in flight, so that counts stand still."""
    for target in all_targets(d):
        status, body = d.request(
            "POST",
            "/v1/pause",
            f"target={target['name']}",
            {"Content-Type": "application/x-www-form-urlencoded"},
        )
        assert status == 200, body
    wait_for(lambda: d.get("/v1/status")["probes"]["in_flight"] == 0, "nothing in flight")


@pytest.mark.parametrize("receive_buffer", [None, "208KiB"])
def test_1201_targets_lose_nothing_and_keep_their_schedule(daemon, tmp_path, receive_buffer):
    seconds = 60 if receive_buffer is None else 20
    extra = f'receive_buffer = "{receive_buffer}";\n' if receive_buffer else ""
    d = daemon(many_config(tmp_path, extra))
    born = {t["name"]: (time.monotonic(), t["totals"]["attempts"]) for t in all_targets(d)}
    assert len(born) == IPV4 + IPV6 + 1
    end = time.monotonic() + seconds
    wait_for(lambda: time.monotonic() > end, "the time over", seconds + 10)
    before = time.monotonic()
    targets = all_targets(d)
    after = time.monotonic()
    for t in targets:
        totals = sums_agree(t["totals"])
        assert (
            totals["lost"] == totals["unreachable"] == totals["unmeasured"] == totals["unsent"] == 0
        ), t
        assert t["state"] == "up", t
        assert t["windows"][0]["loss_ratio"] == 0, t
        since, first = born[t["name"]]
        interval = t["interval_ms"] / 1000
        assert (before - since) / interval - 1.5 <= totals["attempts"] - first, t
        assert totals["attempts"] - first <= (after - since) / interval + 1.5 + 0.2 / interval, t
    status = d.get("/v1/status")
    sums_agree(status["probes"])
    assert status["rx_dropped"] == 0
    assert d.stop() == 0


def test_loss_equals_the_counter_of_the_rule_to_the_packet(daemon, ns, tmp_path):
    ns.nft(DROP_SEVENTH)
    d = daemon(many_config(tmp_path))
    wait_for(lambda: d.get("/v1/status")["probes"]["sent"] >= 12000, "12,000 probes", 30)
    settle(d)
    lost = {"v4": 0, "v6": 0}
    for t in all_targets(d):
        totals = sums_agree(t["totals"])
        assert totals["unmeasured"] == totals["unsent"] == totals["unreachable"] == 0, t
        lost["v6" if t["name"].startswith("v6") else "v4"] += totals["lost"]
    assert lost == {"v4": ns.nft_counter("dropped4"), "v6": ns.nft_counter("dropped6")}
    assert lost["v4"] > 1000 and lost["v6"] > 200
    status = d.get("/v1/status")["probes"]
    assert status["lost"] == lost["v4"] + lost["v6"]


def test_states_follow_the_network_and_say_why(daemon, ns):
    d = daemon(
        'defaults = { interval = "100ms"; timeout = "200ms"; };\n'
        'targets = { far = { host = "10.3.0.1"; }; near = { host = "127.0.0.1"; }; };\n'
    )
    wait_for(lambda: d.target("far")["state"] == "up", "far up")
    ns.rule("output", "ip saddr 10.3.0.1 icmp type echo-reply drop")
    down = wait_for(lambda: (t := d.target("far"))["state"] == "down" and t, "far down")
    assert "loss" in down["reason"] and "over 5 probes" in down["reason"]
    assert d.target("near")["state"] == "up"
    ns.run("nft", "delete", "table", "inet", "test")
    wait_for(lambda: d.target("far")["state"] != "down", "far not down")
    log = d.log_text()
    assert "far (10.3.0.1) DOWN: loss 100% over 5 probes | event=state target=far" in log
    assert "alarm down raised" not in log, "one line says it"
    events = [e for e in d.request("GET", "/v1/events")[1].splitlines()]
    assert any('"state":"down"' in e and '"target":"far"' in e for e in events)
    metrics = d.request("GET", "/metrics")[1]
    assert 'icmpmon_probes_total{target="far",outcome="lost"}' in metrics


def test_unreachable_is_told_with_type_code_and_router(daemon, ns):
    ns.rule(
        "input", "ip daddr 10.4.0.1 icmp type echo-request reject with icmp type host-prohibited"
    )
    d = daemon(
        'defaults = { interval = "100ms"; timeout = "200ms"; };\n'
        'targets = ( { name = "walled"; host = "10.4.0.1"; } );'
    )
    t = wait_for(
        lambda: (t := d.target("walled"))["totals"]["unreachable"] >= 3 and t, "unreachable probes"
    )
    assert t["totals"]["lost"] == 0 and t["totals"]["answered"] == 0
    assert (t["last_error"]["type"], t["last_error"]["code"]) == (3, 10)
    assert t["last_error"]["from"] == "10.4.0.1"
    probes = [
        p
        for p in d.get("/v1/targets/walled/probes?last=10")["probes"]
        if p["outcome"] == "unreachable"
    ]
    assert probes and all(
        p["cause"]["kind"] == "icmp" and p["cause"]["from"] == "10.4.0.1" for p in probes
    )


def test_no_route_is_unsent_and_unknown_never_down(daemon, ns):
    d = daemon('targets = ( { name = "nowhere"; host = "192.0.2.1"; interval = "100ms"; } );')
    t = wait_for(lambda: (t := d.target("nowhere"))["totals"]["unsent"] > 10 and t, "unsent probes")
    assert t["totals"]["sent"] == 0 and t["last_error"]["kind"] == "send"
    assert t["state"] == "unknown"
    wait_for(
        lambda: "unreachable" in d.target("nowhere")["reason"],
        lambda: d.target("nowhere")["reason"],
        15,
    )
    ns.run("ip", "route", "add", "local", "192.0.2.1", "dev", "lo")
    wait_for(lambda: d.target("nowhere")["state"] == "up", "up when the route is there")
    sums_agree(d.target("nowhere")["totals"])


def test_a_link_local_target_is_probed_by_its_interface(daemon, ns):
    ns.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    ns.run("sysctl", "-qw", "net.ipv6.conf.v0.accept_dad=0", "net.ipv6.conf.v1.accept_dad=0")
    ns.run("ip", "addr", "add", "fe80::1/64", "dev", "v0", "nodad")
    ns.run("ip", "link", "set", "v0", "up")
    ns.run("ip", "link", "set", "v1", "up")
    d = daemon('targets = ( { name = "self"; host = "fe80::1%v0"; interval = "100ms"; } );')
    wait_for(lambda: d.target("self")["state"] == "up", lambda: d.target("self"))


def test_size_ttl_dscp_and_timeout_above_the_interval(daemon):
    d = daemon(
        'defaults = { interval = "50ms"; };\n'
        'targets = ( { name = "empty"; host = "10.0.0.1"; size = 0; },\n'
        '  { name = "large"; host = "10.0.0.2"; size = 65507; df = "no"; },\n'
        '  { name = "six"; host = "2001:db8::2"; size = 1400; ttl = 5; dscp = "EF"; },\n'
        '  { name = "slow"; host = "10.0.0.3"; timeout = "5s"; },\n'
        '  { name = "flows"; host = "10.0.0.4"; flows = 4; },\n'
        '  { name = "twin-a"; host = "10.0.0.5"; }, { name = "twin-b"; host = "10.0.0.5"; } );'
    )
    for name in ("empty", "large", "six", "slow", "flows", "twin-a", "twin-b"):
        t = wait_for(
            lambda: (t := d.target(name))["totals"]["answered"] >= 20 and t,
            lambda: f"{name}: {d.target(name)['totals']} {d.target(name)['last_error']}",
        )
        totals = sums_agree(t["totals"])
        assert (
            totals["lost"] == totals["corrupt"] == totals["foreign"] == totals["duplicates"] == 0
        ), t
    assert {p["flow"] for p in d.get("/v1/targets/flows/probes?last=20")["probes"]} == {0, 1, 2, 3}


def test_many_targets_of_no_group_have_one_summary_line(daemon):
    lines = "".join(f"  t{i} = {{ host = \"10.5.0.{i + 1}\"; }};\n" for i in range(60))
    d = daemon(
        'log = { summary_interval = "1s"; };\ndefaults = { interval = "100ms"; };\n'
        f"targets = {{\n{lines}}};\n"
    )
    wait_for(lambda: "targets of no group 1s: 60 targets (60 up), " in d.log_text(), d.log_text)
    assert " t1 1s: " not in d.log_text()


def test_a_target_with_an_interface_leaves_by_it_or_not_at_all(daemon, ns):
    config = (
        'targets = ( { name = "bound"; host = "10.6.0.1"; source = "v0"; interval = "100ms"; } );'
    )
    d = daemon(config)
    t = wait_for(lambda: (t := d.target("bound"))["totals"]["unsent"] > 5 and t, "unsent probes")
    assert t["totals"]["sent"] == 0 and t["state"] == "unknown", "there is a route, but no v0"
    ns.run("ip", "link", "add", "v0", "type", "veth", "peer", "name", "v1")
    ns.run("ip", "addr", "add", "10.6.0.2/24", "dev", "v0")
    ns.run("ip", "link", "set", "v0", "up")
    ns.run("ip", "link", "set", "v1", "up")
    wait_for(lambda: d.target("bound")["totals"]["sent"] > 5, "probes sent by v0")
    later = daemon(config)
    wait_for(lambda: later.target("bound")["totals"]["sent"] > 5, "also when it was there before")
    ns.run("ip", "link", "del", "v0")
    before = wait_for(
        lambda: (t := d.target("bound"))["last_error"]["kind"] == "send" and t, "refused again"
    )["totals"]
    after = wait_for(
        lambda: (t := d.target("bound")["totals"])["unsent"] > before["unsent"] + 5 and t, "unsent"
    )
    assert after["sent"] == before["sent"]
