# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""A daemon made of canned answers: HTTP/1.1 over a unix socket, JSON as icmpmond renders it.

Tests change the data between requests, or replace the answer of a path by a function that gets the
connection, to be as silent, slow or wrong as they like.
"""
import json
import os
import socket
import sys
import threading
from fnmatch import fnmatchcase
from urllib.parse import parse_qs, unquote, urlsplit

from fake_answers import STATES, event, other_targets, probe, sample_targets, status, target

EVENTS_HEAD = (b"HTTP/1.1 200 OK\r\nContent-Type: application/x-ndjson\r\n"
               b"Transfer-Encoding: chunked\r\n\r\n")
LAST_CHUNK = b"0\r\n\r\n"


def send_chunk(conn, piece):
    conn.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))


def answer(conn, code, body, content_type="application/json", chunk=0):
    """Sends an answer; in chunks of so many bytes, or whole."""
    if isinstance(body, str):
        body = body.encode()
    head = f"HTTP/1.1 {code} X\r\nContent-Type: {content_type}\r\n"
    if chunk:
        conn.sendall((head + "Transfer-Encoding: chunked\r\n\r\n").encode())
        for at in range(0, len(body), chunk):
            send_chunk(conn, body[at:at + chunk])
        conn.sendall(LAST_CHUNK)
    else:
        conn.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)


def problem(conn, code, detail, **more):
    body = {"type": "about:blank", "title": "X", "status": code, "detail": detail, **more}
    answer(conn, code, json.dumps(body), "application/problem+json")


def as_json(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def tell(conn, message):
    answer(conn, 200, as_json({"schema": 1, "message": message}) + "\n")


class FakeDaemon:
    def __init__(self, path):
        self.path = str(path)
        self.targets = sample_targets()
        self.events = []
        self.probes = []
        self.replace = {}  # path -> function(conn, request)
        self.requests = []  # (method, path, query, form)
        self.chunk = 0
        self.changed = threading.Condition()
        self.stopped = threading.Event()
        self.conns = set()
        self.listener = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *what):
        self.stop()

    def start(self):
        self.stopped.clear()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(self.path)
        self.listener.listen(64)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self):
        """As a daemon that ends: the socket goes, connections break."""
        if self.listener is None:
            return
        listener, self.listener = self.listener, None
        self.stopped.set()
        os.unlink(self.path)
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for conn in list(self.conns):
            try:
                conn.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        with self.changed:
            self.changed.notify_all()

    def silence(self, conn, request):
        """For replace: takes a request and never answers it."""
        self.stopped.wait()

    def add_event(self, e):
        with self.changed:
            self.events.append(e)
            self.changed.notify_all()

    def _accept(self, listener):
        while True:
            try:
                conn, _ = listener.accept()
            except OSError:
                return
            self.conns.add(conn)
            threading.Thread(target=self._serve, args=(conn,), daemon=True).start()

    def _serve(self, conn):
        data = b""
        try:
            while True:
                while b"\r\n\r\n" not in data:
                    more = conn.recv(65536)
                    if not more:
                        return
                    data += more
                head, data = data.split(b"\r\n\r\n", 1)
                length = 0
                for line in head.decode().split("\r\n")[1:]:
                    name, _, value = line.partition(":")
                    if name.lower() == "content-length":
                        length = int(value)
                while len(data) < length:
                    data += conn.recv(65536)
                form, data = data[:length].decode(), data[length:]
                method, url, _ = head.decode().split("\r\n")[0].split(" ")
                self._answer(conn, method, url, form)
        except (OSError, ValueError):
            pass
        finally:
            self.conns.discard(conn)
            conn.close()

    def _answer(self, conn, method, url, form):
        split = urlsplit(url)
        query = {k: v[0] for k, v in parse_qs(split.query).items()}
        form = {k: v[0] for k, v in parse_qs(form).items()}
        request = (method, unquote(split.path), query, form)
        self.requests.append(request)
        handler = self.replace.get(split.path) or self.replace.get("*")
        if handler is not None:
            handler(conn, request)
            return
        parts = unquote(split.path).split("/")[1:]
        if parts == ["v1", "status"]:
            last = self.events[-1]["id"] if self.events else 0
            answer(conn, 200, as_json(status(self.targets, last_event=last)) + "\n")
        elif parts == ["v1", "targets"]:
            self._targets(conn, query)
        elif parts[:2] == ["v1", "targets"]:
            self._target(conn, parts[2], parts[3:], query)
        elif parts == ["v1", "events"]:
            self._events(conn, query)
        elif method == "POST" and parts[1:] in (["pause"], ["resume"]):
            if not any(t["name"] == form.get("target") for t in self.targets):
                problem(conn, 404, f"there is no target {form.get('target')}")
            else:
                tell(conn, f"{form['target']} {parts[1]}d")
        elif method == "POST" and parts[1:] == ["reload"]:
            tell(conn, "The new configuration is in force.")
        else:
            problem(conn, 404, "There is no such resource.")

    def _targets(self, conn, query):
        states = query.get("state", ",".join(STATES)).split(",")
        found = [as_json(t) for t in self.targets
                 if t["state"] in states and fnmatchcase(t["name"], query.get("name", "*")) and
                 fnmatchcase(t["group"], query.get("group", "*"))]
        body = '{"schema":1,"targets":[\n' + ",\n".join(found) + "]}\n"
        answer(conn, 200, body, chunk=self.chunk)

    def _target(self, conn, name, rest, query):
        for t in self.targets:
            if t["name"] != name:
                continue
            if rest == ["probes"]:
                last = map(as_json, self.probes[-int(query.get("last", 256)):])
                head = f'{{"schema":1,"name":{as_json(name)},"probes":['
                answer(conn, 200, head + "\n" + ",\n".join(last) + "]}\n", chunk=self.chunk)
            else:
                answer(conn, 200, as_json(t) + "\n")
            return
        problem(conn, 404, f"There is no target {name}.")

    def _first_after(self, since):
        last = self.events[-1]["id"] if self.events else 0
        if since.isdigit() and int(since) > last:
            return 0
        for i, e in enumerate(self.events):
            if e["id"] > int(since) if since.isdigit() else e["at"] >= since:
                return i
        return len(self.events)

    def _events(self, conn, query):
        follow = query.get("follow") == "1"
        pattern = query.get("target", "*")
        conn.sendall(EVENTS_HEAD)
        with self.changed:
            at = self._first_after(query["since"])
            while self.listener is not None:
                while at < len(self.events):
                    e = self.events[at]
                    at += 1
                    if "from_id" in e or fnmatchcase(e["target"] or "", pattern):
                        send_chunk(conn, (as_json(e) + "\n").encode())
                if not follow:
                    conn.sendall(LAST_CHUNK)
                    return
                self.changed.wait(1)


def main():
    """For looking at icmpctl by hand: serves the sample until it is interrupted."""
    daemon = FakeDaemon(sys.argv[1])
    if "--all" in sys.argv:
        daemon.targets += other_targets()
    if "--many" in sys.argv:
        daemon.targets += [target(f"host-{i}", "203.0.113.9", "down" if i % 100 == 7 else "up")
                           for i in range(5000)]
    daemon.events = [
        event(4711, "isp-gw (192.0.2.1) DEGRADED: loss 6.7% > 5% over 1m", 572),
        event(4712, "isp-gw (192.0.2.1) UP again after 9m32s: loss 0.4% < 2% over 3m", 2,
              state="up", prev="degraded", priority=5),
    ]
    daemon.probes = [probe(i, 30 - i) for i in range(25)] + [
        probe(25, 5, "lost"), {**probe(26, 4, "lost", late=True), "rtt_ms": 2134.0},
        probe(27, 3, "unreachable"), probe(28, 2, rtt_ms=0.0123)]
    with daemon:
        n = 29
        while not daemon.stopped.wait(1):
            daemon.probes = daemon.probes[-255:] + [probe(n, 0, rtt_ms=10 + n % 7)]
            n += 1


if __name__ == "__main__":
    main()
