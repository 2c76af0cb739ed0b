# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""icmpctl as tests run it: once, going on, or on a terminal of its own."""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import threading

from conftest import BUILD, LIMIT_S, wait_for
from fake_daemon import FakeDaemon

ICMPCTL = str(BUILD / "icmpctl")
ENVIRONMENT = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "TZ": "UTC0", "TERM": "xterm"}


def ctl(where, *words, env=None, **kw):
    path = where.path if isinstance(where, FakeDaemon) else str(where)
    return subprocess.run([ICMPCTL, "--socket", path, *words], capture_output=True, text=True,
                          timeout=LIMIT_S, env={**ENVIRONMENT, **(env or {})}, **kw)


def good(where, *words, **kw):
    done = ctl(where, *words, **kw)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


def without_ages(text):
    """What does not change while a test runs: durations are AGE, blanks are one."""
    return re.sub(" +", " ", re.sub(r"\b(\d+[dhms]){1,2}\b", "AGE", text))


class Following:
    """A command that goes on; its lines as they come."""

    def __init__(self, daemon, *words):
        self.process = subprocess.Popen(
            [ICMPCTL, "--socket", daemon.path, *words], stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        self.out, self.err = [], []
        for stream, lines in ((self.process.stdout, self.out), (self.process.stderr, self.err)):
            threading.Thread(target=self.read, args=(stream, lines), daemon=True).start()

    @staticmethod
    def read(stream, lines):
        for line in stream:
            lines.append(line.rstrip("\n"))

    def wait_out(self, text, times=1):
        wait_for(lambda: sum(text in line for line in self.out) >= times,
                 lambda: f"{text!r} in {self.out}, {self.err}")

    def wait_err(self, text, times=1):
        wait_for(lambda: sum(text in line for line in self.err) >= times,
                 lambda: f"{text!r} in {self.err}")

    def __enter__(self):
        return self

    def __exit__(self, *what):
        self.process.kill()
        self.process.wait()


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, daemon, *words, columns=110, lines=30, env=None):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            wait_for(lambda: os.get_terminal_size(0).columns == columns, "the size")
            os.execve(ICMPCTL, [ICMPCTL, "--socket", daemon.path, *words],
                      {**ENVIRONMENT, **(env or {})})
        self.text = ""
        self.status = None
        self.modes = termios.tcgetattr(self.fd)
        self.resize(columns, lines)

    def resize(self, columns, lines):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))

    def read(self):
        """Takes in what there is; False at the end."""
        while select.select([self.fd], [], [], 0.05)[0]:
            try:
                data = os.read(self.fd, 65536)
            except OSError:  # the other end is closed
                return False
            self.text += data.decode(errors="replace")
        return True

    def frames(self):
        self.read()
        return self.text.split("\033[H")[1:]

    def wait_frame(self, condition, what):
        """Until the last whole frame is as wanted; returns its lines without escape sequences."""

        def seen():
            frames = [f for f in self.frames() if "\033[J" in f]
            return frames and condition(plain_lines(frames[-1])) and plain_lines(frames[-1])

        return wait_for(seen, lambda: f"{what}: {self.text[-3000:]!r}")

    def key(self, key):
        os.write(self.fd, key.encode())

    def end(self):
        """Reads to the end; returns the exit status."""
        wait_for(lambda: not self.read(), lambda: f"the end: {self.text[-2000:]!r}")
        self.status = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.status

    def __enter__(self):
        return self

    def __exit__(self, *what):
        if self.status is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.fd)


def plain_lines(text):
    return re.sub(r"\033\[[0-9;?]*[A-Za-z]", "", text).split("\r\n")
