# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Loss is what the network lost, to the packet: under floods, forgeries and stops of our own.

With ICMPMON_LONG=1 in the length that the project asks for (about twenty minutes)."""
import os
import re
import signal
import subprocess

import pytest

from conftest import BUILD, after, lossless, sums_agree, wait_for
from test_end_to_end import all_targets, settle

LONG = os.environ.get("ICMPMON_LONG") == "1"
RULES = """
table inet test {
    counter dropped4 { }
    counter dropped6 { }
    chain output {
        type filter hook output priority 0;
        icmp type echo-reply numgen random mod 100 < PERCENT counter name dropped4 drop
        icmpv6 type echo-reply numgen random mod 100 < PERCENT counter name dropped6 drop
    }
}
"""


def hosts(directory, n=500, interval="500ms"):
    lines = [f"10.1.{i // 250}.{i % 250 + 1} v4-{i} interval={interval}" for i in range(n)]
    lines += [f"2001:db8::{i + 1:x} v6-{i} interval={interval}" for i in range(n)]
    (directory / "hosts.txt").write_text("\n".join(lines) + "\n")
    return f'targets_file = "{directory}/hosts.txt";\n'


@pytest.mark.parametrize("percent", [1, 5, 50])
def test_random_loss_equals_the_counters_to_the_packet(daemon, ns, tmp_path, percent):
    ns.nft(RULES.replace("PERCENT", str(percent)))
    d = daemon(hosts(tmp_path))
    wait_for(lambda: d.get("/v1/status")["probes"]["sent"] >= 12000, "12,000 probes", 60)
    settle(d)
    lost = {"v4": 0, "v6": 0}
    for t in all_targets(d):
        totals = sums_agree(t["totals"])
        assert totals["unmeasured"] == totals["unsent"] == totals["unreachable"] == 0, t
        lost[t["name"][:2]] += totals["lost"]
    # probes that test a flow after losses are lost too, and counted apart
    beside = {f: ns.nft_counter(f"dropped{f[1]}") - lost[f] for f in lost}
    tests = re.search(
        r'icmpmon_extra_probes_total{kind="flowtest",outcome="lost"} (\d+)',
        d.request("GET", "/metrics")[1],
    )
    assert min(beside.values()) >= 0 and sum(beside.values()) == int(tests[1]), (lost, beside)
    assert lost["v4"] > 20 * percent and lost["v6"] > 20 * percent


def flood(ns, kind, count, rate):
    return subprocess.Popen(
        ns.command(str(BUILD / "tests/integration/flood"), kind, "10.0.0.1", str(count), str(rate)),
        stdout=subprocess.PIPE,
        text=True,
    )


def flooded(ns, kind, count, rate, limit_s=120):
    """How many packets of the flood went."""
    with flood(ns, kind, count, rate) as process:
        try:
            return int(process.communicate(timeout=limit_s)[0])
        finally:
            process.kill()


VICTIMS = """
defaults = { interval = "100ms"; timeout = "1s"; };
targets = ( { name = "t"; host = "10.0.0.1"; }, { name = "other"; host = "10.0.0.2"; },
  { name = "six"; host = "2001:db8::2"; } );
"""


def answering(d):
    wait_for(lambda: d.target("t")["totals"]["answered"] > 5, "answers")
    return d


def never_a_false_loss(d):
    """Also when the flood was too much: then what was not seen says so."""
    sent = d.get("/v1/status")["probes"]["sent"]

    def decided():
        probes = d.get("/v1/status")["probes"]
        return probes["sent"] - probes["in_flight"] >= sent

    wait_for(decided, "what was out during the flood is decided")
    for t in all_targets(d):
        totals = sums_agree(t["totals"])
        assert totals["lost"] == totals["unreachable"] == totals["corrupt"] == 0, t
        assert totals["unsent"] == t["causes"].get("skipped", 0), t
        assert t["state"] in ("up", "unknown") and not any(a["active"] for a in t["alarms"]), t
    status = d.get("/v1/status")
    assert (status["probes"]["unmeasured"] == 0) or status["rx_dropped"] > 0
    assert "DOWN" not in d.log_text()
    return status


def test_forged_replies_are_refused_and_change_nothing(daemon, ns):  # P8, bugs 2, 5
    d = answering(daemon(VICTIMS))
    count = 10_000_000 if LONG else 500_000
    went = flooded(ns, "forged", count, 100_000, 400)
    status = never_a_false_loss(d)
    totals = d.target("t")["totals"]
    assert totals["foreign"] + status["rx_dropped"] >= went * 0.99
    lossless(totals)
    assert totals["duplicates"] == 0 and status["probes"]["unmeasured"] == 0, totals
    assert d.target("t")["windows"][0]["rtt_ms"]["p50"] < 5


def test_forged_replies_as_fast_as_they_go_are_no_loss(daemon, ns):  # P29
    d = answering(daemon(VICTIMS))
    assert flooded(ns, "forged", 3_000_000, 0) > 1_000_000
    status = never_a_false_loss(d)
    assert d.target("t")["totals"]["duplicates"] == 0
    if status["rx_dropped"] > 0:
        wait_for(lambda: "event=rx_drops" in d.log_text(), d.log_text)


@pytest.mark.parametrize("kind", ["foreign", "request", "error"])
def test_a_flood_that_is_not_for_us_evicts_nothing(daemon, ns, kind):  # P28, P30
    d = answering(daemon(VICTIMS))
    count = 4_000_000 if LONG else 600_000
    assert flooded(ns, kind, count, 200_000, 200) > count * 0.9
    status = never_a_false_loss(d)
    for t in all_targets(d):
        assert t["totals"]["foreign"] == 0, t
    # the kernel's filter keeps it from our queue
    assert status["probes"]["unmeasured"] == 0 and status["rx_dropped"] == 0, status


def test_a_small_buffer_that_overflows_is_unmeasured_and_no_loss(daemon, ns):  # P29, S14, bug 19
    d = answering(daemon('receive_buffer = "4KiB";\n' + VICTIMS))
    flooded(ns, "forged", 300_000, 0)
    status = never_a_false_loss(d)
    assert status["rx_dropped"] > 0
    assert "receive_buffer" in d.log_text() and "net.core.rmem_max" in d.log_text()


def test_stops_of_the_daemon_under_load_are_no_loss(daemon, tmp_path):  # T4
    d = daemon(hosts(tmp_path, interval="1s"))
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > 2000, "answers")
    for _ in range(100 if LONG else 2):
        d.process.send_signal(signal.SIGSTOP)
        wait_for(after(5), "the time over")
        d.process.send_signal(signal.SIGCONT)
        answered = d.get("/v1/status")["probes"]["answered"]
        wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > answered + 1500, "answers")
    status = d.get("/v1/status")
    probes = sums_agree(status["probes"])
    assert probes["lost"] == probes["unreachable"] == probes["unmeasured"] == 0, probes
    assert status["causes"] == {"skipped": probes["unsent"]}
    assert "DOWN" not in d.log_text() and "DEGRADED" not in d.log_text()
