# SPDX-License-Identifier: BSD-3-Clause
"""Data center bridging as lldpad switches it: one message of the kernel's dcbnl (linux/dcbnl.h)."""
import socket
import struct

RTM_SETDCB, REQUEST_AND_ACK = 79, 5
CMD_SSTATE, ATTR_IFNAME, ATTR_STATE = 2, 1, 2


def attribute(kind, value):
    return struct.pack("=HH", 4 + len(value), kind) + value + bytes(-len(value) % 4)


def switch(netdev, on):
    """Did the driver do it?"""
    body = struct.pack("=BBH", 0, CMD_SSTATE, 0)
    body += attribute(ATTR_IFNAME, netdev.encode() + b"\0") + attribute(ATTR_STATE, bytes([on]))
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as dcbnl:
        dcbnl.settimeout(60)
        dcbnl.send(struct.pack("=IHHII", 16 + len(body), RTM_SETDCB, REQUEST_AND_ACK, 1, 0) + body)
        answer = dcbnl.recv(4096)
    kind, = struct.unpack_from("=H", answer, 4)
    assert kind == RTM_SETDCB, "this kernel knows no DCB"
    # Behind both headers the one attribute: its status in a byte.
    return answer[16 + 4 + 4] == 0
