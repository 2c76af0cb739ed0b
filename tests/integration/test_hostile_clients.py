# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Readers and clients that stop, stall or crowd: probes leave on time all the while."""
import os
import socket
import time

import pytest

from conftest import BUILD, sums_agree, wait_for

CONFIG = (
    'log = { summary_interval = "1s"; };\ndefaults = { interval = "250ms"; timeout = "500ms"; };\n'
    'targets = { a = { host = "10.0.0.1"; }; b = { host = "10.0.0.2"; }; };\n'
)


def connect(d):
    s = socket.socket(socket.AF_UNIX)
    s.settimeout(5)
    s.connect(str(d.socket))
    return s


def probes_leave_on_time(d, seconds=3):
    """The schedule is kept to a probe while time passes, nothing is skipped, lost or late.

    The interval is what a busy machine may hold us up; a daemon that waits for a reader misses all.
    """
    first, begun = d.target("a")["totals"], time.monotonic()
    wait_for(lambda: time.monotonic() > begun + seconds, "the time over", seconds + 5)
    asked = time.monotonic()
    last, answered = d.target("a")["totals"], time.monotonic()
    sums_agree(last)
    attempts = last["attempts"] - first["attempts"]
    assert (asked - begun) / 0.25 - 2 <= attempts <= (answered - begun) / 0.25 + 2, attempts
    assert last["unsent"] == first["unsent"] and last["lost"] == first["lost"]
    assert last["unmeasured"] == first["unmeasured"]


def test_a_log_pipe_that_nobody_reads(daemon):
    reader, writer = os.pipe()
    os.set_blocking(writer, True)
    d = daemon(CONFIG, stderr=writer, options=("-l", "stderr", "-v"))
    for _ in range(40):  # each gives lines, until the pipe is full
        d.request("GET", "/nothing")
        d.ctl("pause", "b")
        d.ctl("resume", "b")
    probes_leave_on_time(d)
    os.close(reader)
    os.close(writer)


@pytest.mark.parametrize("log,path", [("journal", "socket"), ("syslog", "dev-log")])
def test_a_log_socket_that_nobody_reads(daemon, tmp_path, log, path):
    directory = tmp_path / "journal"
    directory.mkdir()
    sleeper = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    sleeper.bind(str(directory / path))
    # a /run and a /dev of our own, so that nothing of the machine's is touched
    script = (
        "mount -t tmpfs none /run && mkdir -p /run/systemd/journal && "
        f"mount --bind {directory} /run/systemd/journal && mount -t tmpfs none /dev && "
        'mknod -m 666 /dev/null c 1 3 && ln -s /run/systemd/journal/dev-log /dev/log && exec "$@"'
    )
    d = daemon(
        CONFIG, options=("-l", log, "-v"), prefix=("unshare", "-m", "sh", "-c", script, "sh")
    )
    for _ in range(60):
        d.ctl("pause", "b")
        d.ctl("resume", "b")
    probes_leave_on_time(d)
    d.ctl("pause", "b", "-m", "the last word")
    sleeper.settimeout(0.1)
    heard = b""

    def told():
        nonlocal heard
        try:
            heard += sleeper.recv(65536)
        except TimeoutError:
            pass
        return b"the last word" in heard

    wait_for(told, lambda: f"the last line once the reader is awake: {heard[-500:]}")
    sleeper.close()


def test_a_client_that_never_reads(daemon):
    d = daemon(CONFIG)
    clients = [connect(d) for _ in range(20)]
    for c in clients:
        c.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n" * 20)
    probes_leave_on_time(d)
    for c in clients:
        c.close()
    assert d.ready()


def test_two_hundred_idle_clients(daemon):
    d = daemon(CONFIG)
    clients = []
    for _ in range(200):
        s = socket.socket(socket.AF_UNIX)
        s.setblocking(False)
        try:
            s.connect(str(d.socket))
        except BlockingIOError:
            pass  # the backlog is full: waits outside
        clients.append(s)
    begun = time.monotonic()
    wait_for(lambda: time.monotonic() > begun + 2, "two seconds over")
    for c in clients:
        c.close()
    probes_leave_on_time(d)
    assert sums_agree(d.get("/v1/status")["probes"])["unsent"] == 0


def test_one_byte_a_second_is_cut_at_the_deadline(daemon):
    d = daemon(CONFIG)
    slow = connect(d)
    request = iter(b"GET /v1/status HTTP/1.1\r\nHost: " + b"x" * 100)
    closed = []

    def cut():
        try:
            slow.settimeout(1)
            slow.send(bytes([next(request)]))
            if slow.recv(4096) == b"":
                closed.append(True)
        except TimeoutError:
            pass
        except OSError:
            closed.append(True)
        return closed

    wait_for(cut, "the slow client cut", 15)
    probes_leave_on_time(d, 1)


def test_followers_that_stall_get_a_gap_or_are_dropped(daemon):
    d = daemon(CONFIG)
    followers = [connect(d) for _ in range(8)]
    for f in followers:
        f.sendall(b"GET /v1/events?follow=1 HTTP/1.1\r\nHost: x\r\n\r\n")
    for _ in range(100):
        d.ctl("pause", "b")
        d.ctl("resume", "b")
    probes_leave_on_time(d, 1)
    assert d.ready()
    for f in followers:
        f.close()
