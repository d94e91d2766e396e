# SPDX-License-Identifier: BSD-3-Clause
"""The five steps that users know, letter for letter, with the distribution's own programs and real hugepages."""
import os
import pathlib
import re
import subprocess

import pytest

import lab
from lab import HUGEPAGES
from testpmd import PROMPT, Testpmd

TOP = pathlib.Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(not HUGEPAGES.exists(), reason="this kernel has no 2 MB hugepages")


class Shell:
    """The shell of ./run sim, typed into."""

    def __init__(self):
        self.console = Testpmd([TOP / "run", "sim"], env={**os.environ, "BIFURC_BUILD": str(lab.BUILD)}, timeout=120)
        self.console.wait_for(r"sim:\S*# ")

    def type(self, line, until=r"sim:\S*# "):
        os.write(self.console._fd, line.encode() + b"\n")
        self.console.wait_for(re.escape(line))
        return self.console.wait_for(until)


def test_letter_for_letter():
    before = HUGEPAGES.read_text()
    shell = Shell()
    try:
        shell.type("ifconfig eth0 promisc")
        assert "PROMISC" in shell.type("ip link show eth0")
        shell.type("ethtool -K eth0 ntuple on")
        assert "Added rule" in shell.type("ethtool -N eth0 flow-type udp4 src-ip 0.0.0.0 action 0")
        shell.type("dpdk-testpmd -c 0x3 -n 4 --vdev=rte_bifurc,iface=eth0,qpairs=1 -- -i --rxfreet=32 --txfreet=32 "
                   "--txrst=32", until=PROMPT)
        joined = subprocess.run([TOP / "run", "join", "ethtool", "-N", "eth0", "flow-type", "udp4", "src-ip", "1.1.1.1",
                                 "action", "32"], env={**os.environ, "BIFURC_BUILD": str(lab.BUILD)},
                                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert "Added rule" in joined.stdout, joined
        shell.type("set fwd rxonly", until=PROMPT)
        shell.type("start", until=PROMPT)
        send = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(('1.1.1.1', 0)); "
                "[s.sendto(b'x' * 100, ('192.0.2.1', 9)) for i in range(100)]")
        for command in (["ip", "-n", "peer", "addr", "add", "1.1.1.1/32", "dev", "p0"],
                        ["ip", "netns", "exec", "peer", "/usr/bin/python3", "-c", send]):
            subprocess.run([TOP / "run", "join", *command], env={**os.environ, "BIFURC_BUILD": str(lab.BUILD)},
                           stdin=subprocess.DEVNULL, check=True, timeout=60)
        lab.wait_until(lambda: "RX-packets: 100 " in shell.type("show port stats 0", until=PROMPT),
                       "testpmd has the 100 frames")
        shell.type("quit")
        os.write(shell.console._fd, b"exit\n")
        assert shell.console.process.wait(60) == 0
    finally:
        shell.console.close()
    lab.wait_until(lambda: HUGEPAGES.read_text() == before, "the hugepages are given back")
