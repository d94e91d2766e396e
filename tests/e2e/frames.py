# SPDX-License-Identifier: BSD-3-Clause
"""Frames byte by byte, with checksums that are right unless asked otherwise, and the checks of those that come back."""
import ipaddress
import struct

TCP, UDP, SCTP, IPV6 = 6, 17, 132, 41


def internet_sum(data, start=0):
    """RFC 1071, not complemented."""
    total = start + sum(struct.unpack(f"!{(len(data) + 1) // 2}H", data + b"\0" * (len(data) % 2)))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def crc32c(data):
    """RFC 9260, appendix A."""
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return struct.pack("<I", crc ^ 0xFFFFFFFF)


def pseudo(source, destination, protocol, length):
    return internet_sum(source + destination + struct.pack("!II", length, protocol))


def _with_sum(l4, at, start):
    value = ~internet_sum(l4, start) & 0xFFFF
    return l4[:at] + struct.pack("!H", value or 0xFFFF) + l4[at + 2:]


def ipv4(source, destination, protocol, payload, options=b"", offset=0, ident=0):
    head = struct.pack("!BBHHHBBH4s4s", 0x45 + len(options) // 4, 0, 20 + len(options) + len(payload), ident, offset, 64,
                       protocol, 0, ipaddress.ip_address(source).packed,
                       ipaddress.ip_address(destination).packed) + options
    return _with_sum(head, 10, 0) + payload


def ipv6(source, destination, protocol, payload):
    return struct.pack("!IHBB16s16s", 6 << 28, len(payload), protocol, 64, ipaddress.ip_address(source).packed,
                       ipaddress.ip_address(destination).packed) + payload


def l4(protocol, source, destination, payload, sport=9, dport=4000, flags=0x10, seq=1000):
    """A TCP, UDP or SCTP packet for these addresses."""
    start = pseudo(ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed, protocol,
                   len(payload) + {TCP: 20, UDP: 8, SCTP: 12}[protocol])
    if protocol == TCP:
        return _with_sum(struct.pack("!HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 8192, 0, 0) + payload, 16, start)
    if protocol == UDP:
        return _with_sum(struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload, 6, start)
    head = struct.pack("!HHI", sport, dport, 0x1234)
    return head + crc32c(head + b"\0\0\0\0" + payload) + payload


def damaged(packet, at=-1):
    """The packet with one bit turned over."""
    changed = bytearray(packet)
    changed[at] ^= 1
    return bytes(changed)


class Parsed:
    """What came back, and whether its sums are right."""

    def __init__(self, frame):
        self.frame = frame
        self.destination, self.source = frame[0:6], frame[6:12]
        self.tags = []
        at = 12
        while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
            self.tags.append(struct.unpack("!H", frame[at + 2:at + 4])[0])
            at += 4
        self.ethertype = struct.unpack("!H", frame[at:at + 2])[0]
        self.ip = frame[at + 2:]
        if self.ethertype == 0x0800:
            self._ipv4()
        elif self.ethertype == 0x86DD:
            self._ipv6()
        self.payload = self.l4[{TCP: 20, UDP: 8, SCTP: 12}.get(self.protocol, 0):]

    def _ipv4(self):
        size = (self.ip[0] & 15) * 4
        self.ip = self.ip[:struct.unpack("!H", self.ip[2:4])[0]]  # without padding
        self.ip_good = internet_sum(self.ip[:size]) == 0xFFFF
        self.ident = struct.unpack("!H", self.ip[4:6])[0]
        self.protocol, self.l4 = self.ip[9], self.ip[size:]
        self._addresses = self.ip[12:20]

    def _ipv6(self):
        self.ip = self.ip[:40 + struct.unpack("!H", self.ip[4:6])[0]]
        self.ip_good = True
        self.protocol, self.l4 = self.ip[6], self.ip[40:]
        self._addresses = self.ip[8:40]

    @property
    def l4_good(self):
        if self.protocol == SCTP:
            return crc32c(self.l4[:8] + b"\0\0\0\0" + self.l4[12:]) == self.l4[8:12]
        half = len(self._addresses) // 2
        start = pseudo(self._addresses[:half], self._addresses[half:], self.protocol, len(self.l4))
        return internet_sum(self.l4, start) == 0xFFFF

    @property
    def seq(self):
        return struct.unpack("!I", self.l4[4:8])[0]
