# SPDX-License-Identifier: BSD-3-Clause
"""What testpmd shows of things that are the kernel's."""
import re


def test_firmware_flow_control_and_module(nic):
    pmd = nic.testpmd()
    assert "Firmware-version: simulated 82599" in pmd.command("show port info 0")
    assert re.search(r"Rx pause: off\s+Tx pause: off", pmd.command("show port 0 flow_ctrl"))
    text = pmd.command("show port 0 module_eeprom")
    assert "MODULE EEPROM length: 256 bytes" in text and "bifurc-sim" in text.replace("|", "").replace("\n", "")
    assert pmd.quit() == 0


def test_rss_is_the_kernels(nic):
    pmd = nic.testpmd()
    table = pmd.command("show port 0 rss reta 128 (0xffffffffffffffff,0xffffffffffffffff)")
    assert [int(queue) for queue in re.findall(r"hash index=\d+, queue=(\d+)", table)] == [i % 16 for i in range(128)]
    shown = nic.ethtool("-x", "eth0")
    key = re.search(r"hash key:\n(\S+)", shown).group(1).replace(":", "").upper()
    assert key in pmd.command("show port 0 rss-hash key").upper()
    assert pmd.quit() == 0


def test_the_nics_statistics_stand_beside_the_ports(nic):
    pmd = nic.testpmd()
    nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", "4000", "action", "32")
    pmd.command("set fwd rxonly")
    pmd.command("start")
    nic.peer.send(300)
    pmd.wait_for_xstat("rx_q0_packets", 300)
    stats = pmd.wait_for_xstat("nic_rx_queue_32_packets", 300)
    assert stats["rx_q0_packets"] == stats["nic_rx_queue_32_packets"] == 300
    assert pmd.quit() == 0
