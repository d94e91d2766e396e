# SPDX-License-Identifier: BSD-3-Clause
"""Offloads, seen through the distribution's dpdk-testpmd. Those of rules that only the simulator's driver has stand here."""
import frames
from every_rung.offloads import *  # noqa: F403
from every_rung.offloads import is_to_port, udp_frame
from frames import UDP
from lab import FIRST
from received import described, flags_of


def test_frames_that_no_rule_for_flows_took_have_their_rss_hash(nic):
    pmd = nic.testpmd()
    nic.ethtool("-N", "eth0", "flow-type", "ether", "proto", "0x86dd", "m", "0x0", "action", str(FIRST))
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    # Microsoft's verification suite for the key that it published, which the simulator's driver uses.
    key_vector = ("3ffe:2501:200:1fff::7", "3ffe:2501:200:3::1", 0x2CC18CD5)
    source, destination, expected = key_vector
    body = frames.ipv6(source, destination, UDP, frames.l4(UDP, source, destination, b"x" * 40))
    [text] = described(pmd, nic.peer, [nic.peer.ethernet(0x86DD, body)])
    assert f"RSS hash=0x{expected:x}" in text
    assert "RX_RSS_HASH" in flags_of(text)
    assert pmd.quit() == 0


def test_of_two_tags_the_outer_one_is_taken_out(nic):
    pmd = nic.testpmd("--enable-hw-vlan-strip")
    nic.ethtool("-N", "eth0", "flow-type", "ether", "proto", "0x8100", "m", "0x0", "action", str(FIRST))
    pmd.command("set fwd macswap")
    pmd.command("start")
    nic.peer.socket.send(udp_frame(nic, [100, 200]))
    [back] = nic.peer.collect(1, is_to_port)
    assert frames.Parsed(back).tags == [200]
    assert pmd.quit() == 0
