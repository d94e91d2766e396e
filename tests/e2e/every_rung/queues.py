# SPDX-License-Identifier: BSD-3-Clause
"""The life of single queues under testpmd, and what can be asked of them."""
import re


def forwarding(nic, *options, qpairs=1, **more):
    pmd = nic.testpmd(*options, qpairs=qpairs, **more)
    nic.lead_to_queues(qpairs)
    pmd.command("set fwd macswap")
    return pmd


def commands(pmd, *lines):
    return [pmd.command(line) for line in lines]


def comes_back(nic, queue, count=100):
    return len(nic.to_queue(queue).send_and_collect(count)) == count


def test_port_and_queues_stop_and_start(nic):
    pmd = forwarding(nic, qpairs=2)
    for _ in range(3):
        pmd.command("start")
        assert comes_back(nic, 1)
        commands(pmd, "stop", "port 0 rxq 1 stop", "port 0 txq 1 stop", "port 0 rxq 1 start", "port 0 txq 1 start", "start")
        assert comes_back(nic, 1) and comes_back(nic, 0)
        commands(pmd, "stop", "port stop 0", "port start 0")
    assert pmd.xstats()["rx_errors"] == 0
    assert pmd.quit() == 0


def test_a_deferred_queue_waits_until_it_is_started(nic):
    pmd = forwarding(nic, qpairs=2)
    commands(pmd, "port stop 0", "port 0 rxq 1 deferred_start on", "port 0 txq 1 deferred_start on", "port start 0", "start")
    nic.to_queue(1).send(10)
    assert comes_back(nic, 0)
    assert pmd.xstats()["rx_q1_packets"] == 0
    commands(pmd, "stop", "port 0 rxq 1 start", "port 0 txq 1 start", "start")
    assert comes_back(nic, 1)
    assert pmd.xstats()["rx_q1_packets"] == 100
    assert pmd.quit() == 0


def test_a_queue_can_be_made_anew_while_the_port_runs(nic):
    pmd = forwarding(nic)
    pmd.command("start")
    assert comes_back(nic, 0)
    pmd.command("stop")
    for way, ring in (("rx", "RXDs"), ("tx", "TXDs")):
        commands(pmd, f"port 0 {way}q 0 stop", f"port config 0 {way}q 0 ring_size 256", f"port 0 {way}q 0 setup",
                 f"port 0 {way}q 0 start")
        assert re.search(rf"Number of {ring}: 256$", pmd.command(f"show {way}q info 0 0"), re.M)
    pmd.command("start")
    assert comes_back(nic, 0, 300), "more than once around the ring"
    assert pmd.quit() == 0


def test_the_bursts_are_named(nic):
    pmd = nic.testpmd()
    for way in ("rx", "tx"):
        assert re.search(r"Burst mode: (Vector|Scalar)", pmd.command(f"show {way}q info 0 0"))
    assert pmd.quit() == 0


def test_descriptors_tell_what_became_of_them(nic):
    pmd = forwarding(nic)
    nic.to_queue(0).send(5)
    pmd.wait_until("show port 0 rxq 0 desc used count", r"Used desc count = 5$")
    for descriptor, status in ((4, "DONE"), (5, "AVAILABLE")):
        assert f"Desc status = {status}" in pmd.command(f"show port 0 rxq 0 desc {descriptor} status")
    assert "Desc status = DONE" in pmd.command("show port 0 txq 0 desc 0 status")
    pmd.command("start")
    pmd.wait_for_xstat("rx_q0_packets", 5)
    assert "Used desc count = 0" in pmd.command("show port 0 rxq 0 desc used count")
    assert pmd.quit() == 0


def test_what_was_sent_is_freed_on_demand(nic):
    def free():
        pools = re.findall(r"(?:cache_count\[\d+\]|common_pool_count)=(\d+)", pmd.command("dump_mempool mb_pool_0"))
        return sum(map(int, pools))

    pmd = forwarding(nic)
    pmd.command("start")
    assert comes_back(nic, 0, 64)  # two reports (--txrst), and the ring is far from full
    pmd.command("stop")
    before = free()
    pmd.command("port cleanup 0 txq 0 0")
    assert free() == before + 64
    assert pmd.quit() == 0
