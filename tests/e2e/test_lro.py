# SPDX-License-Identifier: BSD-3-Clause
"""Large receives: what the NIC puts together of a TCP flow, seen through the distribution's dpdk-testpmd."""
import os
import random
import signal

import frames
import lab
import pytest
from frames import TCP
from lab import FIRST
from received import described_until, flags_of

A, B = lab.Peer.ADDRESS, lab.Peer.BORROWED
HEADERS = 14 + 20 + 20
SIZE = 1000  # payload of a frame


def flow(nic, sport, count):
    """(the flow's bytes, its frames)."""
    data = random.Random(sport).randbytes(SIZE * count)
    pieces = [data[at:at + SIZE] for at in range(0, len(data), SIZE)]
    return data, [nic.peer.ethernet(0x0800, frames.ipv4(A, B, TCP, frames.l4(
        TCP, A, B, piece, sport=sport, seq=1000 + SIZE * i))) for i, piece in enumerate(pieces)]


def send_at_once(nic, sent):
    """The NIC finds all of them on its wire when it looks there the next time."""
    os.kill(nic.simulator.pid, signal.SIGSTOP)
    os.waitid(os.P_PID, nic.simulator.pid, os.WSTOPPED)
    for frame in sent:
        nic.peer.socket.send(frame)
    os.kill(nic.simulator.pid, signal.SIGCONT)


def interleaved(*flows):
    return [frame for turn in zip(*flows) for frame in turn]


def borrowed(nic, *options, forward="rxonly"):
    pmd = nic.testpmd("--enable-lro", "--enable-rx-cksum", *options)
    nic.ethtool("-N", "eth0", "flow-type", "ip4", "dst-ip", B, "action", str(FIRST))
    pmd.command(f"set fwd {forward}")
    return pmd


@pytest.fixture
def lro(nic):
    nic.ethtool("-K", "eth0", "lro", "on")
    assert "large-receive-offload: on" in nic.ethtool("-k", "eth0")
    return nic


def payload_of(back, sport):
    return b"".join(p.payload for p in back if p.l4[:2] == sport.to_bytes(2, "big"))


def is_tcp(frame):
    return frame[12:14] == b"\x08\x00" and frame[23] == TCP


def test_fewer_packets_than_frames_and_every_byte_accounted_for(lro):
    pmd = borrowed(lro)
    pmd.command("set verbose 1")
    pmd.command("start")
    before = lro.statistics()
    sent = interleaved(*(flow(lro, sport, 40)[1] for sport in (2001, 2002, 2003)))
    send_at_once(lro, sent)
    lengths, texts = described_until(pmd, SIZE * len(sent), HEADERS)
    # Only the headers of those behind the first are gone.
    assert sum(lengths) == SIZE * len(sent) + HEADERS * len(lengths)
    assert 3 <= len(lengths) <= len(sent) // 4
    for length, text in zip(lengths, texts):
        assert {"RX_IP_CKSUM_GOOD", "RX_L4_CKSUM_GOOD"} <= flags_of(text)
        assert ("RX_LRO" in flags_of(text)) == (length > SIZE + HEADERS)
    pmd.command("set verbose 0")
    stats, after = pmd.xstats(), lro.statistics()
    assert (stats["rx_q0_packets"], stats["rx_q0_bytes"]) == (len(lengths), sum(lengths))
    assert stats["rx_errors"] == stats["rx_missed_errors"] == 0
    assert after["rx_split_packets"] - before["rx_split_packets"] == len(sent)
    assert "Scalar 82599 LRO" in pmd.command("show rxq info 0 0")
    assert pmd.quit() == 0


def test_what_was_put_together_is_segmented_again_byte_for_byte(lro):
    pmd = borrowed(lro, forward="csum")
    pmd.command("port stop 0")
    for line in ("csum set ip hw 0", "csum set tcp hw 0", f"tso set {SIZE} 0"):
        pmd.command(line)
    pmd.command("port start 0")
    pmd.command("start")
    flows = {sport: flow(lro, sport, 50) for sport in (3001, 3002)}
    sent = interleaved(*(of_flow for _, of_flow in flows.values()))
    send_at_once(lro, sent)
    back = [frames.Parsed(frame) for frame in lro.peer.collect(len(sent), is_tcp)]
    assert all(p.ip_good and p.l4_good for p in back)
    for sport, (data, _) in flows.items():
        assert payload_of(back, sport) == data
    stats = pmd.xstats()
    assert stats["rx_q0_packets"] == stats["tx_q0_packets"] < len(sent) // 2
    assert stats["rx_errors"] == stats["tx_errors"] == 0
    assert pmd.quit() == 0


def test_a_limit_of_the_applications_is_kept_and_the_packets_are_good(lro):
    pmd = borrowed(lro, "--max-lro-pkt-size=8192", forward="macswap")
    pmd.command("start")
    data, sent = flow(lro, 4001, 64)
    send_at_once(lro, sent)
    back = []
    while sum(len(p.payload) for p in back) < len(data):
        back += [frames.Parsed(frame) for frame in lro.peer.collect(1, is_tcp)] or pytest.fail("bytes are missing")
    assert payload_of(back, 4001) == data
    assert all(p.ip_good and len(p.frame) <= 8192 for p in back)
    assert len(back) < len(sent) // 2
    assert pmd.quit() == 0


def test_other_frames_are_as_ever_between_large_ones(lro):
    pmd = borrowed(lro, forward="macswap")
    pmd.command("start")
    udp = [lro.peer.udp(serial, 300, 4000) for serial in range(40)]
    data, tcp = flow(lro, 5001, 5)
    send_at_once(lro, [*udp[:20], *tcp, *udp[20:]])
    seen = [frames.Parsed(frame) for frame in lro.peer.collect(41, lambda frame: is_tcp(frame) or frame[23] == 17)]
    echoes = [p for p in seen if not is_tcp(p.frame)]
    assert [lro.peer.serial(p.frame) for p in echoes] == list(range(40))
    assert all(p.frame[42:] == lro.peer.payload(p.frame) for p in echoes)
    assert payload_of([p for p in seen if is_tcp(p.frame)], 5001) == data
    assert pmd.quit() == 0


def test_without_the_kernel_there_is_none(nic):
    pmd = nic.testpmd()
    assert "TCP_LRO" not in pmd.command("show port 0 rx_offload capabilities")
    pmd.command("port stop 0")
    pmd.command("port config 0 rx_offload tcp_lro on")
    refusal = pmd.command("port start 0")
    assert "eth0: TCP_LRO is asked for, and the kernel has it off: ethtool -K eth0 switches it on" in refusal
    pmd.command("port config 0 rx_offload tcp_lro off")
    nic.ethtool("-K", "eth0", "lro", "on")
    assert "TCP_LRO" in pmd.command("show port 0 rx_offload capabilities")
    pmd.command("port config 0 rx_offload tcp_lro on")
    pmd.command("port start 0")
    assert "Scalar 82599 LRO" in pmd.command("show rxq info 0 0")
    assert pmd.quit() == 0


def test_the_kernel_has_none_without_checksums(nic):
    nic.ethtool("-K", "eth0", "lro", "on")
    nic.ethtool("-K", "eth0", "rx", "off")
    assert "large-receive-offload: off" in nic.ethtool("-k", "eth0")
