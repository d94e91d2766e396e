# SPDX-License-Identifier: BSD-3-Clause
"""The five steps of the original instructions, letter for letter, on the real ixgbe: only it steers with ethtool -N."""
import os
import re

import pytest

import guest
from testpmd import PROMPT, Testpmd

TESTPMD = ("dpdk-testpmd -c 0x3 -n 4 --vdev=rte_bifurc,iface=eth0,qpairs=1 -- -i --rxfreet=32 --txfreet=32 --txrst=32")
STEERED, OTHER = "1.1.1.1", "1.1.1.2"
FRAMES = 500


@pytest.fixture
def kernel_has_32_pairs(nic):
    nic.needs("ethtool -N")
    if os.cpu_count() < 32:
        pytest.skip("ixgbe has no more channels than there are processors, and the steps want 32")
    guest.run("ethtool", "-L", guest.NETDEV, "combined", 32)
    nic.wait_for_carrier()
    yield
    guest.run("ip", "link", "set", guest.NETDEV, "promisc", "off")
    nic.steering.release()
    guest.run("ethtool", "-L", guest.NETDEV, "combined", nic.info.kernel)
    nic.wait_for_carrier()


def send_from(source, count):
    """UDP from the peer to the kernel's address."""
    guest.at_peer("ip", "addr", "replace", f"{source}/32", "dev", guest.PEER_NETDEV)
    program = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); "
               f"s.bind(('{source}', 0)); [s.sendto(b'x' * 100, ('{guest.ADDRESS}', 4242)) for i in range({count})]")
    guest.at_peer("python3", "-c", program)


def arrived(receiver):
    """How many datagrams a socket of the kernel has; reads them."""
    count = 0
    receiver.settimeout(1)
    try:
        while True:
            receiver.recv(2048)
            count += 1
    except TimeoutError:
        return count


def test_letter_for_letter(nic, kernel_has_32_pairs):
    receiver = guest.socket.socket(guest.socket.AF_INET, guest.socket.SOCK_DGRAM)
    receiver.setsockopt(guest.socket.SOL_SOCKET, guest.Peer.SO_RCVBUFFORCE, 8 << 20)
    receiver.bind((guest.ADDRESS, 4242))
    guest.run("sysctl", "-q", "-w", "net.ipv4.conf.all.rp_filter=0", "net.ipv4.conf.eth0.rp_filter=0")
    for step in ("ifconfig eth0 promisc", "ethtool -K eth0 ntuple on"):
        guest.run(*step.split())
    assert "Added rule" in guest.run(*"ethtool -N eth0 flow-type udp4 src-ip 0.0.0.0 action 0".split())
    pmd = Testpmd(TESTPMD.split(), timeout=guest.DEADLINE)
    nic.programs.append(pmd)
    pmd.wait_for(re.escape(PROMPT))
    assert "Added rule" in guest.run(*"ethtool -N eth0 flow-type udp4 src-ip 1.1.1.1 action 32".split())
    pmd.command("set fwd rxonly")
    pmd.command("start")
    with nic.kernel_traffic():
        send_from(STEERED, FRAMES)
        send_from(OTHER, FRAMES)
        stats = pmd.wait_for_xstat("rx_q0_packets", FRAMES)
        assert guest.tcp_transfer(nic, megabytes=1)
    assert stats["rx_q0_packets"] == FRAMES
    assert arrived(receiver) == FRAMES
    assert pmd.xstats()["rx_q0_packets"] == FRAMES
    assert pmd.quit() == 0
    receiver.close()
