# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Our own stalls, a clock that is set, a machine that slept: never a loss (catalogue T1 to T7)."""
import signal

import pytest

from conftest import after, lossless, sums_agree, wait_for

HOUR = 3600 * 10**9
CONFIG = """
defaults = {{ interval = "{interval}"; timeout = "{timeout}"; }};
targets = ( {targets} );
"""


def many(n, interval="100ms", timeout="1s"):
    targets = ",\n".join(f'{{ name = "t{i}"; host = "10.0.1.{i + 1}"; }}' for i in range(n))
    return CONFIG.format(interval=interval, timeout=timeout, targets=targets)


def test_stops_of_the_daemon_are_no_loss(daemon):  # T4, bug 18
    d = daemon(many(20))
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > 200, "answers")
    for _ in range(5):
        d.process.send_signal(signal.SIGSTOP)
        wait_for(after(1.2), "the time over")
        d.process.send_signal(signal.SIGCONT)
        answered = d.get("/v1/status")["probes"]["answered"]
        wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > answered + 200, "answers")
    probes = sums_agree(d.get("/v1/status")["probes"])
    assert probes["lost"] == probes["unreachable"] == probes["unmeasured"] == 0, probes
    # what was due while we were stopped is skipped and says so, and does not come in a burst
    assert d.get("/v1/status")["causes"] == {"skipped": probes["unsent"]}
    for i in range(20):
        rtt = d.target(f"t{i}")["windows"][0]["rtt_ms"]
        assert rtt["max"] < 100, "a stop of 1.2 s is no round-trip time"
    assert d.log_text().count("event=interruption") <= 5
    assert "DOWN" not in d.log_text()


@pytest.mark.parametrize("step_ns", [HOUR, -HOUR])
def test_the_wall_clock_is_set_while_probes_are_out(daemon, shim, step_ns):  # T1, T2, bug 13
    d = daemon(many(10, timeout="500ms"), prefix=shim.prefix)
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > 100, "answers")
    shim.put(0, step_ns)
    answered = d.get("/v1/status")["probes"]["answered"]
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > answered + 300, "answers")
    status = d.get("/v1/status")
    lossless(status["probes"])
    assert status["stamp_uncertain"] <= 20
    wait_for(lambda: "event=clock_step" in d.log_text(), d.log_text)
    assert d.log_text().count("event=clock_step") == 1
    for i in range(10):
        assert d.target(f"t{i}")["windows"][0]["rtt_ms"]["max"] < 100, "no hour in it"
        assert d.target(f"t{i}")["state"] == "up"


def test_the_machine_sleeps(daemon, shim):  # T3
    d = daemon(many(10, timeout="500ms"), prefix=shim.prefix)
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > 100, "answers")
    shim.put(1, 8 * HOUR)
    shim.put(0, 8 * HOUR)
    answered = d.get("/v1/status")["probes"]["answered"]
    wait_for(lambda: d.get("/v1/status")["probes"]["answered"] > answered + 300, "answers")
    probes = sums_agree(d.get("/v1/status")["probes"])
    assert probes["lost"] == probes["unreachable"] == 0, probes
    assert probes["attempts"] < answered + 1000, "eight hours of probes did not come at once"
    wait_for(lambda: "the machine slept for 28800.0 s" in d.log_text(), d.log_text)
    for i in range(10):
        assert d.target(f"t{i}")["windows"][0]["rtt_ms"]["max"] < 100
