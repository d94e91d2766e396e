# SPDX-License-Identifier: BSD-3-Clause
"""rte_flow on the simulator, which counts what a rule dropped."""
import lab
from every_rung.flows import *  # noqa: F403
from every_rung.flows import udp


def test_what_a_rule_drops_is_counted(nic):
    pmd = nic.testpmd()
    assert "created" in pmd.command(udp(4002, "drop"))
    nic.peer.send(50, port=4002)
    lab.wait_until(lambda: nic.statistics()["rx_fdir_drop"] == 50, "the NIC did not drop 50 frames")
    assert pmd.quit() == 0


def test_without_ntuple_the_remedy_is_said(nic):
    nic.ethtool("-K", "eth0", "ntuple", "off")
    pmd = nic.testpmd()
    assert "ntuple on" in pmd.command(udp(4000, "queue index 0"))
    assert pmd.quit() == 0
