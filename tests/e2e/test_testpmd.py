# SPDX-License-Identifier: BSD-3-Clause
"""The driver under the distribution's own dpdk-testpmd, on a simulated NIC whose wire is a veth to a peer."""
import re

import pytest

from lab import FIRST, without


def steer(nic, count=1):
    """UDP to port 4000+i goes to the i-th lent pair."""
    for i in range(count):
        nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", str(4000 + i), "action", str(FIRST + i))


def test_every_frame_is_received_and_counted(nic):
    pmd = nic.testpmd()
    steer(nic)
    pmd.command("set fwd rxonly")
    pmd.command("start")
    for total in range(300, 3001, 300):  # fewer at once than the ring holds: nothing may be missed
        nic.peer.send(300, length=200)
        stats = pmd.wait_for_xstat("rx_q0_packets", total)
    assert stats["rx_q0_packets"] == 3000
    assert stats["rx_q0_bytes"] == 3000 * 200
    assert stats["rx_errors"] == stats["rx_q0_missed"] == 0
    assert pmd.quit() == 0


def test_macswap_sends_every_frame_back(nic):
    pmd = nic.testpmd()
    steer(nic)
    pmd.command("set fwd macswap")
    pmd.command("start")
    echoes = nic.peer.send_and_collect(2000, length=120)
    assert len(echoes) == 2000
    assert {(frame[0:6], frame[6:12]) for frame in echoes} == {(nic.peer.mac, nic.mac)}
    assert sorted(nic.peer.serial(frame) for frame in echoes) == list(range(2000))
    assert pmd.xstats()["tx_q0_packets"] == 2000
    assert pmd.quit() == 0


def test_what_may_not_drive_queues_is_told_what_it_lacks(nic):
    for capability in ["net_admin", "sys_rawio"]:
        pmd = nic.testpmd(prompt=False, under=without(capability))
        assert pmd.end() != 0
        lacking = f"eth0: borrowing queues needs CAP_{capability.upper()}, which this process lacks; run it with `sudo`"
        assert lacking in pmd.text


def test_each_queue_has_its_own_flow(nic):
    pmd = nic.testpmd(qpairs=4)
    steer(nic, 4)
    pmd.command("set fwd macswap")
    pmd.command("start")
    for i in range(4):
        assert len(nic.peer.send_and_collect(100 * (i + 1), port=4000 + i)) == 100 * (i + 1)
    stats = pmd.xstats()
    assert [stats[f"rx_q{i}_packets"] for i in range(4)] == [100, 200, 300, 400]
    assert [stats[f"tx_q{i}_packets"] for i in range(4)] == [100, 200, 300, 400]
    assert pmd.quit() == 0


def test_icmpecho_answers_a_ping(nic):
    pmd = nic.testpmd()
    nic.ethtool("-N", "eth0", "flow-type", "ip4", "dst-ip", nic.peer.BORROWED, "action", str(FIRST))
    pmd.command("set fwd icmpecho")
    pmd.command("start")
    assert nic.peer.ping(nic.peer.BORROWED, 20) == 20
    assert pmd.quit() == 0


def test_txonly_frames_of_several_segments_reach_the_wire(nic):
    pmd = nic.testpmd()
    pmd.send_segments(nic.peer, 1000)
    assert pmd.quit() == 0


def test_jumbo_frames_are_scattered_and_sent_back_whole(nic):
    nic.set_mtu(9000)
    pmd = nic.testpmd("--enable-scatter", "--max-pkt-len=9018")
    steer(nic)
    pmd.command("set fwd macswap")
    pmd.command("start")
    assert "Scattered" in pmd.command("show rxq info 0 0")
    for length in (60, 1514, 2048, 2049, 4096, 6145, 9014):
        echoes = nic.peer.send_and_collect(50, length=length)
        assert [len(frame) for frame in echoes] == [length] * 50
        assert all(frame[42:] == nic.peer.payload(frame) for frame in echoes)
    assert pmd.quit() == 0


def test_filters_follow_the_application(nic):
    pmd = nic.testpmd()
    pmd.command("set promisc 0 on")
    nic.wait_for_flag("PROMISC", True)
    pmd.command("set promisc 0 off")
    nic.wait_for_flag("PROMISC", False)
    pmd.command("set allmulti 0 on")
    nic.wait_for_flag("ALLMULTI", True)
    assert pmd.quit() == 0
    nic.wait_for_flag("ALLMULTI", False)


def test_link_changes_are_announced_and_a_reset_is_survived(nic):
    pmd = nic.testpmd()
    steer(nic)
    pmd.command("set fwd macswap")
    pmd.command("start")
    assert len(nic.peer.send_and_collect(100)) == 100
    nic.ip("link", "set", "eth0", "down")
    pmd.wait_for("link state change event")
    pmd.wait_for("reset event")
    nic.ip("link", "set", "eth0", "up")
    pmd.wait_for("link state change event")  # testpmd prints it whenever it comes, in the midst of a prompt too
    pmd.command("stop")
    pmd.command("port stop 0")
    pmd.command("port start 0")
    pmd.command("start")
    steer(nic)
    assert len(nic.peer.send_and_collect(100)) == 100
    assert pmd.quit() == 0


def test_the_simulators_death_is_a_removal_and_testpmd_ends_well(nic):
    pmd = nic.testpmd()
    steer(nic)
    pmd.command("set fwd macswap")
    pmd.command("start")
    assert len(nic.peer.send_and_collect(100)) == 100
    nic.kill_simulator()
    pmd.wait_for("device removal event")
    pmd.wait_for("Now total ports is 0")
    assert pmd.quit() == 0


def test_a_port_can_be_detached_and_another_attached(nic):
    pmd = nic.testpmd()
    pmd.command("port stop 0")
    assert "Device is detached" in pmd.command("port detach 0")
    assert "is attached" in pmd.command("port attach rte_bifurc1,iface=eth0,qpairs=2")
    pmd.command("port start 0")
    steer(nic)
    pmd.command("set fwd macswap")
    pmd.command("start")
    assert len(nic.peer.send_and_collect(100)) == 100
    assert pmd.quit() == 0


@pytest.mark.parametrize("options, sentence", [
    (["--txrst=64", "--txfreet=32"], "tx_rs_thresh must not be above tx_free_thresh"),
    (["--mbuf-size=1024"], "mbuf_data_room_size 1024 < 1152"),
    (["--txfreet=496"], "tx_rs_thresh and tx_free_thresh together must not exceed the number of descriptors"),
])
def test_settings_that_cannot_work_are_refused_in_one_sentence(nic, options, sentence):
    pmd = nic.testpmd(*options, "--rxd=512", "--txd=512", prompt=False)
    pmd.wait_for(re.escape(sentence))
