# SPDX-License-Identifier: ISC
# Copyright (c) 2026 the icmpmon authors
"""Hosts behind a TUN device of a namespace: what they say to a probe, a test decides by byte."""
import ctypes
import fcntl
import heapq
import os
import select
import struct
import threading
import time

CLONE_NEWNET = 0x40000000
TUNSETIFF = 0x400454CA
IFF_TUN_NO_PI = 0x1001
NET4, NET6 = "192.0.2.", "fd77::"  # 192.0.2.1 and fd77::1 are ours


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def icmp_sealed(family, source, to, icmp):
    """The ICMP message with its checksum; of ICMPv6 it covers the addresses too."""
    icmp = icmp[:2] + b"\0\0" + icmp[4:]
    pseudo = b"" if family == 4 else source + to + struct.pack("!IxxxB", len(icmp), 58)
    return icmp[:2] + struct.pack("!H", checksum(pseudo + icmp)) + icmp[4:]


def ip(family, source, to, payload, options=b"", ttl=64):
    if family == 6:
        return struct.pack("!IHBB", 6 << 28, len(payload), 58, ttl) + source + to + payload
    words = 5 + len(options) // 4
    head = struct.pack("!BBHHHBBH", 4 << 4 | words, 0, words * 4 + len(payload), 0, 0, ttl, 1, 0)
    head += source + to + options
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


class Request:
    """An echo request as it came out of the device."""

    def __init__(self, packet):
        self.packet = packet
        self.family = packet[0] >> 4
        if self.family == 4:
            start = (packet[0] & 15) * 4
            self.source, self.to = packet[12:16], packet[16:20]
        else:
            start = 40
            self.source, self.to = packet[8:24], packet[24:40]
        self.icmp = packet[start:]
        self.host = self.to[-1]
        self.id, self.seq = struct.unpack("!HH", self.icmp[4:8])
        self.payload = self.icmp[8:]

    def is_echo(self):
        return self.icmp[0] == (8 if self.family == 4 else 128)

    def reply(self, payload=None, source=None, icmp_id=None, seq=None, seal=True, **kw):
        source = source or self.to
        icmp = struct.pack(
            "!BBHHH",
            0 if self.family == 4 else 129,
            0,
            0,
            self.id if icmp_id is None else icmp_id,
            self.seq if seq is None else seq,
        ) + (self.payload if payload is None else payload)
        sealed = icmp_sealed(self.family, source, self.source, icmp)
        if not seal:
            sealed = sealed[:2] + bytes([sealed[2] ^ 0x55]) + sealed[3:]
        return ip(self.family, source, self.source, sealed, **kw)

    def error(self, kind, code, quoted=None, inner=None, tail=b"", rest=b"\0\0\0\0", router=254):
        """quoted: bytes of the ICMP message in the quote; inner: another packet to quote."""
        source = self.to[:-1] + bytes([router])
        inner = inner if inner is not None else self.packet
        head = 20 if self.family == 4 else 40
        inner = inner if quoted is None else inner[: head + quoted]
        icmp = bytes([kind, code]) + b"\0\0" + rest + inner + tail
        return ip(
            self.family, source, self.source, icmp_sealed(self.family, source, self.source, icmp)
        )


class Wire:
    """answer(request) gives the packets that come back: bytes, or (delay_s, bytes)."""

    def __init__(self, ns, answer):
        self.answer = answer
        self.requests = 0
        self.failure = None
        self.fd = self._open(ns.name)
        for words in (
            ("link", "set", "wire0", "up", "mtu", "1500"),
            ("addr", "add", NET4 + "1/24", "dev", "wire0"),
            ("-6", "addr", "add", NET6 + "1/64", "dev", "wire0", "nodad"),
        ):
            ns.run("ip", *words)
        self.stop, self.wake = os.pipe()
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _open(self, name):
        """A thread alone enters the namespace, so that nobody else does."""
        opened = []

        def enter():
            libc = ctypes.CDLL(None, use_errno=True)
            with open(f"/run/netns/{name}", "rb") as ns:
                if libc.setns(ns.fileno(), CLONE_NEWNET) != 0:
                    return
            fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
            fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", b"wire0", IFF_TUN_NO_PI))
            opened.append(fd)

        thread = threading.Thread(target=enter)
        thread.start()
        thread.join()
        assert opened, "no TUN device"
        return opened[0]

    def send(self, packet):
        os.write(self.fd, packet)

    def _serve(self):
        try:
            self._loop()
        except Exception as e:  # pylint: disable=broad-except
            self.failure = e

    def _loop(self):
        waiting, order = [], 0
        while True:
            left = max(waiting[0][0] - time.monotonic(), 0) if waiting else None
            ready = select.select([self.fd, self.stop], [], [], left)[0]
            if self.stop in ready:
                return
            while waiting and waiting[0][0] <= time.monotonic():
                self.send(heapq.heappop(waiting)[2])
            if self.fd not in ready:
                continue
            request = Request(os.read(self.fd, 65536))
            if not request.is_echo():
                continue
            self.requests += 1
            for item in self.answer(request) or ():
                delay, packet = item if isinstance(item, tuple) else (0, item)
                if delay == 0:
                    self.send(packet)
                    continue
                order += 1
                heapq.heappush(waiting, (time.monotonic() + delay, order, packet))

    def close(self):
        os.close(self.wake)
        self.thread.join()
        os.close(self.stop)
        os.close(self.fd)
        assert self.failure is None, self.failure
