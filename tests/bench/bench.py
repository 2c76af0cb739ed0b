#!/usr/bin/python3
# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What a probe costs, beside a bare sender and the peers that Debian packages, in one run.

    bench.py BUILD PART...      parts: cost pairs flat memory rtt truth scrape, or all

Needs root, two processors, and for the peers fping, oping and prometheus-smokeping-prober (they are
left out where they are missing). Prints tables; the figures go to bench.json, and of "cost" a plot
to bench.svg, in the working directory. Compare only what stands in one table."""
import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import plot  # noqa: E402
from world import PACKET_CPU, World, cpu_ns, end, memory_kib, run_on, wakes  # noqa: E402

WARM_S, WINDOW_S = 4, 6
BARE = 'alarms = []; samples = 64; detail = 0; history = "0s"; timeout = "1s";'
results = {}


def address(i):
    return f"10.{i >> 16}.{i >> 8 & 255}.{i & 255}"


class Daemon:
    def __init__(self, world, build, directory, n, interval="1s", metrics="", defaults=BARE, **kw):
        self.socket = directory / "stats.sock"
        (directory / "hosts.txt").write_text("".join(f"{address(i + 1)}\n" for i in range(n)))
        config = directory / "icmpmond.conf"
        config.write_text(
            f"{metrics}\nmax_rate = 2000000;\n"
            f'defaults = {{ interval = "{interval}"; {defaults} }};\n'
            f'targets_file = "{directory}/hosts.txt";\n'
        )
        self.log = open(directory / "log", "ab")
        self.process = world.start(
            [f"{build}/icmpmond", "-c", str(config), "-s", str(self.socket), "-l", "stderr"],
            stderr=self.log,
            **kw,
        )
        for _ in range(300):
            try:
                if self.get("/readyz")[0] == 200:
                    return
            except OSError:
                pass
            run_on(self.process, 0.1)
        raise RuntimeError("icmpmond is not ready within 30 s")

    def get(self, path):
        connection = http.client.HTTPConnection("x", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        connection.sock.settimeout(60)
        connection.sock.connect(str(self.socket))
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()

    def status(self):
        return json.loads(self.get("/v1/status")[1])

    def close(self):
        end(self.process)
        self.log.close()


def measure(world, process, seconds=WINDOW_S):
    """CPU per probe, by the responder's count of requests; wake-ups a second; probes a second."""
    cpu, woken, begun = cpu_ns(process.pid), wakes(process.pid), time.monotonic()
    probes = world.snmp("InEchos")[0]
    run_on(process, seconds)
    probes = world.snmp("InEchos")[0] - probes
    cpu, woken = cpu_ns(process.pid) - cpu, wakes(process.pid) - woken
    spent = time.monotonic() - begun
    return {
        "us": cpu / 1000 / max(probes, 1),
        "core": 100 * cpu / 1e9 / spent,
        "wakes": woken / spent,
        "rate": probes / spent,
        "kib": memory_kib(process.pid),
    }


def one(world, build, name, n, tick_us=None, interval_s=1):
    """One prober at n targets, warmed up and measured."""
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        directory = pathlib.Path(d)
        if name.startswith("icmpmond"):
            rtt = {"icmpmond": "false", "icmpmond by target": "true"}[name]
            daemon = Daemon(
                world, build, directory, n, f"{interval_s}s", f"metrics = {{ rtt = {rtt}; }};"
            )
            process = daemon.process
        else:
            process = peer(world, build, name, n, tick_us, directory, interval_s)
        try:
            run_on(process, WARM_S if n <= 100000 else WARM_S + interval_s)
            return measure(world, process)
        finally:
            end(process)


def peer(world, build, name, n, tick_us, directory, interval_s):
    null = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    hosts = directory / "peers.txt"
    hosts.write_text("".join(f"{address(i + 1)}\n" for i in range(n)))
    if name == "floor":
        seconds = str(WARM_S + interval_s + WINDOW_S + 30)
        words = [f"{build}/tests/bench/bench_floor", str(n), str(n // interval_s)]
        return world.start([*words, str(int(tick_us)), seconds], **null)
    if name.startswith("fping"):
        gap = "0" if name == "fping burst" else f"{800 / n:.3f}"
        words = ["fping", "-l", "-q", "-Q", "5", "-p", "1000", "-i", gap, "-f", str(hosts)]
        return world.start(words, **null)
    if name == "oping":
        return world.start(["oping", "-4", "-i", "1", "-w", "0.9", "-f", str(hosts)], **null)
    assert name == "smokeping_prober"
    listed = "".join(f"  - {address(i + 1)}\n" for i in range(n))
    config = directory / "smokeping.yml"
    config.write_text(
        "targets:\n- hosts:\n" + listed + "  interval: 1s\n  network: ip4\n  protocol: icmp\n"
    )
    words = ["prometheus-smokeping-prober", f"--config.file={config}"]
    return world.start([*words, "--web.listen-address=127.0.0.1:9374"], **null)


PEERS = {
    "fping": ("fping", 10000),
    "fping burst": ("fping", 10000),
    "oping": ("oping", 10000),
    "smokeping_prober": ("prometheus-smokeping-prober", 1000),
}


def median(rows, key):
    return statistics.median(r[key] for r in rows)


def cost(world, build, options):
    """CPU per probe against the number of targets at 1/s; a million at one in 10 s."""
    rows = []
    for n in (10, 100, 1000, 10000, 100000, 1000000):
        interval_s = 10 if n == 1000000 else 1
        found = {}
        for _ in range(options.rounds):
            for name in ("icmpmond", "icmpmond by target", "floor", *PEERS):
                if name in PEERS and (n > PEERS[name][1] or not shutil.which(PEERS[name][0])):
                    continue
                tick = 1e6 / median(found["icmpmond"], "wakes") if name == "floor" else None
                if n == 1000000 and name == "icmpmond by target":
                    continue
                row = one(world, build, name, n, tick, interval_s)
                found.setdefault(name, []).append(row)
                print(f"  {n:>8} {name:<20} {row}", file=sys.stderr, flush=True)
        for name, runs in found.items():
            us = median(runs, "us")
            rows.append(
                {
                    "targets": n,
                    "prober": name,
                    "us": us,
                    "ratio": us / median(found["floor"], "us"),
                    "core": median(runs, "core"),
                    "wakes": median(runs, "wakes"),
                    "rate": median(runs, "rate"),
                    "kib": median(runs, "kib"),
                }
            )
    print("| targets | prober | us/probe | to the floor | % core | wakes/s | probes/s | MiB |")
    print("|---|---|---|---|---|---|---|---|")
    for r in rows:
        print(
            f"| {r['targets']:,} | {r['prober']} | {r['us']:.2f} | {r['ratio']:.2f} | "
            f"{r['core']:.2f} | {r['wakes']:.0f} | {r['rate']:.0f} | {r['kib'] / 1024:.1f} |"
        )
    pathlib.Path("bench.svg").write_text(plot.svg(rows))
    return rows


def quartiles(values):
    if len(values) < 2:
        return (values[0],) * 3
    return tuple(statistics.quantiles(values, n=4, method="inclusive"))


def pairs(world, build, options):
    """Alternating pairs of runs with the floor at equal tick: the ratios, median and quartiles."""
    rows = []
    print("| targets | prober | pairs | to the floor: quartile median quartile | us | floor us |")
    print("|---|---|---|---|---|---|")
    for n, name in ((100000, "icmpmond"), (100000, "icmpmond by target"), (1000, "icmpmond")):
        ours, floor = [], []
        for _ in range(options.pairs):
            ours.append(one(world, build, name, n))
            floor.append(one(world, build, "floor", n, 1e6 / ours[-1]["wakes"]))
            ratio = ours[-1]["us"] / floor[-1]["us"]
            print(f"  {n} {name} {ratio:.3f} {ours[-1]} {floor[-1]}", file=sys.stderr, flush=True)
        ratios = [a["us"] / b["us"] for a, b in zip(ours, floor)]
        low, middle, high = quartiles(ratios)
        us, base = median(ours, "us"), median(floor, "us")
        rows.append({"targets": n, "name": name, "ratios": ratios, "us": us, "floor": base})
        print(
            f"| {n:,} | {name} | {len(ratios)} | {low:.2f} {middle:.2f} {high:.2f} | "
            f"{us:.2f} | {base:.2f} |",
            flush=True,
        )
    return rows


def flat(world, build, options):
    """As fast as it goes on one core: targets ask for more than that."""
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        daemon = Daemon(world, build, pathlib.Path(d), 100000, "100ms")
        try:
            run_on(daemon.process, WARM_S)
            before, status = world.snmp("InEchos", "OutEchoReps"), daemon.status()["probes"]
            begun = time.monotonic()
            run_on(daemon.process, WINDOW_S)
            spent = time.monotonic() - begun
            after, now = world.snmp("InEchos", "OutEchoReps"), daemon.status()["probes"]
        finally:
            daemon.close()
    row = {
        "sent": (after[0] - before[0]) / spent,
        "replied": (after[1] - before[1]) / max(after[0] - before[0], 1),
        "answered": (now["answered"] - status["answered"]) / max(now["sent"] - status["sent"], 1),
        "unmeasured": now["unmeasured"] - status["unmeasured"],
    }
    print(
        f"flat out: {row['sent']:.0f} sent/s, {100 * row['answered']:.1f} % answered, responder "
        f"answered {100 * row['replied']:.1f} %, {row['unmeasured']} unmeasured"
    )
    return row


def memory(world, build, options):
    """Resident memory of 100,000 targets, and the peak of a reload."""
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        directory = pathlib.Path(d)
        daemon = Daemon(world, build, directory, 100000)
        try:
            run_on(daemon.process, 75)  # all rings of 64 samples are full
            rss, own = memory_kib(daemon.process.pid), daemon.process.pid
            text = pathlib.Path(f"/proc/{own}/status").read_text()
            single = int(text.split("VmRSS:")[1].split()[0])
            (directory / "hosts.txt").write_text(
                "".join(f"{address(i + 1000)}\n" for i in range(100000))
            )
            daemon.process.send_signal(signal.SIGHUP)
            run_on(daemon.process, 5)
            peak = int(
                pathlib.Path(f"/proc/{own}/status").read_text().split("VmHWM:")[1].split()[0]
            )
        finally:
            daemon.close()
        said = subprocess.run(
            [f"{build}/icmpmond", "-t", "-c", str(directory / "icmpmond.conf")],
            capture_output=True,
            text=True,
        ).stdout
    row = {"mb": single * 1024 / 1e6, "all_mb": rss * 1024 / 1e6, "peak_mb": peak * 1024 / 1e6}
    print(
        f"100,000 targets: {row['mb']:.1f} MB resident ({row['all_mb']:.1f} with the helper), "
        f"peak at a reload of all {row['peak_mb']:.1f} MB; icmpmond -t says: {said.strip()}"
    )
    return row


def rtt(world, build, options):
    """Errors of round-trip times at 20,000/s against exact delays, idle and with load."""
    n, rows = 200, []
    for stamps in ("interpolated", "kernel"):
        for load in (False, True):
            rows.append(rtt_once(world, build, n, stamps, load))
            r = rows[-1]
            print(
                f"rtt {stamps:<12} {'loaded' if load else 'idle':<6} p50 {r['p50']:.1f} us, p99 "
                f"{r['p99']:.1f} us above the delay; the responder's own p50 {r['own50']:.1f}, p99 "
                f"{r['own99']:.1f}; {r['n']} probes",
                flush=True,
            )
    return rows


def rtt_once(world, build, n, stamps, load):
    seconds = WARM_S + WINDOW_S + 6
    responder = subprocess.Popen(
        ["ip", "netns", "exec", world.prober, "taskset", "-c", str(PACKET_CPU)]
        + [f"{build}/tests/bench/bench_responder", "t0", str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert responder.stdout.readline() == "ready\n"
    world.run(world.prober, "ip", "addr", "add", "198.51.100.1/32", "dev", "t0")
    world.run(world.prober, "ip", "link", "set", "t0", "up")
    world.run(world.prober, "ip", "route", "add", "10.9.0.0/16", "dev", "t0")
    burner = world.start(["sh", "-c", "while :; do :; done"]) if load else None
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        directory = pathlib.Path(d)
        defaults = f'alarms = []; detail = 600; history = "0s"; stamps = "{stamps}"; '
        daemon = Daemon(world, build, directory, 0, "10ms", defaults=defaults + 'timeout = "1s";')
        try:
            hosts = "".join(f"10.9.0.{i + 1} t{i + 1}\n" for i in range(n))
            (directory / "hosts.txt").write_text(hosts)
            daemon.process.send_signal(signal.SIGHUP)
            run_on(daemon.process, WARM_S + WINDOW_S)
            errors = []
            for i in range(1, n + 1):
                answer = json.loads(daemon.get(f"/v1/targets/t{i}/probes?last=500")[1])
                errors += [
                    p["rtt_ms"] * 1000 - i * 100
                    for p in answer["probes"]
                    if p["outcome"] == "answered" and p["rtt_ms"] is not None
                ]
        finally:
            daemon.close()
            if burner is not None:
                end(burner)
    own = responder.communicate(timeout=30)[0].split()
    errors.sort()
    return {
        "stamps": stamps,
        "load": load,
        "n": len(errors),
        "p50": errors[len(errors) // 2],
        "p99": errors[len(errors) * 99 // 100],
        "own50": int(own[1]) / 1000,
        "own99": int(own[2]) / 1000,
    }


def truth(world, build, options):
    """10^7 probes: lost is what the responder did not answer, to the packet."""
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        # what the responder answers may be read before the daemon's first probe: from zero
        before = world.snmp("OutEchoReps")[0]
        daemon = Daemon(world, build, pathlib.Path(d), 100000)
        try:
            while daemon.status()["probes"]["sent"] < options.probes:
                run_on(daemon.process, 1)
            (pathlib.Path(d) / "hosts.txt").write_text(
                "".join(f"{address(i + 1)} paused=true\n" for i in range(100000))
            )
            daemon.process.send_signal(signal.SIGHUP)
            run_on(daemon.process, 5)
            probes, status = daemon.status()["probes"], daemon.status()
        finally:
            daemon.close()
        replies = world.snmp("OutEchoReps")[0] - before
    row = {
        "sent": probes["sent"],
        "lost": probes["lost"],
        "unmeasured": probes["unmeasured"],
        "extra": probes["extra"],
        "in_flight": probes["in_flight"],
        "false_loss": probes["lost"] - (probes["sent"] + probes["extra"] - replies),
        "lag_p99_ms": status["send_lag_ms"]["p99"],
    }
    print(f"truth: {row}")
    return row


def scrape(world, build, options):
    """Send lag while /metrics and /v1/targets of 100,000 are read, and without."""
    row = {}
    with tempfile.TemporaryDirectory(prefix="icmpmon-bench-") as d:
        daemon = Daemon(world, build, pathlib.Path(d), 100000)
        try:
            run_on(daemon.process, 130)
            row["without"] = daemon.status()["send_lag_ms"]
            until = time.monotonic() + 130
            reads = 0
            while time.monotonic() < until:
                for path in ("/metrics", "/v1/targets"):
                    row[path] = len(daemon.get(path)[1])
                reads += 1
            row["with"], row["reads"] = daemon.status()["send_lag_ms"], reads
            row["probes"] = daemon.status()["probes"]
        finally:
            daemon.close()
    print(
        f"scrape: send lag p99 {row['without']['p99']} ms without, {row['with']['p99']} ms with "
        f"{row['reads']} reads of /metrics ({row['/metrics']} bytes) and /v1/targets "
        f"({row['/v1/targets']} bytes); {row['probes']}"
    )
    return row


PARTS = {f.__name__: f for f in (cost, pairs, flat, memory, rtt, truth, scrape)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("part", nargs="+", choices=[*PARTS, "all"])
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--probes", type=int, default=10_000_000)
    options = parser.parse_args()
    chosen = list(PARTS) if "all" in options.part else options.part
    if os.geteuid() != 0:
        sys.exit("bench.py: network namespaces need root")
    for part in chosen:
        world = World()
        try:
            results[part] = PARTS[part](world, options.build.resolve(), options)
        finally:
            world.close()
        pathlib.Path("bench.json").write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
