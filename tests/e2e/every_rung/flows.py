# SPDX-License-Identifier: BSD-3-Clause
"""rte_flow from testpmd's prompt: the kernel's rules, as ethtool shows them."""
import re

import lab


def udp(port, actions):
    return f"flow create 0 ingress pattern eth / ipv4 / udp dst is {port} / end actions {actions} / end"


def rules(nic):
    """What each of the kernel's rules does, by its place."""
    return {int(place): action.strip() for place, action in
            re.findall(r"Filter: (\d+)\n.*?Action: (.*?)\n", nic.ethtool("-n", "eth0"), re.S)}


def test_flows_go_to_their_queues_or_nowhere(nic):
    pmd = nic.testpmd(qpairs=2)
    assert "Flow rule #0 created" in pmd.command(udp(4000, "queue index 0"))
    assert "Flow rule #1 created" in pmd.command(udp(4001, "queue index 1"))
    assert "Flow rule #2 created" in pmd.command(udp(4002, "drop"))
    assert rules(nic) == {2045: f"Direct to queue {nic.first}", 2044: f"Direct to queue {nic.first + 1}", 2043: "Drop"}
    pmd.command("set fwd macswap")
    pmd.command("start")
    nic.peer.send(50, port=4002)
    assert len(nic.peer.send_and_collect(100, port=4000)) == 100
    assert len(nic.peer.send_and_collect(200, port=4001)) == 200
    stats = pmd.xstats()
    assert [stats["rx_q0_packets"], stats["rx_q1_packets"]] == [100, 200]
    pmd.command("stop")
    assert "destroyed" in pmd.command("flow destroy 0 rule 1")
    assert set(rules(nic)) == {2043, 2045}
    pmd.command("flow flush 0")
    assert not rules(nic)
    assert pmd.quit() == 0


def test_marks_arrive_with_the_frames(nic):
    nic.needs("marks")
    pmd = nic.testpmd()
    pmd.command(udp(4000, "queue index 0 / mark id 1234"))
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    nic.peer.send(1)
    assert f"FDIR matched ID=0x{1234:x}" in pmd.wait_for(r"ol_flags: [^\n]*\n")
    assert pmd.quit() == 0


def test_masks_are_the_filters(nic):
    pmd = nic.testpmd()
    pmd.command("flow create 0 ingress pattern eth / ipv4 dst spec 10.77.0.0 dst mask 255.255.255.0 / end "
                "actions queue index 0 / end")
    assert "mask: 0.0.0.255" in nic.ethtool("-n", "eth0")
    pmd.command("set fwd macswap")
    pmd.command("start")
    assert len(nic.peer.send_and_collect(50)) == 50
    assert pmd.quit() == 0


def test_a_second_mask_is_refused_with_the_kernels_reason(nic):
    pmd = nic.testpmd()
    assert "created" in pmd.command(udp(4000, "queue index 0"))
    text = pmd.command("flow create 0 ingress pattern eth / ipv4 / udp src is 9 / end actions queue index 0 / end")
    assert "share one mask" in text and "Invalid argument" in text
    text = pmd.command("flow create 0 ingress pattern eth / ipv6 / end actions queue index 0 / end")
    assert "IPv4" in text
    assert pmd.quit() == 0


def test_rules_end_with_the_port_however_it_ends(nic):
    pmd = nic.testpmd()
    pmd.command(udp(4000, "queue index 0"))
    assert pmd.quit() == 0  # testpmd itself flushes
    assert not rules(nic)
    pmd = nic.testpmd()
    pmd.command(udp(4000, "queue index 0"))
    assert set(rules(nic)) == {2045}
    pmd.process.kill()
    pmd.process.wait(lab.DEADLINE)
    lab.wait_until(lambda: not rules(nic), "the rule to a queue that nobody has is still there")
