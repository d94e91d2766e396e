# SPDX-License-Identifier: BSD-3-Clause
"""Offloads: what the simulator's tests ask, asked of real NICs' drivers; and the RSS hash by its definition."""
import re

import frames
import guest
from every_rung.offloads import *  # noqa: F403
from every_rung.offloads import A, B
from frames import UDP
from received import described, flags_of


def test_a_received_frame_has_its_rss_hash(nic):
    pmd = nic.testpmd()
    key = bytes.fromhex(guest.RssSteering.KEY.read_text().strip().replace(":", ""))  # what drivers begin with
    guest.run("ethtool", "-X", guest.NETDEV, "weight", *[0] * nic.first, 1)
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    packet = frames.ipv4(A, B, UDP, frames.l4(UDP, A, B, bytes(100)))
    [text] = described(pmd, nic.peer, [nic.peer.ethernet(0x0800, packet)])
    assert flags_of(text) >= {"RX_RSS_HASH"}
    assert int(re.search(r"RSS hash=0x([0-9a-f]+)", text).group(1), 16) == guest.toeplitz(key, packet[12:20])
    assert pmd.quit() == 0
    guest.run("ethtool", "-X", guest.NETDEV, "default")
