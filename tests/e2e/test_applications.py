# SPDX-License-Identifier: BSD-3-Clause
"""DPDK's own examples on borrowed queues, as they stand in its source package: what one port's peer sends comes out
where the program's rules say, whole, and the ports' counters add up to it."""
import pathlib
import signal

import pytest

import frames
import lab
from lab import FIRST
from telemetry import Telemetry

EXAMPLES = lab.BUILD / "tests/e2e"
LENGTHS = [60, 61, 128, 733, 1514]


@pytest.fixture
def nic():
    """Two netdevs, each with a wire and a peer of its own."""
    nic = lab.Nic(wires=2)
    for interface in ("eth0", "eth1"):
        nic.ethtool("-K", interface, "ntuple", "on")
    yield nic
    nic.close()


def start(nic, name, *options, ready, devices=("eth0", "eth1"), qpairs=1, cores="0"):
    if not (EXAMPLES / name).exists():
        pytest.skip(f"DPDK's {name} is not built: ./run build does it")
    vdevs = [f"--vdev=rte_bifurc{number},iface={netdev},qpairs={qpairs}" for number, netdev in enumerate(devices)]
    program = nic.program(EXAMPLES / name, *options, devices=vdevs, cores=cores)
    program.wait_for(ready)
    return program


def steer(nic, interface, port, queue):
    assert "Added rule" in nic.ethtool("-N", interface, "flow-type", "udp4", "dst-port", str(port), "action", str(queue))


def datagrams(peer, to, count, port=4000, lengths=LENGTHS):
    """UDP of several lengths, numbered, to an address behind the program."""
    source = "198.51.100.1"
    for serial in range(count):
        length = lengths[serial % len(lengths)]
        payload = (serial.to_bytes(4, "big") * (length // 4))[:length - 42]
        yield peer.ethernet(0x0800, frames.ipv4(source, to, frames.UDP,
                                                frames.l4(frames.UDP, source, to, payload, dport=port)))


def forwarded(peer, sent, at):
    """What comes out at a peer of what another one sends, in the order of sending."""
    arrived = peer.exchange(sent, lambda frame: frame[23] == frames.UDP, at)
    assert len(arrived) == len(sent)
    return arrived


def assert_routed(sent, arrived, source, destination):
    """Each with new addresses and one hop less to live, and else as it was."""
    for before, after in zip(sent, arrived, strict=True):
        old, new = frames.Parsed(before), frames.Parsed(after)
        assert (new.source, new.destination, new.ip[8]) == (source, destination, old.ip[8] - 1)
        assert new.ip_good and new.l4_good
        assert (new.ip[:8], new.ip[12:]) == (old.ip[:8], old.ip[12:])


def assert_counted(nic, received, sent):
    """Frames by port: in = what the application got, out = what went on the wire, nothing lost between."""
    with Telemetry(nic) as telemetry:
        for port, (count_in, count_out) in enumerate(zip(received, sent, strict=True)):
            stats = telemetry.ask(f"/ethdev/stats,{port}")
            assert (stats["ipackets"] + stats["imissed"], stats["opackets"]) == (count_in, count_out)
            assert stats["imissed"] == stats["ierrors"] == stats["oerrors"] == stats["rx_nombuf"] == 0


def interrupt(program, last_word=None):
    """Ctrl-C; answers the exit status."""
    program.process.send_signal(signal.SIGINT)
    if last_word:
        program.wait_for(last_word)
    return program.process.wait(lab.DEADLINE)


def ethernet_address_of_port(number):
    """What l2fwd and l3fwd send to if they are not told otherwise."""
    return bytes([2, 0, 0, 0, 0, number])


@pytest.mark.parametrize("netdevs", [("eth0", "eth1"), ("eth0", "eth0")])
def test_basicfwd_passes_whole_frames_from_port_to_port(nic, netdevs):
    program = start(nic, "basicfwd", ready="forwarding packets", devices=netdevs)
    queues = [FIRST, FIRST + (netdevs[0] == netdevs[1])]
    peers = [nic.peers[int(netdev[-1])] for netdev in netdevs]
    for number, netdev in enumerate(netdevs):
        steer(nic, netdev, 4000 + number, queues[number])
    for number, count in ((0, 1000), (1, 400)):
        sent = list(datagrams(peers[number], "203.0.113.1", count, port=4000 + number))
        assert forwarded(peers[number], sent, peers[1 - number]) == sent
    assert_counted(nic, received=(1000, 400), sent=(400, 1000))
    for netdev in netdevs:
        nic.wait_for_flag("PROMISC", True, netdev)
    # It does not catch Ctrl-C: the kernel takes back what it had.
    assert interrupt(program) == -signal.SIGINT
    for netdev in netdevs:
        nic.wait_for_flag("PROMISC", False, netdev)
        lab.wait_until(lambda netdev=netdev: "Filter:" not in nic.ethtool("-n", netdev), f"{netdev} still has a rule")


def test_l2fwd_writes_new_ethernet_addresses(nic):
    program = start(nic, "l2fwd", "-p", "3", "-T", "1", ready="Port statistics", cores="0,1")
    for netdev in ("eth0", "eth1"):
        steer(nic, netdev, 4000, FIRST)
    for number, count in ((0, 500), (1, 300)):
        out = 1 - number
        sent = list(datagrams(nic.peers[number], "203.0.113.1", count))
        arrived = forwarded(nic.peers[number], sent, nic.peers[out])
        assert [frame[12:] for frame in arrived] == [frame[12:] for frame in sent]
        assert {frame[:12] for frame in arrived} == {ethernet_address_of_port(out) + nic.mac_of(f"eth{out}")}
    assert_counted(nic, received=(500, 300), sent=(300, 500))
    program.wait_for(r"Total packets sent: +800\nTotal packets received: +800\nTotal packets dropped: +0\n")
    assert interrupt(program, "Bye") == 0


@pytest.mark.parametrize("options", [[], ["--parse-ptype"]])
def test_l3fwd_routes_by_longest_prefix_on_two_cores(nic, tmp_path, options):
    table, none = tmp_path / "v4", tmp_path / "v6"
    table.write_text("R198.18.0.0/24 0\nR198.18.0.0/15 1\n")
    none.write_text("R2001:0200:0000:0000:0000:0000:0000:0000/64 0\n")
    config = "--config=(0,0,0),(0,1,1),(1,0,0),(1,1,1)"
    program = start(nic, "l3fwd", "-p", "3", config, "--lookup=lpm", f"--rule_ipv4={table}", f"--rule_ipv6={none}",
                    "--eth-dest=1,02:00:00:00:ee:01", *options, ready=r"lcoreid=1 portid=1 rxqueueid=1", qpairs=2,
                    cores="0,1")
    for netdev in ("eth0", "eth1"):
        for queue in range(2):
            steer(nic, netdev, 4000 + queue, FIRST + queue)
    destinations = [ethernet_address_of_port(0), bytes.fromhex("02000000ee01")]
    for came, to, out in ((0, "198.18.1.5", 1), (0, "198.18.0.5", 0), (1, "198.18.0.255", 0), (1, "198.19.255.1", 1)):
        for queue in range(2):
            sent = list(datagrams(nic.peers[came], to, 200, port=4000 + queue))
            arrived = forwarded(nic.peers[came], sent, nic.peers[out])
            assert_routed(sent, arrived, nic.mac_of(f"eth{out}"), destinations[out])
    assert_counted(nic, received=(800, 800), sent=(800, 800))
    assert interrupt(program, "Bye") == 0


def test_l3fwd_raises_the_mtu_for_large_frames(nic):
    program = start(nic, "l3fwd", "-p", "3", "--config=(0,0,0),(1,0,0)", "-L", "--max-pkt-len=9000",
                    ready="entering main loop")
    assert [int(nic.read("mtu", netdev)) for netdev in ("eth0", "eth1")] == [8982, 8982]
    steer(nic, "eth0", 4000, FIRST)
    # Its own table has 198.18.1.0/24 at port 1. Frames above 2048 bytes take several buffers.
    sent = list(datagrams(nic.peers[0], "198.18.1.5", 100, lengths=[60, 1514, 2049, 4100, 8996]))
    arrived = forwarded(nic.peers[0], sent, nic.peers[1])
    assert_routed(sent, arrived, nic.mac_of("eth1"), ethernet_address_of_port(1))
    assert_counted(nic, received=(100, 0), sent=(0, 100))
    assert interrupt(program, "Bye") == 0


def sleeps(process):
    return pathlib.Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] == "S"


def test_l3fwd_power_sleeps_until_frames_come(nic):
    program = start(nic, "l3fwd-power", "-p", "3", "--config=(0,0,0),(1,0,0)", "--interrupt-only",
                    ready="entering main interrupt loop")
    for netdev in ("eth0", "eth1"):
        steer(nic, netdev, 4000, FIRST)
    routes = [(0, "2.1.1.7", 1), (1, "1.1.1.7", 0)]  # its own table: N.1.1.0/24 to port N-1
    rounds = 10
    for _ in range(rounds):
        for came, to, out in routes:
            lab.wait_until(lambda: sleeps(program.process), "it does not sleep")
            sent = list(datagrams(nic.peers[came], to, 20))
            arrived = forwarded(nic.peers[came], sent, nic.peers[out])
            assert_routed(sent, arrived, nic.mac_of(f"eth{out}"), ethernet_address_of_port(out))
    # Not for each of them: it also looks every 10 ms whether frames are there.
    for came, _, _ in routes:
        program.wait_for(f"waked up from rx interrupt on port {came} queue 0\n.*sleeps until interrupt triggers")
    assert_counted(nic, received=(20 * rounds, 20 * rounds), sent=(20 * rounds, 20 * rounds))
    assert interrupt(program) == 0
