# SPDX-License-Identifier: BSD-3-Clause
"""What a NIC of this family says of frames that it received, as testpmd prints it: the same under our driver and DPDK's own."""
import re

import frames
from frames import SCTP, TCP, UDP

GOOD = {"RX_IP_CKSUM_GOOD", "RX_L4_CKSUM_GOOD"}


def ipv4_rows(source, destination):
    """(packet, flags, packet types). Flags of checksums only, and of L4 only where the NIC looked."""
    payload = bytes(range(100))

    def packet(protocol, **more):
        return frames.ipv4(source, destination, protocol, frames.l4(protocol, source, destination, payload), **more)

    no_udp_sum = bytearray(packet(UDP))
    no_udp_sum[26:28] = b"\0\0"
    inner = frames.ipv6("fd00::1", "fd00::2", UDP, b"\0" * 20)
    return [
        (packet(TCP), GOOD, ["L2_ETHER", "L3_IPV4", "L4_TCP"]),
        (packet(UDP), GOOD, ["L2_ETHER", "L3_IPV4", "L4_UDP"]),
        (packet(SCTP), GOOD, ["L2_ETHER", "L3_IPV4", "L4_SCTP"]),
        (packet(TCP, options=b"\1\1\1\1"), GOOD, ["L2_ETHER", "L3_IPV4_EXT", "L4_TCP"]),
        (frames.damaged(packet(TCP)), {"RX_IP_CKSUM_GOOD", "RX_L4_CKSUM_BAD"}, ["L2_ETHER", "L3_IPV4", "L4_TCP"]),
        (frames.damaged(packet(SCTP)), {"RX_IP_CKSUM_GOOD", "RX_L4_CKSUM_BAD"}, ["L2_ETHER", "L3_IPV4", "L4_SCTP"]),
        (frames.damaged(packet(TCP), at=5), {"RX_IP_CKSUM_BAD", "RX_L4_CKSUM_GOOD"}, ["L2_ETHER", "L3_IPV4", "L4_TCP"]),
        (bytes(no_udp_sum), {"RX_IP_CKSUM_GOOD"}, ["L2_ETHER", "L3_IPV4", "L4_UDP"]),
        (packet(TCP, offset=0x2000), {"RX_IP_CKSUM_GOOD"}, ["L2_ETHER", "L3_IPV4"]),  # the first of several fragments
        (frames.ipv4(source, destination, frames.IPV6, inner), {"RX_IP_CKSUM_GOOD"},
         ["L2_ETHER", "L3_IPV4", "TUNNEL_IP", "INNER_L3_IPV6"]),
    ]


def ipv6_rows(source, destination):
    """As ipv4_rows(). IPv6 has no checksum of its own."""
    payload = bytes(range(100))
    l4 = {protocol: frames.l4(protocol, source, destination, payload) for protocol in (TCP, UDP, SCTP)}
    hop_by_hop = bytes([UDP, 0, 1, 4, 0, 0, 0, 0])  # an option of four bytes that says nothing
    fragment = bytes([UDP, 0, 0, 1, 0, 0, 0, 9])  # the first of several

    def packet(following, body):
        return frames.ipv6(source, destination, following, body)

    good, bad = {"RX_L4_CKSUM_GOOD"}, {"RX_L4_CKSUM_BAD"}
    return [
        (packet(TCP, l4[TCP]), good, ["L2_ETHER", "L3_IPV6", "L4_TCP"]),
        (packet(UDP, l4[UDP]), good, ["L2_ETHER", "L3_IPV6", "L4_UDP"]),
        (packet(SCTP, l4[SCTP]), good, ["L2_ETHER", "L3_IPV6", "L4_SCTP"]),
        (frames.damaged(packet(TCP, l4[TCP])), bad, ["L2_ETHER", "L3_IPV6", "L4_TCP"]),
        (packet(0, hop_by_hop + l4[UDP]), good, ["L2_ETHER", "L3_IPV6_EXT", "L4_UDP"]),
        (packet(44, fragment + l4[UDP]), set(), ["L2_ETHER", "L3_IPV6_EXT"]),
    ]


def described(pmd, peer, sent):
    """Sends frames one by one; what testpmd, in verbose mode, prints of each."""
    texts = []
    for frame in sent:
        peer.socket.send(frame)
        texts.append(pmd.wait_for(r"ol_flags: [^\n]*\n"))
    return texts


def described_until(pmd, payload, headers):
    """What testpmd, in verbose mode, prints of each packet until so many bytes have come behind their headers; lengths and
    texts. No command meanwhile: its echo would be torn apart."""
    lengths, texts = [], []
    while sum(lengths) < payload + headers * len(lengths):
        texts.append(pmd.wait_for(r"ol_flags: [^\n]*\n"))
        lengths.append(int(re.search(r"length=(\d+) - nb_segs", texts[-1]).group(1)))
    return lengths, texts


def flags_of(text):
    return {flag for flag in re.findall(r"RTE_MBUF_F_(RX_\w+)", text) if not flag.endswith("UNKNOWN")}


def hardware_type(text):
    return re.search(r"hw ptype: ([\w ]*?) +- sw", text).group(1).split()
