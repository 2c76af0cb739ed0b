# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Two namespaces on a veth pair: the prober's, and one whose kernel answers for 10.0.0.0/8.

The prober is pinned to the first processor; receive packet steering puts all packet work of both
ends on the second, as a network card with its interrupts on another core would."""
import os
import pathlib
import re
import subprocess

PROBER_CPU, PACKET_CPU = 0, 1


class World:
    def __init__(self):
        self.prober, self.responder = (f"icmpmon-bench-{os.getpid()}-{x}" for x in "pr")
        for name in (self.prober, self.responder):
            subprocess.run(["ip", "netns", "add", name], check=True)
            self.run(name, "ip", "link", "set", "lo", "up")
        self.run(self.prober, "ip", "link", "add", "b0", "type", "veth", "peer", "name", "b1")
        self.run(self.prober, "ip", "link", "set", "b1", "netns", self.responder)
        for name, device, own, other in (
            (self.prober, "b0", "192.0.2.1", "192.0.2.2"),
            (self.responder, "b1", "192.0.2.2", "192.0.2.1"),
        ):
            self.run(name, "ip", "addr", "add", f"{own}/24", "dev", device)
            self.run(name, "ip", "link", "set", device, "up")
            self.run(
                name,
                "sh",
                "-c",
                f"echo {1 << PACKET_CPU:x} >/sys/class/net/{device}/queues/rx-0/rps_cpus",
            )
        macs = {}
        for name, device, own in (
            (self.prober, "b0", "192.0.2.1"),
            (self.responder, "b1", "192.0.2.2"),
        ):
            shown = self.run(name, "ip", "link", "show", device).stdout
            macs[own] = re.search(r"link/ether (\S+)", shown)[1]
        self.run(self.prober, *self._neighbour("192.0.2.2", macs, "b0"))
        self.run(self.responder, *self._neighbour("192.0.2.1", macs, "b1"))
        self.run(self.prober, "ip", "route", "add", "10.0.0.0/8", "via", "192.0.2.2")
        self.run(self.responder, "ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo")
        self.run(
            self.responder,
            "sysctl",
            "-qw",
            "net.ipv4.icmp_ratelimit=0",
            "net.ipv4.icmp_msgs_per_sec=10000000",
        )

    @staticmethod
    def _neighbour(address, macs, device):
        words = ["ip", "neigh", "add", address, "lladdr", macs[address], "dev", device]
        return [*words, "nud", "permanent"]

    @staticmethod
    def run(name, *words):
        return subprocess.run(
            ["ip", "netns", "exec", name, *words], check=True, capture_output=True, text=True
        )

    def start(self, words, pin=True, **kw):
        """A prober; what is started is the process itself, so its pid is the one to measure."""
        pinned = ["taskset", "-c", str(PROBER_CPU)] if pin else []
        return subprocess.Popen(["ip", "netns", "exec", self.prober, *pinned, *words], **kw)

    def snmp(self, *fields):
        """Counters of ICMP in the responder's kernel: "InEchos", "OutEchoReps"."""
        out = self.run(self.responder, "cat", "/proc/net/snmp").stdout
        names, values = re.findall(r"^Icmp: (.*)$", out, re.M)
        counters = dict(zip(names.split(), map(int, values.split())))
        return [counters[f] for f in fields]

    def close(self):
        for name in (self.prober, self.responder):
            subprocess.run(["ip", "netns", "del", name], check=False)


def tree(pid):
    """The process and its children."""
    pids = [pid]
    for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        pids += tree(int(child))
    return pids


def cpu_ns(pid):
    total = 0
    for p in tree(pid):
        for task in pathlib.Path(f"/proc/{p}/task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    return total


def wakes(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text()
    return int(re.search(r"^voluntary_ctxt_switches:\s+(\d+)", text, re.M)[1])


def memory_kib(pid, key="VmRSS"):
    total = 0
    for p in tree(pid):
        text = pathlib.Path(f"/proc/{p}/status").read_text()
        total += int(re.search(rf"^{key}:\s+(\d+)", text, re.M)[1])
    return total


def run_on(process, seconds):
    """Lets the process work for a while; it must not end meanwhile."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        return
    raise RuntimeError(f"{process.args} ended with status {process.returncode}")


def end(process):
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
