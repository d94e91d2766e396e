# SPDX-License-Identifier: BSD-3-Clause
"""What the NIC says of frames it received and does to frames it sends, seen through the distribution's dpdk-testpmd."""
import struct

import frames
import lab
from frames import SCTP, TCP, UDP
from received import described, flags_of, hardware_type, ipv4_rows, ipv6_rows

PSH = 8
A, B = lab.Peer.ADDRESS, lab.Peer.BORROWED


def verbose(nic, *options):
    """A testpmd that prints what it receives; and the flags of how frames are led to it."""
    pmd = nic.testpmd(*options)
    led = nic.lead_to_borrowed(B)
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    return pmd, led


def test_checksums_types_and_marks_of_received_frames(nic):
    pmd, led = verbose(nic)
    rows = ipv4_rows(A, B)
    texts = described(pmd, nic.peer, [nic.peer.ethernet(0x0800, row[0]) for row in rows])
    for text, (_, flags, types) in zip(texts, rows):
        assert flags_of(text) == flags | led, text
        assert hardware_type(text) == nic.reported(types), text
        assert "RX_FDIR_ID" not in led or f"FDIR matched ID=0x{lab.MARK:x}" in text
    assert pmd.quit() == 0


def test_checksums_and_types_of_received_ipv6_frames(rss_nic):
    nic = rss_nic
    pmd = nic.testpmd()
    nic.ethtool("-X", "eth0", "weight", *["0"] * nic.first, "1")  # no rule of the driver's knows IPv6
    pmd.command("set fwd rxonly")
    pmd.command("set verbose 1")
    pmd.command("start")
    rows = ipv6_rows("fd00::1", "fd00::2")
    texts = described(pmd, nic.peer, [nic.peer.ethernet(0x86DD, row[0]) for row in rows])
    for text, (_, flags, types) in zip(texts, rows):
        assert flags_of(text) == flags | {"RX_RSS_HASH"}, text
        assert hardware_type(text) == nic.reported(types), text
    nic.ethtool("-X", "eth0", "default")
    assert pmd.quit() == 0


def udp_frame(nic, tags=(), serial=0):
    body = frames.ipv4(A, B, UDP, frames.l4(UDP, A, B, struct.pack("!I", serial) * 20))
    return nic.peer.ethernet(0x0800, body, tags)


def test_vlan_tags_are_taken_out(nic):
    pmd, _ = verbose(nic, "--enable-hw-vlan-strip")
    [text] = described(pmd, nic.peer, [udp_frame(nic, [0x6123])])
    assert {"RX_VLAN", "RX_VLAN_STRIPPED"} <= flags_of(text)
    assert "VLAN tci=0x6123" in text
    assert hardware_type(text) == ["L2_ETHER", "L3_IPV4", "L4_UDP"]
    [text] = described(pmd, nic.peer, [udp_frame(nic)])
    assert not {"RX_VLAN", "RX_VLAN_STRIPPED"} & flags_of(text)
    assert pmd.quit() == 0


def test_a_queue_may_leave_vlan_tags_where_they_are(nic):
    nic.needs("queues that have a switch for VLAN tags of their own")
    pmd, _ = verbose(nic, "--enable-hw-vlan-strip")
    pmd.command("vlan set stripq off 0,0")
    [text] = described(pmd, nic.peer, [udp_frame(nic, [0x6123])])
    assert not {"RX_VLAN", "RX_VLAN_STRIPPED"} & flags_of(text)
    assert hardware_type(text) == ["L2_ETHER_VLAN", "L3_IPV4", "L4_UDP"]
    assert pmd.quit() == 0


def is_to_port(frame):
    parsed = frames.Parsed(frame) if frame[12:14] in (b"\x08\x00", b"\x81\x00", b"\x86\xdd") else None
    return parsed is not None and parsed.ethertype == 0x0800 and parsed.protocol in (TCP, UDP, SCTP)


def with_tx_offloads(nic, *lines, options=()):
    pmd = nic.testpmd("--enable-rx-cksum", *options)
    nic.lead_to_borrowed(B)
    pmd.command("port stop 0")
    for line in lines:
        pmd.command(line)
    pmd.command("port start 0")
    return pmd


CHECKSUMS = [f"csum set {part} hw 0" for part in ("ip", "udp", "tcp", "sctp")]


def exchange(nic, pmd, sent, count):
    pmd.command("start")
    for frame in sent:
        nic.peer.socket.send(frame)
    back = nic.peer.collect(count, is_to_port)
    pmd.command("stop")
    return [frames.Parsed(frame) for frame in back]


def test_checksums_are_computed_by_the_nic(nic):
    pmd = with_tx_offloads(nic, *CHECKSUMS)
    pmd.command("set fwd csum")
    # testpmd leaves SCTP of other lengths alone: it looks for multiples of 4, and at the length's upper byte.
    sizes = {UDP: (20, 101, 700, 1001), TCP: (20, 101, 700, 1001), SCTP: (20, 100, 1000)}
    wanted = [(protocol, bytes([protocol]) * size) for protocol, all_sizes in sizes.items() for size in all_sizes]
    sent = [nic.peer.ethernet(0x0800, frames.ipv4(A, B, protocol, frames.l4(protocol, A, B, payload)))
            for protocol, payload in wanted]
    back = exchange(nic, pmd, sent, len(sent))
    assert [(p.protocol, p.payload) for p in back] == wanted
    assert all(p.ip_good and p.l4_good for p in back)
    stats = pmd.xstats()
    assert stats["tx_errors"] == stats["tx_q0_bad_offload"] == 0
    assert pmd.quit() == 0


def large_tcp(nic, size, flags=0x18):
    payload = bytes(i * 7 & 0xFF for i in range(size))
    body = frames.ipv4(A, B, TCP, frames.l4(TCP, A, B, payload, flags=flags), ident=500)
    return payload, nic.peer.ethernet(0x0800, body)


def check_segments(nic, segments, payload, size):
    assert b"".join(p.payload for p in segments) == payload
    assert [len(p.payload) for p in segments[:-1]] == [size] * (len(segments) - 1)
    assert [p.seq for p in segments] == [1000 + size * i for i in range(len(segments))]
    assert [p.ident for p in segments] == [500 + i for i in range(len(segments))]
    assert all(p.ip_good and p.l4_good for p in segments)
    assert [p.l4[13] & PSH for p in segments] == [0] * (len(segments) - 1) + [nic.psh_of_the_last]


def test_large_tcp_frames_are_segmented_by_the_nic(nic):
    nic.set_mtu(9000)
    pmd = with_tx_offloads(nic, *CHECKSUMS, "tso set 800 0", options=("--enable-scatter", "--max-pkt-len=9018"))
    pmd.command("set fwd csum")
    for size in (801, 4000, 8000):
        payload, frame = large_tcp(nic, size)
        check_segments(nic, exchange(nic, pmd, [frame], -(-size // 800)), payload, 800)
    assert pmd.xstats()["tx_errors"] == 0
    assert pmd.quit() == 0


def test_headers_may_lie_in_several_segments(nic):
    pmd = with_tx_offloads(nic, *CHECKSUMS, "tso set 300 0")
    pmd.command("set fwd csum")
    pmd.command("set txpkts 25,14,20,1000")
    pmd.command("set txsplit on")
    payload, frame = large_tcp(nic, 1000)
    check_segments(nic, exchange(nic, pmd, [frame], 4), payload, 300)
    body = frames.ipv4(A, B, UDP, frames.l4(UDP, A, B, payload))
    [back] = exchange(nic, pmd, [nic.peer.ethernet(0x0800, body)], 1)
    assert back.payload == payload and back.ip_good and back.l4_good
    assert pmd.xstats()["tx_errors"] == 0
    assert pmd.quit() == 0


def test_a_vlan_tag_is_inserted_by_the_nic(nic):
    pmd = with_tx_offloads(nic, "tx_vlan set 0 0x123")
    pmd.command("set fwd mac")
    back = exchange(nic, pmd, [udp_frame(nic, serial=i) for i in range(20)], 20)
    assert [p.tags for p in back] == [[0x123]] * 20
    assert all(p.ip_good and p.l4_good for p in back)
    assert pmd.quit() == 0


def test_what_the_kernel_switched_off_is_not_claimed(nic):
    pmd = nic.testpmd()
    rx, tx = pmd.command("show port 0 rx_offload capabilities"), pmd.command("show port 0 tx_offload capabilities")
    assert all(word in rx for word in ("VLAN_STRIP", "IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM", "SCTP_CKSUM", "RSS_HASH"))
    assert all(word in tx for word in ("VLAN_INSERT", "IPV4_CKSUM", "UDP_CKSUM", "TCP_CKSUM", "SCTP_CKSUM", "TCP_TSO",
                                       "MBUF_FAST_FREE", "MULTI_SEGS"))
    nic.ethtool("-K", "eth0", "rx", "off", "tso", "off", "rxhash", "off", "txvlan", "off")
    rx, tx = pmd.command("show port 0 rx_offload capabilities"), pmd.command("show port 0 tx_offload capabilities")
    # Some drivers keep a feature on: what is in force is what counts.
    shown = nic.ethtool("-k", "eth0")
    for feature, text, word in [("rx-checksumming", rx, "CKSUM"), ("receive-hashing", rx, "RSS_HASH"),
                                ("tcp-segmentation-offload", tx, "TCP_TSO"), ("tx-vlan-offload", tx, "VLAN_INSERT")]:
        assert (word in text) == (f"{feature}: on" in shown), feature
    assert "TCP_CKSUM" in tx
    assert "TCP_TSO" not in tx, "this one can be switched off everywhere"
    pmd.command("port stop 0")
    assert "not support" in pmd.command("tso set 800 0")
    assert pmd.quit() == 0
    nic.ethtool("-K", "eth0", "rx", "on", "tso", "on", "rxhash", "on", "txvlan", "on")
