# SPDX-License-Identifier: BSD-3-Clause
"""What DPDK's telemetry socket tells of the port: ethdev's commands, and the driver's own."""
import json
import threading

from lab import FIRST
from telemetry import Telemetry


def test_the_distributions_script_shows_the_port_and_what_it_borrows(nic):
    pmd = nic.testpmd(qpairs=2)
    nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", "4000", "action", str(FIRST))
    pmd.command("set fwd rxonly")
    pmd.command("start")
    nic.peer.send(300)
    pmd.wait_for_xstat("rx_good_packets", 300)
    questions = ["/ethdev/list", "/ethdev/stats,0", "/ethdev/link_status,0", "/bifurc/list", "/bifurc/info,0"]
    told = nic.run("dpdk-telemetry.py", "-f", nic.netns, input="\n".join(questions))
    ports, stats, link, ours, info = (next(iter(json.loads(line).values())) for line in told.splitlines())
    assert ports == ours == [0]
    assert (stats["ipackets"], stats["imissed"], stats["q_ipackets"][:2]) == (300, 0, [300, 0])
    assert link["status"] == "UP"
    driver = nic.ethtool("-i", "eth0").splitlines()[0].removeprefix("driver: ")
    assert info == {
        "netdev": "eth0", "state": "live", "generation": info["generation"], "driver": driver, "abi_version": 1,
        "chip": "82599", "pci_address": "", "mtu": nic.mtu(), "pairs_total": 64, "pairs_kernel": 32, "pairs_free": 30,
        "flow_marks": 1, "page_protection": "exclusive", "dma_protection": "iommu", "hw_queues": [FIRST, FIRST + 1]}
    assert pmd.quit() == 0


def test_only_the_drivers_ports_are_told_of(nic):
    pmd = nic.testpmd(devices=["--vdev=net_null0", f"--vdev=rte_bifurc,iface=eth0,first={FIRST + 5}"])
    with Telemetry(nic) as telemetry:
        assert telemetry.ask("/ethdev/list") == [0, 1]
        assert telemetry.ask("/bifurc/list") == [1]
        assert telemetry.ask("/bifurc/info,1")["hw_queues"] == [FIRST + 5]
        for nonsense in ("", ",", ",0", ",2", ",99999", ",-1", ",1x", ",1,1", ",eth0"):
            assert telemetry.ask(f"/bifurc/info{nonsense}") is None, nonsense
    assert pmd.quit() == 0


def test_a_reset_by_the_kernel_is_seen(nic):
    pmd = nic.testpmd()
    with Telemetry(nic) as telemetry:
        before = telemetry.ask("/bifurc/info,0")
        nic.ethtool("-G", "eth0", "rx", "1024")
        pmd.wait_for("reset event")
        reset = telemetry.ask("/bifurc/info,0")
        assert (reset["state"], reset["hw_queues"]) == ("quiesced", [FIRST])
        assert reset["generation"] > before["generation"]
        pmd.command("port stop 0")
        pmd.command("port start 0")
        assert telemetry.ask("/bifurc/info,0")["state"] == "live"
    assert pmd.quit() == 0


def test_ports_come_and_go_while_they_are_asked_about(nic):
    pmd = nic.testpmd()
    done = threading.Event()
    seen = set()

    def keep_asking():
        with Telemetry(nic) as telemetry:
            while not done.is_set():
                info = telemetry.ask("/bifurc/info,1")
                seen.add(info and (info["netdev"], info["state"], tuple(info["hw_queues"])))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    try:
        for _ in range(20):
            assert "Port 1 is attached" in pmd.command(f"port attach rte_bifurc1,iface=eth0,first={FIRST + 1}")
            assert "Device is detached" in pmd.command("port detach 1")
    finally:
        done.set()
        asking.join()
    assert seen == {None, ("eth0", "live", (FIRST + 1,))}
    assert pmd.quit() == 0
