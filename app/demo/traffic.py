# SPDX-License-Identifier: BSD-3-Clause
"""Senders and receivers of numbered frames. Sockets are made inside a network namespace and then used from here."""

import contextlib
import ctypes
import hashlib
import os
import socket
import struct
import threading
import time

CLONE_NEWNET = 0x40000000
PAYLOAD = 200
PACKET_OUTGOING = 4


@contextlib.contextmanager
def inside(netns):
    """This thread in the namespace: sockets that it makes belong there for good."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{netns}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"cannot enter the namespace {netns}")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def payload(number):
    """A payload that only this number has."""
    return struct.pack("!I", number) + bytes((number * 31 + i) & 0xFF for i in range(PAYLOAD - 4))


class UdpSender:
    """One flow from the peer's real stack, paced so that a busy machine's receivers keep up most of the time."""

    def __init__(self, netns, address):
        with inside(netns):
            self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address = address

    def send(self, first, count, per_second=4_000):
        start = time.monotonic()
        for i in range(count):
            self._socket.sendto(payload(first + i), self._address)
            ahead = i / per_second - (time.monotonic() - start)
            if ahead > 0.005:
                time.sleep(ahead)

    def close(self):
        self._socket.close()


class UdpReceiver(threading.Thread):
    """Counts what the kernel's stack delivers, and how much of it is not what was sent."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind(("0.0.0.0", port))
        self._socket.settimeout(0.2)
        self._stopping = False
        self.numbers = set()
        self.received = 0
        self.damaged = 0
        self.start()

    def run(self):
        while not self._stopping:
            try:
                data = self._socket.recv(4096)
            except socket.timeout:
                continue
            number = struct.unpack("!I", data[:4])[0]
            self.received += 1
            self.numbers.add(number)
            self.damaged += data != payload(number)

    def close(self):
        self._stopping = True
        self.join()
        self._socket.close()


class FrameEcho:
    """Sends whole frames from the peer's interface and collects those that come back with the MAC addresses swapped."""

    WINDOW = 64

    def __init__(self, netns, interface, nic_mac, port):
        with inside(netns):
            self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self._socket.bind((interface, 0x0003))
        self._mac = self._socket.getsockname()[4]
        self._nic_mac = nic_mac
        self._port = port

    def _frame(self, number):
        data = payload(number)
        udp = struct.pack("!HHHH", 999, self._port, 8 + len(data), 0) + data
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                           socket.inet_aton("192.0.2.2"), socket.inet_aton("192.0.2.1"))
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xFFFF) + (total >> 16)
        total = (total & 0xFFFF) + (total >> 16)
        return self._nic_mac + self._mac + b"\x08\x00" + head[:10] + struct.pack("!H", ~total & 0xFFFF) + head[12:] + udp

    def exchange(self, count, deadline_s=60):
        """Sends `count` frames, a window at a time; answers (sent, came back whole, came back damaged)."""
        deadline = time.monotonic() + deadline_s
        whole = damaged = sent = 0
        back = set()
        while len(back) + damaged < count and time.monotonic() < deadline:
            while sent < count and sent - whole - damaged < self.WINDOW:
                self._socket.send(self._frame(sent))
                sent += 1
            self._socket.settimeout(max(0.01, min(5.0, deadline - time.monotonic())))
            try:
                frame, address = self._socket.recvfrom(65536)
            except socket.timeout:
                break  # what is still missing was dropped: the counters must say so
            if address[2] == PACKET_OUTGOING or frame[6:12] != self._nic_mac or frame[23:24] != b"\x11":
                continue
            number = struct.unpack("!I", frame[42:46])[0]
            expected = self._frame(number)
            if frame == expected[6:12] + expected[:6] + expected[12:]:
                back.add(number)
                whole += 1
            else:
                damaged += 1
        return sent, len(back), damaged

    def close(self):
        self._socket.close()


def tcp_transfer(netns, address, length, deadline_s=60):
    """Random bytes from a socket in the namespace to one here; answers the SHA-256 of what was sent and what came."""
    listener = socket.create_server((address, 0))
    listener.settimeout(deadline_s)
    arrived = hashlib.sha256()

    def receive():
        connection, _ = listener.accept()
        connection.settimeout(deadline_s)
        with connection:
            while data := connection.recv(1 << 16):
                arrived.update(data)

    receiver = threading.Thread(target=receive, daemon=True)
    receiver.start()
    with inside(netns):
        sender = socket.socket()
    sent = hashlib.sha256()
    with sender:
        sender.settimeout(deadline_s)
        sender.connect(listener.getsockname())
        for _ in range(length >> 16):
            data = os.urandom(1 << 16)
            sent.update(data)
            sender.sendall(data)
    receiver.join(deadline_s)
    listener.close()
    return sent.hexdigest(), arrived.hexdigest()
