# SPDX-License-Identifier: BSD-3-Clause
"""One port, two processes: testpmd as primary and secondary, each with a queue of its own."""
import lab
import testpmd
from lab import FIRST


def start(nic, hugepages, number):
    """The testpmd that runs queue `number` of two."""
    device = ["--vdev=rte_bifurc,iface=eth0,qpairs=2"] if number == 0 else []
    argv = ["ip", "netns", "exec", nic.netns, "dpdk-testpmd", "-l", "0,1", "-m", "128", "--no-pci", "--file-prefix",
            nic.netns, "--huge-dir", hugepages, f"--proc-type={'secondary' if number else 'primary'}",
            *nic._plugins(), *device, "--", "-i", "--total-num-mbufs=8192", "--rxq=2", "--txq=2", "--rxfreet=32",
            "--txfreet=32", "--txrst=32", "--num-procs=2", f"--proc-id={number}"]
    program = testpmd.Testpmd([str(part) for part in argv], env=nic._environment())
    nic.programs.append(program)
    program.wait_for(testpmd.PROMPT)
    return program


def test_a_secondary_receives_and_sends_beside_the_primary(nic, hugepages):
    primary = start(nic, hugepages, 0)
    for queue in range(2):
        nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", str(4000 + queue), "action", str(FIRST + queue))
    primary.command("set fwd macswap")
    primary.command("start")
    for _ in range(2):  # and again, after the first secondary has left
        secondary = start(nic, hugepages, 1)
        secondary.command("set fwd macswap")
        secondary.command("start")
        for port, count in ((4001, 1000), (4000, 700), (4001, 300)):
            echoes = nic.peer.send_and_collect(count, length=200, port=port)
            assert len(echoes) == count
            assert all(frame[42:] == nic.peer.payload(frame) for frame in echoes)
        assert "Link status: up" in secondary.command("show port info 0")
        secondary.command("stop")
        assert secondary.quit() == 0
        assert len(nic.peer.send_and_collect(200, port=4000)) == 200
    stats = primary.xstats()
    assert (stats["rx_q0_packets"], stats["rx_q1_packets"]) == (1800, 2600)
    assert stats["rx_errors"] == stats["tx_errors"] == stats["dma_q1_faults"] == 0
    assert primary.quit() == 0


def test_a_killed_secondary_leaves_the_primary_unharmed(nic, hugepages):
    primary = start(nic, hugepages, 0)
    nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", "4000", "action", str(FIRST))
    primary.command("set fwd macswap")
    primary.command("start")
    secondary = start(nic, hugepages, 1)
    secondary.command("start")
    secondary.process.kill()
    secondary.process.wait(lab.DEADLINE)
    assert len(nic.peer.send_and_collect(500)) == 500
    assert primary.quit() == 0
