# SPDX-License-Identifier: BSD-3-Clause
"""Borrows queue pairs of a netdev and holds them until its standard input ends. Prints the first pair's number.

    borrow.py NETDEV PAIRS [FIRST]

A packet socket and three calls of libc, as any program would make them; no library of ours."""
import ctypes
import os
import socket
import struct
import sys

SIOCATTACH = 0x89F0 + 11  # BIFURC_SIOCATTACH
SPLIT = 0xB1F1
SOL_PACKET = 263
FIRST_ANY = 0xFFFFFFFF

libc = ctypes.CDLL(None, use_errno=True)


def checked(result, what):
    if result != 0:
        sys.exit(f"{what}: {os.strerror(ctypes.get_errno())}")


def main(netdev, pairs, first=FIRST_ANY):
    packet_socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    packet_socket.bind((netdev, 0))
    ifreq = ctypes.create_string_buffer(netdev.encode(), 40)
    checked(libc.ioctl(packet_socket.fileno(), ctypes.c_ulong(SIOCATTACH), ifreq), "attach")
    split = ctypes.create_string_buffer(struct.pack("=6I", 24, 0, int(first), int(pairs), 0, 0), 24)
    length = ctypes.c_uint32(24)
    checked(libc.getsockopt(packet_socket.fileno(), SOL_PACKET, SPLIT, split, ctypes.byref(length)), "split")
    print(struct.unpack("=6I", split.raw)[2], flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main(*sys.argv[1:])
