# SPDX-License-Identifier: BSD-3-Clause
"""What a simulated port can be plugged into besides an interface: a generator, capture files, a sink, another port. And
the device argument that names a port without a vdev."""
import contextlib
import struct

import lab
from lab import FIRST

MAC = "02:00:00:00:00:01"
PCAP_HEAD = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1)
ENDS = ["rx_packets", "rx_split_packets", "rx_pending", "rx_filtered", "rx_receive_disabled", "rx_length_errors",
        "rx_missed_errors", "rx_no_dma_resources", "rx_queue_disabled", "rx_fdir_drop", "rx_dma_fault",
        "rx_bad_descriptor"]


@contextlib.contextmanager
def plugged_into(*ports):
    nic = lab.Nic(ports=ports)
    try:
        nic.ethtool("-K", "eth0", "ntuple", "on")
        yield nic
    finally:
        nic.close()


def steer_all_udp(nic, interface="eth0"):
    """The generator's and testpmd's own frames come from this address."""
    rule = ["flow-type", "udp4", "src-ip", "198.18.0.1", "action", str(FIRST)]
    assert "Added rule" in nic.ethtool("-N", interface, *rule)


def assert_all_accounted_for(nic, interface="eth0"):
    counted = nic.statistics(interface)
    assert counted["rx_pkts_nic"] == sum(counted[end] for end in ENDS), counted
    assert counted["tx_pkts_nic"] == counted["tx_packets"] + counted["tx_split_packets"], counted
    return counted


def written_frames(file):
    data = file.read_bytes()
    frames, at = [], len(PCAP_HEAD)
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return frames


def capture(frames):
    return PCAP_HEAD + b"".join(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame for frame in frames)


def udp_frame(serial):
    ethernet = bytes.fromhex(MAC.replace(":", "")) + b"\x02\x00\x00\x00\x00\x02\x08\x00"
    addresses = bytes([198, 18, 0, 1, 198, 18, 0, 2])
    head = struct.pack("!BBHHHBBH8s", 0x45, 0, 46 + serial, serial, 0, 64, 17, 0, addresses)
    head = head[:10] + struct.pack("!H", lab.checksum(head)) + head[12:]
    return ethernet + head + struct.pack("!HHHH", 9, 9, 26 + serial, 0) + bytes([serial]) * (18 + serial)


def test_a_generators_frames_are_steered_and_counted():
    with plugged_into("name=eth0,wire=gen:size=128,pps=3000,flows=4") as nic:
        pmd = nic.testpmd("--forward-mode=rxonly", "--auto-start")
        steer_all_udp(nic)
        stats = pmd.wait_for_xstat("rx_good_packets", 1000)
        assert stats["rx_good_bytes"] == stats["rx_good_packets"] * 124, "128 bytes with the FCS"
        assert pmd.quit() == 0
        assert_all_accounted_for(nic)


def test_a_captures_frames_come_back_swapped_in_another(tmp_path):
    sent = [udp_frame(serial) for serial in range(1, 101)]
    (tmp_path / "in").write_bytes(capture(sent))
    with plugged_into(f"name=eth0,mac={MAC},wire=pcap:in={tmp_path}/in,out={tmp_path}/out,loop,pps=2000") as nic:
        pmd = nic.testpmd("--forward-mode=macswap", "--auto-start")
        steer_all_udp(nic)
        pmd.wait_for_xstat("tx_good_packets", 500)
        pmd.command("stop")
        assert pmd.quit() == 0
        assert_all_accounted_for(nic)
    swapped = {frame[6:12] + frame[0:6] + frame[12:] for frame in sent}
    received = [frame for frame in written_frames(tmp_path / "out") if frame[12:14] == b"\x08\x00"]
    assert len(received) >= 500
    assert set(received) == swapped, "every frame of the capture, whole, and no other"


def test_a_sink_takes_what_is_sent():
    with plugged_into("name=eth0,wire=sink") as nic:
        pmd = nic.testpmd("--forward-mode=txonly", "--auto-start")
        pmd.wait_for_xstat("tx_good_packets", 1000)
        pmd.command("stop")
        sent = pmd.xstats()["tx_good_packets"]
        assert pmd.quit() == 0
        assert assert_all_accounted_for(nic)["tx_split_packets"] >= sent


def test_a_cable_joins_two_ports():
    with plugged_into("name=eth0,wire=cable:eth1", "name=eth1,wire=cable:eth0") as nic:
        nic.ethtool("-K", "eth1", "ntuple", "on")
        pmd = nic.testpmd("--portmask=0x3", devices=["--vdev=rte_bifurc0,iface=eth0", "--vdev=rte_bifurc1,iface=eth1"])
        for interface in ("eth0", "eth1"):
            steer_all_udp(nic, interface)
        pmd.command("set fwd io")
        pmd.command("start tx_first 4")
        for port in (0, 1):
            pmd.wait_for_xstat("rx_good_packets", 2000, port)
        pmd.command("stop")
        assert pmd.quit() == 0
        ends = [assert_all_accounted_for(nic, interface) for interface in ("eth0", "eth1")]
        assert ends[0]["tx_pkts_nic"] == ends[1]["rx_pkts_nic"]
        assert ends[1]["tx_pkts_nic"] == ends[0]["rx_pkts_nic"]


def test_a_device_named_by_its_bus_starts_with_the_program():
    with plugged_into("name=eth0,wire=gen:size=64,pps=2000") as nic:
        pmd = nic.testpmd("--forward-mode=rxonly", "--auto-start", qpairs=2, devices=["-abifurc:eth0,qpairs=2"])
        steer_all_udp(nic)
        assert pmd.wait_for_xstat("rx_q0_packets", 500)["rx_q1_packets"] == 0
        assert pmd.quit() == 0
