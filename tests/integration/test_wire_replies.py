# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Replies as they should not be: which of them count, and as what (catalogue rows P1 to P15)."""
import pytest

from conftest import lossless, sums_agree, wait_for
from wire import NET4, NET6

RECORD_ROUTE = bytes([7, 39, 4]) + bytes(36) + b"\0"  # 40 bytes of options


def config(hosts, interval="50ms", timeout="200ms", more=""):
    """hosts: {name: last byte of the address}; an address of either family each."""
    lines = []
    for name, last in hosts.items():
        lines.append(f'  {{ name = "{name}"; host = "{NET4}{last}"; {more} }}')
        lines.append(f'  {{ name = "{name}-6"; host = "{NET6}{last:x}"; {more} }}')
    return (
        f'defaults = {{ interval = "{interval}"; timeout = "{timeout}"; }};\n'
        "targets = (\n" + ",\n".join(lines) + "\n);\n"
    )


def decided(d, name, n=20):
    """The target when so many of its probes are decided."""

    def enough():
        t = d.target(name)
        totals = t["totals"]
        done = totals["answered"] + totals["lost"] + totals["unreachable"] + totals["unmeasured"]
        return done >= n and t

    return wait_for(enough, lambda: f"{n} decided: {d.target(name)['totals']}")


REPLIES = {
    # name: (answer, does it answer the probe, what is counted beside)
    "P1-record-route": (lambda r: [r.reply(options=RECORD_ROUTE)], True, {}),
    # the kernel refuses these options; the parser's own tests have them
    "P2-option-length-0": (lambda r: [r.reply(options=bytes([7, 0, 0, 0]))], False, {}),
    "P2-option-length-255": (lambda r: [r.reply(options=bytes([7, 255, 0, 0]))], False, {}),
    "P4-seven-bytes": (lambda r: [r.reply()[:27]], False, {}),
    "P6-wrong-checksum": (lambda r: [r.reply(seal=False)], False, {"corrupt"}),
    "P8-wrong-tag": (
        lambda r: [r.reply(r.payload[:8] + bytes(8) + r.payload[16:])],
        False,
        {"foreign"},
    ),
    "P9-wrong-source": (lambda r: [r.reply(source=r.to[:-1] + b"\xc8")], False, {"foreign"}),
    "P15-one-byte-short": (lambda r: [r.reply(r.payload[:-1])], False, {"corrupt"}),
    "P15-one-byte-long": (lambda r: [r.reply(r.payload + b"x")], False, {"corrupt"}),
    "P15-zeroed-pattern": (lambda r: [r.reply(r.payload[:18] + bytes(38))], False, {"corrupt"}),
    "P15-all-zero": (lambda r: [r.reply(bytes(56))], False, {"foreign"}),
    "wrong-sequence": (lambda r: [r.reply(seq=r.seq ^ 1)], False, {"foreign"}),
    "our-request-mirrored": (lambda r: [r.packet], False, {}),
    "P15-right-after-wrong": (
        lambda r: [r.reply(bytes(56)), r.reply()],
        True,
        {"foreign"},
    ),
}


def test_replies_by_the_byte(daemon, wire):
    hosts = {name: 10 + i for i, name in enumerate(REPLIES)}
    by_host = {10 + i: REPLIES[name][0] for i, name in enumerate(REPLIES)}
    wire(lambda r: by_host[r.host](r))
    d = daemon(config(hosts))
    for name, (_, answers, beside) in REPLIES.items():
        for full in (name, name + "-6"):
            totals = sums_agree(decided(d, full)["totals"])
            if full.endswith("-6") and ("option" in name or "record" in name):
                continue  # these are of IPv4
            if full == "P6-wrong-checksum-6":
                beside = set()  # P7: the kernel drops it
            assert (totals["lost"] == 0) == answers, (full, totals)
            assert (totals["answered"] == 0) != answers, (full, totals)
            assert totals["unmeasured"] == totals["unsent"] == totals["late"] == 0, (full, totals)
            for key in ("corrupt", "foreign", "duplicates"):
                assert (totals[key] > 0) == (key in beside), (full, key, totals)
    reason = wait_for(lambda: d.target("P15-one-byte-short")["reason"], "a reason")
    assert "55 of 56 bytes came back" in reason, reason
    assert "wrong checksum" in d.target("P6-wrong-checksum")["reason"]


def test_a_thousand_duplicates_are_counted_and_change_nothing(daemon, wire):  # P11
    done = set()

    def answer(request):
        again = 1000 if request.to not in done else 0
        done.add(request.to)
        return [request.reply() for _ in range(1 + again)]

    wire(answer)
    d = daemon(config({"twice": 10}))
    for name in ("twice", "twice-6"):
        wait_for(lambda: d.target(name)["totals"]["duplicates"] >= 1000, "the duplicates")
        totals = lossless(d.target(name)["totals"])
        assert totals["duplicates"] == 1000, totals


def test_one_lost_and_one_doubled_show_both(daemon, wire):  # bug 29
    wire(lambda r: [r.reply()] * 2 if r.seq % 2 else [])
    d = daemon(config({"odd": 10}))
    totals = sums_agree(decided(d, "odd", 40)["totals"])
    assert abs(totals["lost"] - totals["answered"]) <= 8, totals
    assert abs(totals["duplicates"] - totals["answered"]) <= 1, totals
    assert d.target("odd")["windows"][0]["loss_ratio"] < 0.7


def test_late_replies_belong_to_their_own_probe(daemon, wire):  # P12, bug 14
    wire(lambda r: [(0.3, r.reply())])
    d = daemon(config({"late": 10}))
    t = wait_for(
        lambda: (t := d.target("late"))["totals"]["late"] >= 30 and t,
        lambda: d.target("late")["totals"],
    )
    totals = sums_agree(t["totals"])
    assert totals["answered"] == totals["duplicates"] == totals["stale"] == 0, totals
    assert totals["lost"] >= totals["late"]
    late = [p for p in d.get("/v1/targets/late/probes?last=20")["probes"] if p["late"]]
    assert late and all(p["outcome"] == "lost" and p["rtt_ms"] > 295 for p in late)
    assert t["windows"][0]["late"] > 0 and t["windows"][0]["loss_ratio"] == 1


def test_a_timeout_above_the_interval_waits_for_slow_replies(daemon, wire):  # bug 15
    wire(lambda r: [(0.25, r.reply())])  # five intervals
    d = daemon(config({"slow": 10}, timeout="2s"))
    seen = set()

    def forty():
        t = d.target("slow")
        ratio = t["windows"][0].get("loss_ratio")
        assert ratio in (None, 0), t
        seen.add(t["totals"]["in_flight"])
        return t["totals"]["answered"] >= 40 and t

    t = wait_for(forty, lambda: d.target("slow")["totals"])
    lossless(t["totals"])
    assert max(seen) >= 4, "several are out at once"
    assert t["windows"][0]["rtt_ms"]["min"] > 245


def test_reordered_replies_are_counted_and_no_loss(daemon, wire):  # RFC 4737
    wire(lambda r: [(0.12 if r.seq % 4 == 0 else 0.001, r.reply())])
    d = daemon(config({"mixed": 10}))
    totals = lossless(decided(d, "mixed", 40)["totals"])
    assert abs(totals["reordered"] - totals["answered"] / 4) <= 3, totals


def test_one_responder_answers_for_another(daemon, wire):  # bugs 5, 6, 11
    wire(lambda r: [r.reply(source=r.to[:-1] + bytes([r.host ^ 1]))])
    d = daemon(config({"a": 10, "b": 11}))
    for name in ("a", "b", "a-6", "b-6"):
        totals = sums_agree(decided(d, name)["totals"])
        assert totals["answered"] == 0 and totals["foreign"] > 0, (name, totals)


def test_distinct_delays_do_not_cross_over(daemon, wire):  # bug 6
    delays = {10 + i: 0.040 * (i + 1) for i in range(10)}
    wire(lambda r: [(delays[r.host], r.reply())])
    d = daemon(config({f"h{host}": host for host in delays}, interval="100ms", timeout="2s"))
    for host, delay in delays.items():
        for name in (f"h{host}", f"h{host}-6"):
            t = decided(d, name, 10)
            lossless(t["totals"])
            # closer to its own delay than to any other, whatever the machine is busy with
            least = t["windows"][0]["rtt_ms"]["min"]
            assert abs(least - delay * 1000) < 20, (name, least)


@pytest.mark.parametrize("size", [0, 8, 15, 16, 17, 18])
def test_payloads_too_short_for_a_tag(daemon, wire, size):  # bug 24
    wire(lambda r: [r.reply()])
    d = daemon(config({"short": 10}, more=f"size = {size};"))
    for name in ("short", "short-6"):
        totals = lossless(decided(d, name)["totals"])
        assert totals["foreign"] == totals["corrupt"] == totals["duplicates"] == 0, totals


def test_two_names_of_one_address_and_two_families(daemon, wire):
    wire(lambda r: [r.reply()])
    d = daemon(config({"one": 10, "two": 10}, more="flows = 2;"))
    for name in ("one", "two", "one-6", "two-6"):
        totals = lossless(decided(d, name)["totals"])
        assert totals["foreign"] == totals["duplicates"] == totals["reordered"] == 0, totals
