# SPDX-License-Identifier: BSD-3-Clause
"""The NIC under drivers that nobody here wrote: the distribution's own ixgbe, unpatched, and DPDK's own net_ixgbe. For a
guest of kernel/vm --stock --nic 82599; what they find wrong is the NIC's fault."""
import contextlib
import json
import os
import pathlib
import re
import subprocess
import types

import pytest

import frames
import guest
import testpmd
from guest import ADDRESS, NETDEV, PEER_ADDRESS, PEER_NETDEV, at_peer, run, wait_until
from received import described, flags_of, hardware_type, ipv4_rows

# No register there can clear itself when it is read, so those that would stay 0: doc/vfio-user.md, Shared queue pages.
SHARED_PAGES = "--shared-pages" in os.environ.get("BIFURC_VM", "")
DEVICE = pathlib.Path(f"/sys/class/net/{NETDEV}/device").resolve()
CRC = 4


def statistics():
    """ethtool -S. The driver reads the NIC's counters every two seconds, and when it is asked."""
    text = run("ethtool", "-S", NETDEV)
    return {name: int(value) for name, value in re.findall(r"^ +(\S+): (\d+)$", text, re.M)}


def link_is_up():
    with contextlib.suppress(OSError):  # down
        return pathlib.Path(f"/sys/class/net/{NETDEV}/carrier").read_text().strip() == "1"


def ping(*options, address=PEER_ADDRESS):
    return run("ping", "-c", "20", "-i", "0.02", "-W", "10", "-q", *options, address)


@contextlib.contextmanager
def iperf_server():
    with subprocess.Popen(["ip", "netns", "exec", "peer", "iperf3", "-s"], stdout=subprocess.DEVNULL) as server:
        try:
            wait_until(lambda: ":5201" in at_peer("ss", "-tln"), "iperf3 does not listen")
            yield
        finally:
            server.terminate()


def test_doctor_says_that_the_driver_is_the_kernels_own():
    found = guest.doctor()["driver"]
    assert found["level"] == "blocks"
    assert "is the kernel's own, and there is no bifurc.ko for Linux" in found["finding"]
    assert "dkms install bifurc" in found["remedy"] and "modprobe ixgbe" in found["remedy"]


def test_probe_finds_a_healthy_nic():
    assert DEVICE.joinpath("driver").resolve().name == "ixgbe"
    wait_until(link_is_up, "no link")
    assert "Speed: 10000Mb/s" in run("ethtool", NETDEV)
    assert "PASS" in run("ethtool", "-t", NETDEV, "online")
    assert "10G Base-SR" in run("ethtool", "-m", NETDEV)
    # Linux 7.3 says so of this chip, which has none.
    log = run("dmesg").replace("Firmware logging not supported", "")
    assert "PBA No: BIFURC-001" in log
    assert not re.search(r"ixgbe.*(fail|error|not supported|unsupported|Hang)", log, re.I), log


@pytest.mark.parametrize("direction", [[], ["-R"]], ids=["sent", "received"])
def test_tcp_is_whole_and_the_counters_add_up(direction):
    before, peer_before = statistics(), interface_counters(PEER_NETDEV)
    with iperf_server():
        report = json.loads(run("iperf3", "-J", "-c", PEER_ADDRESS, "-n", "8M", *direction))
    assert report["end"]["sum_received"]["bytes"] > 1 << 20  # its end does not wait for all that was sent
    counted = []

    def all_arrived():
        """The sender's kernel goes on with what iperf3 has left in its socket, and the receiver's answers that."""
        after, peer_after = statistics(), interface_counters(PEER_NETDEV)
        delta = {name: after[name] - before[name] for name in after}
        peer = {name: peer_after[name] - peer_before[name] for name in peer_after}
        counted[:] = delta, peer
        return (delta["rx_packets"] == delta["rx_pkts_nic"] == peer["tx_packets"] and
                delta["tx_packets"] == delta["tx_pkts_nic"] == peer["rx_packets"])

    wait_until(all_arrived, counted)
    delta, peer = counted
    assert delta["rx_packets"] > 100 and delta["tx_packets"] > 100
    # As they were on the wire: the driver counts a frame before the NIC has filled it up to the shortest.
    assert delta["tx_bytes_nic"] == peer["rx_bytes"] + CRC * delta["tx_packets"] >= delta["tx_bytes"]
    for way in ("rx", "tx"):
        for unit in ("packets", "bytes"):
            queues = [value for name, value in delta.items() if re.fullmatch(rf"{way}_queue_\d+_{unit}", name)]
            assert sum(queues) == delta[f"{way}_{unit}"]
    wrong = {name: value for name, value in delta.items()
             if value and re.search(r"error|drop|miss(?!.*fdir)|csum|timeout|no_dma|fail|flow_control", name)
             and not name.startswith("fdir")}
    assert wrong == {}


def interface_counters(name):
    shown = json.loads(at_peer("ip", "-j", "-s", "link", "show", name))[0]["stats64"]
    return {f"{way}_{unit}": shown[way][unit] for way in ("rx", "tx") for unit in ("packets", "bytes")}


@pytest.fixture
def lro():
    run("ethtool", "-K", NETDEV, "lro", "on")
    wait_until(link_is_up, "no link")
    assert "large-receive-offload: on" in run("ethtool", "-k", NETDEV)
    yield
    run("ethtool", "-K", NETDEV, "lro", "off")
    wait_until(link_is_up, "no link")


def test_large_receives_carry_tcp_and_every_frame_is_in_one(lro):
    before = statistics()
    any_port = types.SimpleNamespace(port_for_kernel=lambda port: 0)
    assert guest.tcp_transfer(types.SimpleNamespace(steering=any_port), megabytes=8)

    def delta():
        return {name: value - before[name] for name, value in statistics().items()}

    # The driver counts what it hands on, and what the NIC says that it has put behind the first frame of it.
    wait_until(lambda: (d := delta())["rx_packets"] + d["hw_rsc_aggregated"] == d["rx_pkts_nic"] > 1000, delta())
    assert delta()["hw_rsc_aggregated"] >= delta()["hw_rsc_flushed"] > 0
    assert delta()["rx_csum_offload_errors"] == 0


def test_jumbo_frames_and_vlan_tags_pass():
    run("ip", "link", "set", NETDEV, "mtu", "9000")
    wait_until(link_is_up, "no link")
    assert " 0% packet loss" in ping("-M", "do", "-s", "8900")
    run("ip", "link", "set", NETDEV, "mtu", "1500")
    run("ip", "link", "add", "link", NETDEV, "name", "tagged", "type", "vlan", "id", "7")
    run("ip", "addr", "add", "198.19.0.1/24", "dev", "tagged")
    run("ip", "link", "set", "tagged", "up")
    at_peer("ip", "link", "add", "link", PEER_NETDEV, "name", "tagged", "type", "vlan", "id", "7")
    at_peer("ip", "addr", "add", "198.19.0.2/24", "dev", "tagged")
    at_peer("ip", "link", "set", "tagged", "up")
    wait_until(link_is_up, "no link")
    assert " 0% packet loss" in ping(address="198.19.0.2")
    run("ip", "link", "del", "tagged")
    at_peer("ip", "link", "del", "tagged")


def test_rules_steer_to_the_queue_that_they_name():
    run("ethtool", "-K", NETDEV, "ntuple", "on")
    wait_until(link_is_up, "no link")
    run("ethtool", "-N", NETDEV, "flow-type", "udp4", "dst-port", "9001", "action", "1")
    run("ethtool", "-N", NETDEV, "flow-type", "udp4", "dst-port", "9000", "action", "0")
    before = statistics()
    sender = ("import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
              f"for i in range(100): s.sendto(b'x' * 100, ('{ADDRESS}', 9001))\n"
              f"for i in range(40): s.sendto(b'x' * 100, ('{ADDRESS}', 9000))")
    at_peer("python3", "-c", sender)
    wait_until(lambda: statistics()["fdir_match"] - before["fdir_match"] >= 140, "no matches")
    after = statistics()
    assert after["rx_queue_1_packets"] - before["rx_queue_1_packets"] >= 100
    assert after["rx_queue_0_packets"] - before["rx_queue_0_packets"] >= 40
    # Without the feature they would stay, and ethtool would not let channels go that they name.
    for rule in re.findall(r"Filter: (\d+)", run("ethtool", "-n", NETDEV)):
        run("ethtool", "-N", NETDEV, "delete", rule)
    run("ethtool", "-K", NETDEV, "ntuple", "off")
    wait_until(link_is_up, "no link")


def test_rings_and_channels_change():
    for change in (["-G", "rx", "1024"], ["-G", "tx", "256"], ["-L", "combined", "1"], ["-L", "combined", "2"],
                   ["-K", "gro", "off"], ["-C", "rx-usecs", "0"]):
        run("ethtool", change[0], NETDEV, *change[1:])
        wait_until(link_is_up, "no link")
        assert " 0% packet loss" in ping(), change


@contextlib.contextmanager
def bound_to(driver):
    """The NIC under another driver, and back under its own at the end."""
    def bind(name):
        DEVICE.joinpath("driver/unbind").write_text(DEVICE.name)
        DEVICE.joinpath("driver_override").write_text(f"{name}\n")
        pathlib.Path("/sys/bus/pci/drivers_probe").write_text(DEVICE.name)
        assert DEVICE.joinpath("driver").resolve().name == name
    bind(driver)
    try:
        yield
    finally:
        bind("ixgbe")
        run("ip", "addr", "add", f"{ADDRESS}/16", "dev", NETDEV)
        run("ip", "link", "set", NETDEV, "up")
        wait_until(link_is_up, "no link")


@pytest.fixture
def dpdk():
    """A peer, and a testpmd that drives the NIC by DPDK's own driver."""
    if not DEVICE.joinpath("iommu_group").exists():
        pytest.skip("no IOMMU: vfio-pci takes the NIC behind one only")
    mac = bytes.fromhex(pathlib.Path(f"/sys/class/net/{NETDEV}/address").read_text().strip().replace(":", ""))
    argv = ["dpdk-testpmd", "-l", "0,1", "-m", "128", "-a", DEVICE.name, "--", "-i", "--rxq=2", "--txq=2",
            "--total-num-mbufs=4096", "--port-topology=loop", "--enable-rx-cksum"]
    with bound_to("vfio-pci"), contextlib.closing(guest.Peer(mac).to("10.77.1.1")) as peer, \
            contextlib.closing(testpmd.Testpmd(argv, timeout=guest.DEADLINE)) as pmd:  # closed first: it holds the NIC
        pmd.wait_for(testpmd.PROMPT)
        yield peer, pmd
        assert pmd.quit() == 0


def test_dpdks_own_driver_forwards(dpdk):
    peer, pmd = dpdk
    sizes, count = (60, 500, 1514), 50
    pmd.command("set fwd macswap")
    pmd.command("start")
    for length in sizes:
        echoes = peer.send_and_collect(count, length=length)
        assert [len(frame) for frame in echoes] == [length] * count
        assert sorted(peer.serial(frame) for frame in echoes) == list(range(count))
        assert all(frame[42:] == peer.payload(frame) for frame in echoes)
    stats = pmd.xstats()
    assert stats["tx_good_packets"] == count * len(sizes)
    assert stats["tx_good_bytes"] == count * sum(sizes)
    assert stats["rx_good_packets"] == (0 if SHARED_PAGES else count * len(sizes))  # QPRC
    assert stats["rx_good_bytes"] == (0 if SHARED_PAGES else count * sum(sizes))  # QBRC
    assert stats["rx_errors"] == stats["tx_errors"] == stats["rx_missed_errors"] == 0


def test_dpdks_own_driver_says_the_same_of_received_frames_as_ours(dpdk):
    """Ours: tests/e2e/test_offloads.py, with the same rows. RSS is compared with its definition."""
    peer, pmd = dpdk
    source, destination = peer.ADDRESS, peer.BORROWED
    key = bytes.fromhex(re.search(r"RSS key:\s*([0-9A-Fa-f]{80})", pmd.command("show port 0 rss-hash key")).group(1))
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    rows = ipv4_rows(source, destination)
    texts = described(pmd, peer, [peer.ethernet(0x0800, row[0]) for row in rows])
    for text, (_, flags, types) in zip(texts, rows):
        # It calls good whatever was not found bad, also where the NIC did not look.
        unseen = set() if any("L4" in flag for flag in flags) else {"RX_L4_CKSUM_GOOD"}
        assert flags_of(text) - {"RX_RSS_HASH"} == flags | unseen, text
        assert hardware_type(text) == types, text
    flow = frames.ipv4(source, destination, 0, b"")[12:20]
    said = int(re.search(r"RSS hash=0x([0-9a-f]+)", texts[1]).group(1), 16)
    assert said == guest.toeplitz(key, flow)  # UDP: by the addresses alone
