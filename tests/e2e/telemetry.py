# SPDX-License-Identifier: BSD-3-Clause
"""A client of DPDK's telemetry socket."""
import json
import socket

import lab


class Telemetry:
    """Of the program that runs on this NIC."""

    def __init__(self, nic):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(lab.DEADLINE)
        self._socket.connect(f"/run/dpdk/{nic.netns}/dpdk_telemetry.v2")
        self._room = json.loads(self._socket.recv(1024))["max_output_len"]

    def ask(self, command):
        self._socket.send(command.encode())
        return json.loads(self._socket.recv(self._room))[command.partition(",")[0]]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
