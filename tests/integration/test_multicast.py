# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""One probe, many who answer: multicast and broadcast (catalogue row P27)."""
import subprocess

import pytest

from conftest import BUILD, Namespace, sums_agree, wait_for


@pytest.fixture
def neighbours(ns):
    """Two hosts on one link with us: a bridge in our namespace, 192.0.2.1/24 and fd77::1/64."""
    hosts = [Namespace(), Namespace()]
    ns.run("ip", "link", "add", "br0", "type", "bridge", "mcast_snooping", "0")
    ns.run("ip", "addr", "add", "192.0.2.1/24", "brd", "+", "dev", "br0")
    ns.run("ip", "addr", "add", "fd77::1/64", "dev", "br0", "nodad")
    ns.run("ip", "link", "set", "br0", "up")
    for i, host in enumerate(hosts):
        ns.run("ip", "link", "add", f"h{i}", "type", "veth", "peer", "name", "eth0")
        ns.run("ip", "link", "set", "eth0", "netns", host.name)
        ns.run("ip", "link", "set", f"h{i}", "master", "br0", "up")
        host.run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_broadcasts=0")
        host.run("ip", "addr", "add", f"192.0.2.{i + 2}/24", "brd", "+", "dev", "eth0")
        host.run("ip", "addr", "add", f"fd77::{i + 2}/64", "dev", "eth0", "nodad")
        host.run("ip", "link", "set", "eth0", "up")
    yield hosts
    for host in hosts:
        host.close()


def responders(d, name):
    return {r["address"]: r["replies"] for r in d.target(name)["responders"]}


@pytest.mark.parametrize("host", ["192.0.2.255", "224.0.0.1", "ff02::1%br0"])
def test_every_responder_is_listed_and_loss_is_when_none_answers(daemon, ns, neighbours, host):
    d = daemon(
        f'targets = ( {{ name = "all"; host = "{host}"; allow_special = true; interval = "100ms"; '
        'timeout = "400ms"; source = "br0"; } );'
    )
    wait_for(
        lambda: len([n for n in responders(d, "all").values() if n >= 5]) >= 2,
        lambda: d.target("all"),
    )
    totals = sums_agree(d.target("all")["totals"])
    assert totals["lost"] == totals["duplicates"] == totals["foreign"] == 0, totals
    if ":" not in host:
        assert {"192.0.2.2", "192.0.2.3"} <= set(responders(d, "all"))
    # one falls silent: no loss
    ns.run("ip", "link", "set", "h0", "down")
    answered = d.target("all")["totals"]["answered"]
    wait_for(lambda: d.target("all")["totals"]["answered"] >= answered + 10, "more answers")
    assert d.target("all")["totals"]["lost"] == 0
    # all do: loss (our own answer to a multicast does not come back on a bridge's port)
    ns.run("ip", "link", "set", "h1", "down")
    ns.rule("output", "icmpv6 type echo-reply drop\n icmp type echo-reply drop")
    wait_for(lambda: d.target("all")["totals"]["lost"] >= 5, lambda: d.target("all"))
    shown = d.ctl("show", "all").stdout
    assert "RESPONDER" in shown and "REPLIES" in shown, shown
    sums_agree(d.target("all")["totals"])


def test_special_addresses_are_refused_unless_allowed(tmp_path):
    for host in ("255.255.255.255", "224.0.0.1", "ff02::1%lo", "0.0.0.0"):
        config = tmp_path / "c.conf"
        config.write_text(f'targets = ( {{ name = "all"; host = "{host}"; }} );\n')
        result = subprocess.run(
            [str(BUILD / "icmpmond"), "-t", "-c", str(config)], capture_output=True, text=True
        )
        assert result.returncode == 78 and "allow_special" in result.stderr, result
