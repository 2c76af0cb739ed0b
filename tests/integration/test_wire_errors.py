# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""ICMP errors about our probes and about others': what they change (catalogue rows P17 to P25)."""
import struct

import pytest

from conftest import lossless, sums_agree, wait_for
from test_wire_replies import config, decided
from wire import checksum, ip

UNREACHABLE, EXCEEDED, PARAMETER = {4: 3, 6: 1}, {4: 11, 6: 3}, {4: 12, 6: 4}


def extension(good=True):
    """RFC 4884 and 4950: one MPLS label."""
    body = struct.pack("!HBBI", 8, 1, 1, 0x00012341)
    head = struct.pack("!BBH", 0x20, 0, 0)
    total = checksum(head + body) if good else 0x1234
    return struct.pack("!BBH", 0x20, 0, total) + body


def extended(request, length, good=True):
    """An error with its quote padded to 128 bytes and an extension behind it."""
    quoted = request.packet[:128].ljust(128, b"\0")
    rest = bytes([0, length, 0, 0]) if request.family == 4 else bytes([length, 0, 0, 0])
    return request.error(
        UNREACHABLE[request.family], 1, inner=quoted, tail=extension(good), rest=rest
    )


def other_inner(request, **change):
    """The quoted request with some of its bytes changed: b<offset in the packet>=<bits>."""
    inner = bytearray(request.packet)
    for at, bits in change.items():
        inner[int(at[1:])] ^= bits
    return bytes(inner)


def unreachable(request, **kw):
    return request.error(UNREACHABLE[request.family], 1, **kw)


def start(family):
    return 20 if family == 4 else 40


ERRORS = {
    # name: (answer, is it about our probe)
    "P17-unreachable": (lambda r: [unreachable(r)], True),
    "P17-time-exceeded": (lambda r: [r.error(EXCEEDED[r.family], 0)], True),
    "P17-parameter-problem": (lambda r: [r.error(PARAMETER[r.family], 0)], True),
    "P18-eight-bytes-quoted": (lambda r: [unreachable(r, quoted=8)], True),
    "P18-sixteen-bytes-quoted": (lambda r: [unreachable(r, quoted=16)], True),
    "P19-seven-bytes-quoted": (lambda r: [unreachable(r, quoted=7)], False),
    "P19-header-only": (lambda r: [unreachable(r, quoted=0)], False),
    "P20-quotes-a-reply": (
        lambda r: [
            unreachable(
                r, inner=other_inner(r, **{f"b{start(r.family)}": 8 if r.family == 4 else 1})
            )
        ],
        False,
    ),
    "P20-quotes-udp": (
        lambda r: [
            unreachable(r, inner=other_inner(r, **({"b9": 16} if r.family == 4 else {"b6": 43})))
        ],
        False,
    ),
    "P20-other-destination": (
        lambda r: [unreachable(r, inner=other_inner(r, **{f"b{start(r.family) - 1}": 0x40}))],
        False,
    ),
    "P20-other-sequence": (
        lambda r: [unreachable(r, inner=other_inner(r, **{f"b{start(r.family) + 7}": 1}))],
        False,
    ),
    "P20-wrong-tag": (
        lambda r: [unreachable(r, inner=other_inner(r, **{f"b{start(r.family) + 20}": 1}))],
        False,
    ),
    "P21-length-255": (lambda r: [extended(r, 255)], True),
    "P21-length-0": (lambda r: [extended(r, 0)], True),
    "P21-bad-extension-checksum": (
        lambda r: [extended(r, 32 if r.family == 4 else 16, False)],
        True,
    ),
    "P22-mpls": (lambda r: [extended(r, 32 if r.family == 4 else 16)], True),
    "P22-long": (lambda r: [unreachable(r, tail=bytes(400))], True),
}


def test_errors_by_the_byte(daemon, wire):
    hosts = {name: 10 + i for i, name in enumerate(ERRORS)}
    by_host = {10 + i: ERRORS[name][0] for i, name in enumerate(ERRORS)}
    wire(lambda r: by_host[r.host](r))
    d = daemon(config(hosts))
    for name, (_, ours) in ERRORS.items():
        for full in (name, name + "-6"):
            totals = sums_agree(decided(d, full)["totals"])
            assert totals["answered"] == totals["unmeasured"] == 0, (full, totals)
            assert (totals["unreachable"] > 0) == ours, (full, totals)
            assert (totals["lost"] == 0) == ours, (full, totals)
            assert (d.target(full)["last_error"] is not None) == ours, full


CODES4 = list(range(16))
CODES6 = list(range(8))


def test_every_code_of_unreachable_is_told_with_its_router(daemon, wire):
    def answer(request):
        code = (request.host - 10) % (16 if request.family == 4 else 8)
        return [request.error(UNREACHABLE[request.family], code)]

    wire(answer)
    d = daemon(config({f"code{code}": 10 + code for code in CODES4}))
    for code in CODES4:
        for name, kind, expected, router in (
            (f"code{code}", 3, code, "192.0.2.254"),
            (f"code{code}-6", 1, code % 8, "fd77::fe"),
        ):
            decided(d, name, 5)
            target = d.target(name)
            cause = target["last"]["cause"]
            assert (cause["kind"], cause["type"], cause["code"]) == ("icmp", kind, expected)
            assert cause["from"] == router and cause["rfc"].startswith("RFC ")
            assert sum(target["causes"].values()) == target["totals"]["unreachable"]
    shown = d.ctl("show", "code1").stdout
    assert "host unreachable (ICMP type 3 code 1, RFC 792) from 192.0.2.254" in shown, shown
    metrics = d.request("GET", "/metrics")[1]
    assert 'icmpmon_probe_causes_total{target="code1",cause="host_unreachable"}' in metrics
    assert 'icmpmon_probe_causes_total{target="code13",cause="prohibited"}' in metrics
    wait_for(lambda: d.target("code1")["state"] == "down", "down")
    reason = d.target("code1")["reason"]
    assert reason.endswith("over 5 probes, host unreachable from 192.0.2.254"), reason


def test_a_reply_after_an_error_wins(daemon, wire):  # P17
    wire(lambda r: [unreachable(r), (0.01, r.reply())])
    d = daemon(config({"both": 10}))
    for name in ("both", "both-6"):
        t = decided(d, name)
        lossless(t["totals"])
        assert d.target(name)["last_error"]["kind"] == "icmp"


def test_redirect_and_source_quench_end_no_probe(daemon, wire):  # P23
    def answer(request):
        if request.host == 10:
            return [request.error(5, 1, rest=bytes([192, 0, 2, 9])), request.reply()]
        if request.host == 11:
            return [request.error(4, 0), request.reply()]
        if request.host == 12:  # an error that quotes an error
            return [request.error(3, 1, inner=request.error(3, 1)), request.reply()]
        return [request.error(5, 1, rest=bytes([192, 0, 2, 9]))]

    wire(answer)
    d = daemon(
        'defaults = { interval = "50ms"; timeout = "200ms"; };\ntargets = (\n'
        + ",\n".join(
            f'  {{ name = "{name}"; host = "192.0.2.{10 + i}"; }}'
            for i, name in enumerate(("redirect", "quench", "nested", "lost"))
        )
        + ");"
    )
    for name in ("redirect", "quench", "nested"):
        lossless(decided(d, name)["totals"])
    assert d.target("redirect")["last_error"]["text"] == "redirect for the host"
    assert d.target("quench")["last_error"]["text"] == "source quench"
    assert d.target("nested")["last_error"] is None
    totals = sums_agree(decided(d, "lost")["totals"])
    assert totals["unreachable"] == totals["answered"] == 0, totals
    assert d.target("lost")["causes"] == {"timeout": totals["lost"]}


def test_forged_fragmentation_needed_changes_no_size(daemon, wire, ns):  # P25
    wire(lambda r: [r.error(3, 4, rest=struct.pack("!HH", 0, 68)), r.reply()])
    d = daemon(
        'targets = ( { name = "big"; host = "192.0.2.10"; size = 1400; interval = "50ms"; '
        'df = "yes"; } );'
    )
    lossless(decided(d, "big", 40)["totals"])
    assert "68" not in d.log_text()


@pytest.mark.parametrize("n", [0, 4, 7])
def test_short_packets_harm_nobody(daemon, wire, n):  # P3, P4, bug 9
    def answer(request):
        to, source = request.source, request.to
        return [ip(request.family, source, to, bytes([0, 0, 0, 0, 0, 0, 0][:n])), request.reply()]

    wire(answer)
    d = daemon(config({"short": 10}))
    for name in ("short", "short-6"):
        lossless(decided(d, name)["totals"])


def test_time_exceeded_of_a_routing_loop(daemon, wire):  # P24
    wire(lambda r: [r.error(EXCEEDED[r.family], 0)])
    d = daemon(config({"loop": 10}))
    for name, label in (("loop", "time to live exceeded"), ("loop-6", "hop limit exceeded")):
        wait_for(lambda: d.target(name)["state"] == "down", "down")
        assert label in d.target(name)["reason"], d.target(name)["reason"]
        assert set(d.target(name)["causes"]) == {"ttl_exceeded"}
