# SPDX-License-Identifier: BSD-3-Clause
"""What is the kernel's, on the simulator: it has a module that can be read, and counters for lent queues."""
from every_rung.kernel_info import *  # noqa: F403
from lab import FIRST


def test_the_module_can_be_read(nic):
    pmd = nic.testpmd()
    text = pmd.command("show port 0 module_eeprom")
    assert "MODULE EEPROM length: 256 bytes" in text and "bifurc-sim" in text.replace("|", "").replace("\n", "")
    assert pmd.quit() == 0


def test_a_lent_queue_counts_the_same_here_and_there(nic):
    pmd = nic.testpmd()
    nic.lead_to_borrowed(nic.peer.BORROWED)
    pmd.command("set fwd rxonly")
    pmd.command("start")
    nic.peer.send(300)
    pmd.wait_for_xstat("rx_q0_packets", 300)
    stats = pmd.wait_for_xstat(f"nic_rx_queue_{FIRST}_packets", 300)
    assert stats["rx_q0_packets"] == stats[f"nic_rx_queue_{FIRST}_packets"] == 300
    assert pmd.quit() == 0
