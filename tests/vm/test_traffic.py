# SPDX-License-Identifier: BSD-3-Clause
"""Frames through the PMD on a real driver, contents compared, while the kernel's own traffic goes on beside."""
import guest
import pytest
from received import described_until, flags_of

SIZES = (60, 61, 128, 1024, 1514)
JUMBO = (60, 1514, 2048, 2049, 4096, 6145, 9014)


def exchange(nic, queue, length, count):
    echoes = nic.to_queue(queue).send_and_collect(count, length=length)
    assert [len(frame) for frame in echoes] == [length] * count
    assert sorted(nic.peer.serial(frame) for frame in echoes) == list(range(count))
    assert {(frame[0:6], frame[6:12]) for frame in echoes} == {(nic.peer.mac, nic.info.mac)}
    assert all(frame[42:] == nic.peer.payload(frame) for frame in echoes)


def test_every_size_comes_back_whole(nic):
    pmd = nic.borrowed()
    with nic.kernel_traffic():
        for length in SIZES:
            exchange(nic, 0, length, 100)
    stats = pmd.xstats()
    assert stats["rx_q0_packets"] == stats["tx_q0_packets"] == 100 * len(SIZES)
    assert stats["rx_q0_bytes"] == stats["tx_q0_bytes"] == 100 * sum(SIZES)
    assert stats["rx_errors"] == stats["tx_errors"] == 0
    assert pmd.quit() == 0


def test_jumbo_frames_are_scattered_and_sent_back_whole(nic):
    nic.set_mtu(9000)
    pmd = nic.borrowed("--enable-scatter", "--max-pkt-len=9018")
    for length in JUMBO:
        exchange(nic, 0, length, 20)
    assert pmd.quit() == 0
    nic.set_mtu(1500)


def test_each_queue_has_its_own_flow(nic):
    pmd = nic.borrowed(qpairs=4)
    with nic.kernel_traffic():
        for queue in range(4):
            exchange(nic, queue, 200, 50 * (queue + 1))
    stats = pmd.xstats()
    assert [stats[f"rx_q{queue}_packets"] for queue in range(4)] == [50, 100, 150, 200]
    assert [stats[f"tx_q{queue}_packets"] for queue in range(4)] == [50, 100, 150, 200]
    assert pmd.quit() == 0


def test_a_ring_wraps_many_times(nic):
    pmd = nic.borrowed("--rxd=128", "--txd=128")  # above the peer's window: nothing may be missed
    exchange(nic, 0, 100, 1000)
    assert pmd.quit() == 0


def test_frames_of_several_segments_reach_the_wire(nic):
    pmd = nic.testpmd()
    pmd.send_segments(nic.peer, 200)
    assert pmd.quit() == 0


def test_tcp_of_the_kernel_beside(nic):
    pmd = nic.borrowed()
    exchange(nic, 0, 500, 100)
    assert guest.tcp_transfer(nic, megabytes=4)
    exchange(nic, 0, 500, 100)
    assert pmd.quit() == 0


@pytest.fixture
def lro(nic):
    if nic.driver == "igb":
        pytest.skip("the 82576 family coalesces nothing")
    guest.run("ethtool", "-K", guest.NETDEV, "lro", "on")
    nic.wait_for_carrier()
    yield nic
    guest.run("ethtool", "-K", guest.NETDEV, "lro", "off")
    nic.wait_for_carrier()


def test_a_tcp_flow_comes_in_large_receives_and_none_of_its_bytes_is_lost(lro):
    pmd = lro.testpmd("--enable-lro")
    guest.run("ethtool", "-N", guest.NETDEV, "flow-type", "tcp4", "dst-ip", lro.peer.BORROWED, "action", lro.first)
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    size, stretch, headers = 1000, 40_000, 54
    sent = sum(lro.peer.send_tcp(bytes(stretch), size, 1000 + i * stretch) for i in range(10))
    lengths, texts = described_until(pmd, size * sent, headers)
    assert sum(lengths) == size * sent + headers * len(lengths)
    assert len(lengths) < sent
    assert [("RX_LRO" in flags_of(text)) for text in texts] == [length > size + headers for length in lengths]
    pmd.command("set verbose 0")
    assert pmd.xstats()["rx_errors"] == 0
    assert pmd.quit() == 0
