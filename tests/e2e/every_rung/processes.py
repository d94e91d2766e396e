# SPDX-License-Identifier: BSD-3-Clause
"""One port, two processes: testpmd as primary and secondary, each with a queue of its own."""
import signal

import testpmd

TWO = ("--num-procs=2",)


def primary_of(nic):
    pmd = nic.testpmd(*TWO, "--proc-id=0", qpairs=2)
    nic.lead_to_queues(2)
    pmd.command("set fwd macswap")
    pmd.command("start")
    return pmd


def secondary_of(nic):
    pmd = nic.secondary("dpdk-testpmd", "-i", *TWO, "--proc-id=1", "--rxq=2", "--txq=2", "--total-num-mbufs=8192")
    pmd.wait_for(testpmd.PROMPT)
    pmd.command("set fwd macswap")
    pmd.command("start")
    return pmd


def test_a_secondary_receives_and_sends_beside_the_primary(shared_nic):
    nic = shared_nic
    primary = primary_of(nic)
    for _ in range(2):  # and again, after the first secondary has left
        secondary = secondary_of(nic)
        for queue, count in ((1, 300), (0, 200), (1, 100)):
            peer = nic.to_queue(queue)
            echoes = peer.send_and_collect(count, length=200)
            assert len(echoes) == count
            assert all(frame[42:] == peer.payload(frame) for frame in echoes)
        assert "Link status: up" in secondary.command("show port info 0")
        secondary.command("stop")
        assert secondary.quit() == 0
        assert len(nic.to_queue(0).send_and_collect(100)) == 100
    stats = primary.xstats()
    assert (stats["rx_q0_packets"], stats["rx_q1_packets"]) == (600, 800)
    assert stats["rx_errors"] == stats["tx_errors"] == stats["dma_q1_faults"] == 0
    assert primary.quit() == 0


def test_a_killed_secondary_leaves_the_primary_unharmed(shared_nic):
    nic = shared_nic
    primary = primary_of(nic)
    secondary = secondary_of(nic)
    secondary.process.send_signal(signal.SIGKILL)
    secondary.process.wait(secondary.timeout)
    assert len(nic.to_queue(0).send_and_collect(300)) == 300
    assert primary.quit() == 0
