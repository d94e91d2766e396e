# SPDX-License-Identifier: BSD-3-Clause
"""Several devices on one netdev, both of the bus's fronts, attached and detached at testpmd's prompt."""
import pytest

from lab import FIRST

FRONTS = ["rte_bifurc1,iface=eth0", "bifurc:eth0"]


def steer(nic, port, queue):
    """UDP to that port goes to that pair, which must be lent already."""
    # ethtool 6.1 exits with 0 also when the rule was refused.
    assert "Added rule" in nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", str(port), "action", str(queue))


def detach(pmd, port):
    pmd.command(f"port stop {port}")
    assert "Device is detached" in pmd.command(f"port detach {port}")


@pytest.mark.parametrize("devargs", FRONTS)
def test_a_second_device_on_the_netdev_has_its_own_flow(nic, devargs):
    pmd = nic.testpmd()
    assert "Port 1 is attached" in pmd.command(f"port attach {devargs},qpairs=1")
    steer(nic, 4000, FIRST)
    steer(nic, 4001, FIRST + 1)
    pmd.command("port start 1")
    pmd.command("set portlist 0,1")
    pmd.command("set fwd rxonly")
    pmd.command("start")
    nic.peer.send(300, port=4000)
    nic.peer.send(500, port=4001)
    pmd.wait_for_xstat("rx_good_packets", 300, port=0)
    pmd.wait_for_xstat("rx_good_packets", 500, port=1)
    assert pmd.xstats(0)["rx_good_packets"] == 300
    assert pmd.xstats(1)["rx_good_packets"] == 500
    assert pmd.quit() == 0


@pytest.mark.parametrize("devargs", FRONTS)
def test_what_is_detached_is_attached_again(nic, devargs):
    pmd = nic.testpmd()
    for _ in range(5):
        # The same pair each time: it was given back before detach answered.
        assert "Port 1 is attached" in pmd.command(f"port attach {devargs},first={FIRST + 1}")
        pmd.command("port start 1")
        detach(pmd, 1)
    assert pmd.quit() == 0


def test_detaching_one_device_leaves_the_other_at_work(nic):
    pmd = nic.testpmd()
    steer(nic, 4000, FIRST)
    pmd.command("set fwd macswap")
    pmd.command("start")
    for devargs in FRONTS:
        pmd.command(f"port attach {devargs}")
        assert len(nic.peer.send_and_collect(100)) == 100
        detach(pmd, 1)
        assert len(nic.peer.send_and_collect(100)) == 100
    assert pmd.quit() == 0


@pytest.mark.parametrize("devargs, sentence", [
    ("rte_bifurc1,iface=eth0,qpairs=0", "'qpairs=0' is not allowed; it must be a number from 1 to 64."),
    ("rte_bifurc1,iface=eth0,queues=1", "'queues' is an unknown argument"),
    ("rte_bifurc1,qpairs=1", "'iface' is missing"),
    ("bifurc:eth0,iface=eth0", "'iface' is given by the device's name already."),
    ("rte_bifurc1,iface=eth9", "eth9: there is no such netdev"),
    ("bifurc:eth9", "eth9: there is no such netdev"),
    ("bifurc:eth0,qpairs=64", "64 queue pairs were asked for"),
    (f"bifurc:eth0,first={FIRST}", "taken"),
    ("bifurc:eth0,first=5", "queue pair 5 is the kernel's"),
])
def test_a_refused_attach_says_why_and_the_next_one_works(nic, devargs, sentence):
    pmd = nic.testpmd()
    assert sentence in pmd.command(f"port attach {devargs}")
    device = devargs.partition(",")[0].replace("eth9", "eth0")
    iface = "" if device.startswith("bifurc:") else ",iface=eth0"
    assert "Port 1 is attached" in pmd.command(f"port attach {device}{iface},qpairs=2")
    assert pmd.quit() == 0


@pytest.mark.parametrize("devargs", FRONTS)
def test_a_vanished_netdev_takes_all_its_devices_along(nic, devargs):
    pmd = nic.testpmd()
    pmd.command(f"port attach {devargs}")
    pmd.command("port start 1")
    pmd.command("start")
    nic.kill_simulator()
    pmd.wait_for("Now total ports is 0")
    assert pmd.quit() == 0
