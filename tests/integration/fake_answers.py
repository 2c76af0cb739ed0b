# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What icmpmond answers, as Python values: targets, the daemon, events and probes."""
from datetime import datetime, timedelta, timezone

STATES = ("unknown", "up", "degraded", "down", "paused")
TOTALS = ("attempts sent answered lost late stale unreachable unmeasured unsent in_flight "
          "duplicates reordered corrupt foreign extra").split()
UPTIME_S = 12 * 86400 + 4 * 3600
TIMEOUT = {"kind": "timeout", "type": None, "code": None, "text": "timeout", "from": None,
           "errno": None}
UNREACHABLE = {"kind": "icmp", "type": 3, "code": 1, "text": "host unreachable",
               "from": "198.51.100.9", "errno": None}
RTTS = "min mean p50 p90 p95 p99 max stddev".split()


def ago(seconds):
    then = datetime.now(timezone.utc) - timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%S.") + f"{then.microsecond // 1000:03d}Z"


def window(window_s=300, sent=600, lost=0, rtt=(10.9, 14.9, 11.8, 31.0, 48.2, 120.3, 310.4, 12.2)):
    w = {"window_s": window_s, "sent": sent, "answered": sent - lost, "lost": lost, "late": 0,
         "unreachable": 0, "unmeasured": 0, "unsent": 0}
    if sent:
        w["loss_ratio"] = lost / sent
    w["rtt_ms"] = dict(zip(RTTS, rtt if sent > lost else [None] * 8))
    w["jitter_ms"] = 3.1 if sent > lost + 1 else None
    w["loss_run_max"] = lost
    return w


def target(name, address, state="up", since_s=86400, **more):
    totals = dict.fromkeys(TOTALS, 0)
    totals.update(attempts=172600, sent=172600, answered=172525, lost=75, late=2, extra=14)
    t = {
        "name": name, "group": "wan", "host": address or "host.example", "address": address,
        "family": (6 if ":" in address else 4) if address else None, "labels": {"site": "fra1"},
        "state": state, "since": ago(since_s), "reason": "", "suppressed_by": None,
        "interval_ms": 500, "totals": totals, "windows": [window()],
        "last": {"outcome": "answered", "rtt_ms": 11.812345, "reply_ttl": 57, "cause": None},
        "last_error": None,
        "alarms": [{"name": "loss", "active": state == "degraded", "since": None, "value": 0.125,
                    "unit": "ratio", "raise": "loss > 5% over 1m"}],
        "last_event": 4711,
        "strip": {"span_s": 600, "answered": [109] * 11, "lost": [0] * 11, "p50_ms": [11.8] * 11},
    }
    t.update(more)
    return t


def sample_targets():
    """The sample of the contract, and one of each other state."""
    flat = (0.2, 0.22, 0.21, 0.3, 0.35, 0.5, 2.1, 0.1)
    isp = target("isp-gw", "192.0.2.1", "degraded", 192, reason="loss 12.5% > 5% over 1m",
                 windows=[window(lost=75)],
                 last_error={**UNREACHABLE, "at": ago(247)})
    isp["strip"]["lost"] = [0] * 9 + [75, 0]
    isp["strip"]["p50_ms"] = [11.8, 11.9, 14.9, 11.8, 12.0, 42.0, 48.0, 41.0, 16.0, 12.0, 16.2]
    nas = target("nas", "192.0.2.40", "up", 2 * 86400 + 3600, windows=[window(rtt=flat)])
    nas["strip"]["p50_ms"] = [0.21, 0.21, 0.22, 0.35, 0.21, 0.21, 0.2, 0.21, 0.21, 0.2, 0.21]
    return [nas, isp]


def other_targets():
    """One of each state that the sample does not have."""
    gone = {"reason": "loss 100% over 5 probes", "windows": [window(lost=600)]}
    none = {"windows": [window(sent=0)], "last": None}
    others = [
        target("far-a", "198.51.100.7", "down", 95, suppressed_by="far-b", **gone),
        target("far-b", "2001:db8:12:34::5", "down", 4000, **gone),
        target("resolver", None, "unknown", 12, reason="the name has no address for 12s", **none),
        target("printer", "192.0.2.77", "paused", 7200, reason="paused: new toner", **none),
    ]
    for t in others:
        t["strip"]["lost"] = [0] * 4 + [3] + [109] * 6 if t["state"] == "down" else [0] * 11
        t["strip"]["p50_ms"] = [11, 12, 11, 13, 12] + [None] * 6
    return others


def status(targets, **more):
    counts = dict.fromkeys(STATES, 0)
    for t in targets:
        counts[t["state"]] += 1
    s = {
        "schema": 1, "probes": dict.fromkeys(TOTALS, 0),
        "targets": {"total": len(targets), **counts}, "probes_per_s": 5.0,
        "send_lag_ms": {"p50": 0.06, "p99": 0.2, "max": 0.9}, "rx_dropped": 0,
        "stamp_clamped": 0, "stamp_uncertain": 0, "last_event": 0,
        "stamps": "kernel receive, interpolated send", "version": "0.1.0", "instance": "",
        "started_at": ago(UPTIME_S), "uptime_s": UPTIME_S,
        "config": {"file": "/etc/icmpmon/icmpmond.conf", "loaded_at": ago(3600),
                   "last_reload_ok": True, "last_reload_error": None},
        "sockets": {"ipv4": {"mode": "raw", "receive_buffer_bytes": 8388608},
                    "ipv6": {"mode": "raw", "receive_buffer_bytes": 8388608}},
        "resolve_failures": 0, "log_dropped": 0, "http_connections": 1,
    }
    s.update(more)
    return s


def event(number, message, seconds_ago=60, kind="state", **more):
    e = {"id": number, "at": ago(seconds_ago), "event": kind, "priority": 4, "target": "isp-gw",
         "address": "192.0.2.1", "suppressed": False, "state": "degraded", "prev": "up",
         "prev_s": 86412.5, "alarm": "loss", "loss_ratio": 0.067, "p50_ms": 11.8, "p95_ms": 48.2,
         "sent": 120, "answered": 112, "reason": "loss 6.7% > 5% over 1m", "message": message}
    e.update(more)
    return e


def probe(seq, seconds_ago=10.0, outcome="answered", rtt_ms=11.8, kind="regular", **more):
    answered = outcome == "answered"
    p = {"sent_at": ago(seconds_ago), "seq": seq, "flow": 0, "kind": kind, "outcome": outcome,
         "late": False, "rtt_ms": rtt_ms if answered else None, "ttl": 57 if answered else None,
         "cause": {"lost": TIMEOUT, "unreachable": UNREACHABLE}.get(outcome)}
    p.update(more)
    return p
