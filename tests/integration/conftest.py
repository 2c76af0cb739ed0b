# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""What the integration tests share: namespaces that answer, the daemon in them, its socket."""
import http.client
import json
import mmap
import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import pytest

from wire import Wire

BUILD = pathlib.Path(os.environ.get("ICMPMON_BUILD", pathlib.Path(__file__).parents[2])).resolve()
LIMIT_S = 20  # no condition is waited for longer, unless a test says so


def wait_for(condition, what, limit_s=LIMIT_S):
    """Polls until condition() is true and returns its value; fails with words after the limit."""
    end = time.monotonic() + limit_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            pytest.fail(f"not seen within {limit_s} s: {what() if callable(what) else what}")
        time.sleep(0.02)


class Namespace:
    """A network namespace in which the kernel answers for all of 10.0.0.0/8 and 2001:db8::/32."""

    count = 0

    def __init__(self):
        Namespace.count += 1
        self.name = f"icmpmon-{os.getpid()}-{Namespace.count}"
        subprocess.run(["ip", "netns", "add", self.name], check=True)
        self.run("ip", "link", "set", "lo", "up")
        self.run("ip", "route", "add", "local", "10.0.0.0/8", "dev", "lo")
        self.run("ip", "-6", "route", "add", "local", "2001:db8::/32", "dev", "lo")
        self.run(
            "sysctl",
            "-qw",
            "net.ipv4.icmp_ratelimit=0",
            "net.ipv6.icmp.ratelimit=0",
            "net.ipv4.icmp_msgs_per_sec=1000000",
        )

    def command(self, *words):
        return ["ip", "netns", "exec", self.name, *words]

    def run(self, *words, **kw):
        return subprocess.run(
            self.command(*words), check=True, capture_output=True, text=True, **kw
        )

    def nft(self, rules):
        self.run("nft", "-f", "-", input=rules)

    def rule(self, hook, rule):
        """A table "test" with one rule at a hook (input, output)."""
        self.nft(
            "table inet test {\n chain c {\n type filter hook %s priority 0;\n %s\n }\n}\n"
            % (hook, rule)
        )

    def nft_counter(self, name):
        """Packets that a named counter of table inet test saw."""
        out = json.loads(self.run("nft", "-j", "list", "counter", "inet", "test", name).stdout)
        return next(o["counter"]["packets"] for o in out["nftables"] if "counter" in o)

    def close(self):
        subprocess.run(["ip", "netns", "del", self.name], check=False)


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path, timeout=LIMIT_S):
        super().__init__("localhost", timeout=timeout)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Daemon:
    """icmpmond in a namespace; stderr goes to a file unless the test wants it otherwise."""

    def __init__(self, ns, directory, config, options=(), prefix=(), stderr=None):
        self.ns = ns
        self.dir = directory
        self.config = directory / "icmpmond.conf"
        self.config.write_text(config)
        self.socket = directory / "stats.sock"
        self.log = directory / "log"
        self.options = options
        self.prefix = prefix
        self.stderr = stderr
        self.process = None

    def start(self, wait=True):
        command = [
            str(BUILD / "icmpmond"),
            "-c",
            str(self.config),
            "-s",
            str(self.socket),
            *(self.options or ("-l", "stderr")),
        ]
        # "sh -c exec" keeps the pid: what we start is what we signal
        self.process = subprocess.Popen(
            self.ns.command(*self.prefix, *command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self.stderr or open(self.log, "ab"),
        )
        if wait:
            wait_for(self.ready, self.state_words)
        return self

    def state_words(self):
        return f"the daemon ready; its log: {self.log_text()[-2000:]}"

    def ready(self):
        assert self.process.poll() is None, f"the daemon ended: {self.log_text()[-2000:]}"
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def request(self, method, path, body=None, headers=None, timeout=LIMIT_S):
        connection = UnixConnection(self.socket, timeout)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def get(self, path):
        status, body = self.request("GET", path)
        assert status == 200, f"GET {path}: {status} {body}"
        return json.loads(body)

    def target(self, name, query=""):
        return self.get(f"/v1/targets/{name}{query}")

    def ctl(self, *words, **kw):
        return subprocess.run(
            [str(BUILD / "icmpctl"), "--socket", str(self.socket), *words],
            capture_output=True,
            text=True,
            timeout=LIMIT_S,
            **kw,
        )

    def pid(self):
        """The daemon's own pid (what was started may be a wrapper)."""
        return self.process.pid

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def stop(self):
        """SIGTERM; returns the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(LIMIT_S)

    def close(self):
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()


class Shim:
    """Orders for tests/integration/shim.c: (wall_ns, slept_ns, send_errno, send_calls)."""

    def __init__(self, directory):
        path = directory / "orders"
        path.write_bytes(bytes(32))
        self.prefix = (
            "env",
            f"LD_PRELOAD={BUILD}/tests/integration/shim.so",
            f"ICMPMON_SHIM={path}",
        )
        with open(path, "r+b") as f:
            self.map = mmap.mmap(f.fileno(), 32)

    def get(self, i):
        return struct.unpack_from("q", self.map, 8 * i)[0]

    def put(self, i, value):
        struct.pack_into("q", self.map, 8 * i, value)


def lossless(totals):
    """Nothing was lost by anybody, and nothing is missing; returns the totals."""
    sums_agree(totals)
    for key in ("lost", "unreachable", "unmeasured", "unsent"):
        assert totals[key] == 0, totals
    return totals


def after(seconds):
    """For wait_for: true when the time is over: the length of a fault, not a wait for an effect."""
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def sums_agree(totals):
    """The sums of the contract; returns the totals for further questions."""
    assert totals["attempts"] == totals["sent"] + totals["unsent"], totals
    decided = sum(totals[k] for k in ("answered", "lost", "unreachable", "unmeasured", "in_flight"))
    assert totals["sent"] == decided, totals
    return totals


@pytest.fixture
def ns():
    if os.geteuid() != 0:
        pytest.skip("needs root for a network namespace")
    namespace = Namespace()
    yield namespace
    namespace.close()


@pytest.fixture
def wire(ns):
    """wire(answer): hosts behind a TUN device, see wire.py."""
    opened = []

    def start(answer):
        opened.append(Wire(ns, answer))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.fixture
def shim(tmp_path):
    if not (BUILD / "tests/integration/shim.so").exists():
        pytest.skip("shim.so is not built: make check TESTS=")
    return Shim(tmp_path)


@pytest.fixture
def open_path():
    """A directory that every user may enter (pytest's own are closed to others)."""
    directory = pathlib.Path(tempfile.mkdtemp(prefix="icmpmon-test-"))
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


@pytest.fixture
def daemon(ns, tmp_path):
    """daemon(config, ...) starts one; all are ended afterwards."""
    started = []

    def start(config, wait=True, under=tmp_path, **kw):
        directory = under / f"d{len(started)}"
        directory.mkdir(exist_ok=True)
        instance = Daemon(ns, directory, config, **kw)
        started.append(instance)
        return instance.start(wait)

    yield start
    for instance in started:
        instance.close()
