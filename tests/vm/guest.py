# SPDX-License-Identifier: BSD-3-Clause
"""The NIC under test, seen from inside: eth0 under a real driver, its wire ending in the namespace "peer" (what
config/vm_inside.sh sets up). Nothing here knows a virtual machine: two cabled ports of a real one do as well."""
import contextlib
import hashlib
import ipaddress
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

import pytest

import frames
import lab
import raw
import testpmd

NETDEV, PEER_NETNS, PEER_NETDEV = "eth0", "peer", "p0"
ADDRESS, PEER_ADDRESS = "198.18.0.1", "198.18.0.2"  # RFC 2544's network
# A kernel that checks itself is several times slower.
DEADLINE = 300 if "--debug-kernel" in os.environ.get("BIFURC_VM", "") else 60
BUILD = lab.BUILD
CTL = BUILD / "app/bifurc-ctl/bifurc-ctl"


def run(*argv, check=True, deadline=DEADLINE):
    done = subprocess.run([str(a) for a in argv], capture_output=True, text=True, timeout=deadline)
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: {done.stdout}{done.stderr}")
    return done.stdout + done.stderr


# With raw.py at hand, for every user: a checkout may be its owner's only.
FOR_ALL = pathlib.Path(tempfile.mkdtemp(prefix="bifurc-"))
FOR_ALL.chmod(0o755)
shutil.copy(raw.__file__, FOR_ALL)
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(FOR_ALL), "PYTHONDONTWRITEBYTECODE": "1"}


def python(program, *prefix, **options):
    """What a program says."""
    done = subprocess.run([*prefix, sys.executable, "-c", program], env=ENVIRONMENT, capture_output=True, text=True,
                          timeout=DEADLINE, **options)
    return done.stdout.strip() or done.stderr


@contextlib.contextmanager
def python_beside(program, *prefix):
    """The same, under way until its input ends."""
    program = subprocess.Popen([*prefix, sys.executable, "-c", program], env=ENVIRONMENT, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, text=True)
    try:
        yield program
    finally:
        program.communicate("")


def doctor():
    """bifurc-ctl's findings, by what was looked at."""
    report = json.loads(run(CTL, "doctor", NETDEV, "--json", check=False))
    assert report["blocked"] == any(finding["level"] == "blocks" for finding in report["findings"])
    return {finding["check"]: finding for finding in report["findings"]}


def at_peer(*argv):
    return run("ip", "netns", "exec", PEER_NETNS, *argv)


def wait_until(condition, what):
    lab.wait_until(condition, what, DEADLINE)


def addresses(first):
    """Enough of them that some have each hash."""
    return (str(ipaddress.ip_address(first) + i) for i in range(4000))


def toeplitz(key, data):
    """The RSS hash, as both datasheets define it."""
    bits = int.from_bytes(key, "big")
    width, result = 8 * len(key), 0
    for i in range(8 * len(data)):
        if data[i // 8] >> 7 - i % 8 & 1:
            result ^= bits >> width - 32 - i & 0xFFFFFFFF
    return result


class Peer(lab.Peer):
    """The other end of the wire: sends frames to addresses that are not eth0's, and collects what comes back."""

    SO_RCVBUFFORCE, PACKET_IGNORE_OUTGOING, PACKET_VNET_HDR = 33, 23, 15

    def __init__(self, nic_mac):
        super().__init__(PEER_NETNS, PEER_NETDEV, nic_mac)
        self.socket.setsockopt(socket.SOL_SOCKET, self.SO_RCVBUFFORCE, 64 << 20)
        self.socket.setsockopt(raw.SOL_PACKET, self.PACKET_IGNORE_OUTGOING, 1)

    def to(self, address):
        self.BORROWED = address
        return self

    def send_tcp(self, data, size, sequence):
        """A flow's bytes as frames of so many each, which the kernel makes of one and sends at a stretch. How many."""
        source, destination = (ipaddress.ip_address(a).packed for a in (self.ADDRESS, self.BORROWED))
        total = frames.pseudo(source, destination, frames.TCP, 20 + len(data))
        tcp = struct.pack("!HHIIBBHHH", 9, 4000, sequence, 0, 0x50, 0x10, 8192, total, 0) + data
        # struct virtio_net_hdr: the checksum is left to be filled in, at 16 of what begins at 34; TCP over IPv4.
        head = struct.pack("=BBHHHH", 1, 1, 54, size, 34, 16)
        with lab.inside(PEER_NETNS):
            sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        with sender:
            sender.setsockopt(raw.SOL_PACKET, self.PACKET_VNET_HDR, 1)
            sender.bind((PEER_NETDEV, 0))
            sender.send(head + self.ethernet(0x0800, frames.ipv4(self.ADDRESS, self.BORROWED, frames.TCP, tcp)))
        return -(-len(data) // size)

    def flush(self):
        """What came before is forgotten."""
        self.socket.settimeout(0)
        with contextlib.suppress(BlockingIOError):
            while True:
                self.socket.recv(65536)

    @contextlib.contextmanager
    def collecting_all(self):
        """Answers a function that gives all frames that came meanwhile."""
        self.flush()
        frames = []

        def seen():
            self.socket.settimeout(0)
            with contextlib.suppress(BlockingIOError):
                while True:
                    frames.append(self.socket.recv(65536))
            return frames
        yield seen


# What QEMU's 82576 under igb is without, and why.
IGB_LACKS = {
    "queues that have a switch for VLAN tags of their own": "the 82576 has one for the port, which is the kernel's",
    "a kernel driver that shows its RSS key": "igb does not show its own",
    "ethtool -N": "QEMU's 82576 does not model it",
    "DCB": "the 82576 has none",
    "pages that follow each other": "QEMU's 82576 sends only what is in one piece in the machine's memory",
}
# What it says instead of other packet types: no options, nothing of tunnels.
IGB_REPORTS = {"L3_IPV4_EXT": "L3_IPV4", "TUNNEL_IP": None, "INNER_L3_IPV6": None}


class RssSteering:
    """igb: by the indirection table. One half of it stays the kernel's, the other is shared out to the lent pairs."""
    KEY = pathlib.Path("/proc/sys/net/core/netdev_rss_key")

    def __init__(self, kernel_pairs):
        self.kernel_pairs = kernel_pairs
        self.key = bytes.fromhex(self.KEY.read_text().strip().replace(":", ""))

    def steer(self, first, count):
        weights = [count] * self.kernel_pairs + [0] * (first - self.kernel_pairs) + [self.kernel_pairs] * count
        run("ethtool", "-X", NETDEV, "weight", *weights)

    def prepare(self):
        """What a new netdev needs."""

    @staticmethod
    def lead(_address, queue, _marks):
        """All that comes goes to this queue; answers the flags that such frames have there."""
        run("ethtool", "-X", NETDEV, "weight", *[0] * queue, 1)
        return {"RX_RSS_HASH"}

    @staticmethod
    def release():
        run("ethtool", "-X", NETDEV, "default")

    @staticmethod
    def table():
        return lab.rss_table(run("ethtool", "-x", NETDEV))

    def queue_of(self, table, source, destination, ports=()):
        flow = ipaddress.ip_address(source).packed + ipaddress.ip_address(destination).packed
        flow += b"".join(struct.pack("!H", port) for port in ports)
        return table[toeplitz(self.key, flow) % len(table)]

    def address_for(self, queue):
        """One whose UDP frames go to this queue."""
        table = self.table()
        return next(a for a in addresses("10.77.1.1") if self.queue_of(table, Peer.ADDRESS, a) == queue)

    def port_for_kernel(self, port):
        """The peer's TCP port whose segments stay with the kernel when it talks to ours."""
        table = self.table()
        return next(p for p in range(20000, 30000)
                    if self.queue_of(table, PEER_ADDRESS, ADDRESS, (p, port)) < self.kernel_pairs)

    def keep_kernel(self):
        """An address of the peer's own whose traffic that has no ports stays with the kernel's queues."""
        table = self.table()
        return next(a for a in addresses(PEER_ADDRESS) if self.queue_of(table, a, ADDRESS) < self.kernel_pairs)

    def rules(self):
        """What still points to queues that are not the kernel's."""
        return [queue for queue in self.table() if queue >= self.kernel_pairs]


class RuleSteering:
    """ixgbe: by ethtool -N."""

    def __init__(self, kernel_pairs):
        self.kernel_pairs = kernel_pairs
        self.addresses = {}
        self.prepare()

    @staticmethod
    def prepare():
        run("ethtool", "-K", NETDEV, "ntuple", "on")

    def steer(self, first, count):
        self.addresses = {}
        for queue in range(first, first + count):
            address = f"10.77.1.{queue}"
            run("ethtool", "-N", NETDEV, "flow-type", "udp4", "dst-ip", address, "action", queue)
            self.addresses[queue] = address

    @staticmethod
    def lead(address, queue, marks):
        """What comes for this address goes to this queue; answers the flags that such frames have there."""
        run("ethtool", "-N", NETDEV, "flow-type", "ip4", "dst-ip", address, "action", queue, "loc", lab.MARK)
        return {"RX_FDIR", "RX_FDIR_ID"} if marks else {"RX_RSS_HASH"}

    def release(self):
        for rule in self.rules():
            run("ethtool", "-N", NETDEV, "delete", rule)

    def address_for(self, queue):
        return self.addresses[queue]

    def port_for_kernel(self, port):
        return 20000

    def keep_kernel(self):
        return PEER_ADDRESS

    def rules(self):
        return re.findall(r"Filter: (\d+)", run("ethtool", "-n", NETDEV))


class Ping:
    """The kernel's own traffic beside: one a fifth of a second, from an address of the peer to ours."""
    LEAST = 5

    def __init__(self, source):
        self.output = tempfile.TemporaryFile("w+")
        self.process = subprocess.Popen(
            ["ip", "netns", "exec", PEER_NETNS, "ping", "-i", "0.2", "-W", "10", "-I", source, ADDRESS],
            stdout=self.output)

    def text(self):
        self.output.seek(0)
        return self.output.read()

    def stop(self):
        """Sent, answered."""
        with contextlib.suppress(AssertionError):  # the numbers tell
            wait_until(lambda: self.text().count("icmp_seq") >= self.LEAST, "few answers")
        self.process.send_signal(signal.SIGINT)
        self.process.wait(DEADLINE)
        sent, answered = re.search(r"(\d+) packets transmitted, (\d+) received", self.text()).groups()
        return int(sent), int(answered)


class Nic:
    def __init__(self):
        self.driver = os.path.basename(os.readlink(f"/sys/class/net/{NETDEV}/device/driver"))
        self.device = os.path.basename(os.readlink(f"/sys/class/net/{NETDEV}/device"))
        self.programs, self.pairs = [], []
        self.memory = ["-m", "128"]
        with contextlib.closing(raw.Port()) as port:
            self.info = port.info()
        self.first = self.info.kernel
        self.steering = (RssSteering if self.driver == "igb" else RuleSteering)(self.info.kernel)
        self.peer = Peer(self.info.mac)

    def close(self):
        for program in [*self.programs, *self.pairs]:
            program.close()
        self.peer.close()

    def pair(self):
        """The first pair that is not the kernel's, driven by hand."""
        self.pairs.append(raw.Pair(first=self.first))
        return self.pairs[-1]

    def testpmd(self, *options, qpairs=1, prompt=True, devices=None):
        program = self.program("dpdk-testpmd", "-i", "--total-num-mbufs=8192", "--rxfreet=32", "--txfreet=32", "--txrst=32",
                               f"--rxq={qpairs}", f"--txq={qpairs}", *options,
                               devices=devices or [f"--vdev=rte_bifurc,iface={NETDEV},qpairs={qpairs}"])
        if prompt:
            program.wait_for(testpmd.PROMPT)
            assert "fail" not in program.text.lower(), program.text
        return program

    def program(self, path, *options, devices, cores="0,1", under=()):
        """Any program of DPDK's, on a terminal of its own; under: the command that starts it."""
        argv = [*under, str(path), *(["-l", cores] if cores else []), *self.memory, "--no-pci", *devices, "--", *options]
        self.programs.append(testpmd.Testpmd(argv, timeout=DEADLINE))
        return self.programs[-1]

    def let_memory_grow(self):
        """Programs begin with little of it from now on: EAL adds pages, and frees them."""
        self.memory[:2] = ["-m", "2"]

    def secondary(self, path, *options, cores="0,1"):
        """A program that joins the one before."""
        return self.program(path, *options, devices=["--proc-type=secondary"], cores=cores)

    @property
    def marks(self):
        """Does the kernel's driver let the NIC report which rule a frame matched?"""
        with contextlib.closing(raw.Port()) as port:
            return bool(port.info().features & raw.FEATURE_MARKS)

    def needs(self, what):
        """Skips a test if the NIC lacks that."""
        if what == "Rx interrupts":
            if not self.has_interrupts():
                pytest.skip("this kernel cannot add an interrupt vector to those that a driver began with")
        elif what == "marks" and not self.marks:
            pytest.skip("Linux's driver does not let the NIC report which rule a frame matched")
        elif what == "pages that follow each other" and self.info.dma != raw.DMA_IOMMU:
            pytest.skip("without an IOMMU pages do not follow each other for the NIC")
        elif self.driver == "igb" and what in IGB_LACKS:
            pytest.skip(IGB_LACKS[what])

    @staticmethod
    def has_interrupts():
        with contextlib.closing(raw.Port()) as port:
            first, generation = port.split()
            signals = os.eventfd(0)
            try:
                return raw.errno_of(port.set, raw.EVENTFD, "=IIIiII", 0, first, signals, generation, 0) != "ENOTSUP"
            finally:
                os.close(signals)

    def reported(self, types):
        """Of these packet types those that the NIC knows."""
        if self.driver != "igb":
            return types
        return [reported for each in types if (reported := IGB_REPORTS.get(each, each))]

    @property
    def psh_of_the_last(self):
        """QEMU's 82576 takes PSH out of all segments of a large TCP frame, the last one too."""
        return 0 if self.driver == "igb" else 8

    @staticmethod
    def ethtool(*arguments):
        return run("ethtool", *arguments)

    def lead_to_borrowed(self, address):
        """What comes for this address goes to the first lent queue; answers the flags that such frames have."""
        return self.steering.lead(address, self.first, self.marks)

    def borrowed(self, *options, qpairs=1, mode="macswap"):
        """testpmd under way, with one flow steered to each of its queues."""
        pmd = self.testpmd(*options, qpairs=qpairs)
        self.lead_to_queues(qpairs)
        pmd.command(f"set fwd {mode}")
        pmd.command("start")
        return pmd

    def lead_to_queues(self, count):
        """A flow to each of the first lent queues: to_queue() sends it."""
        self.steering.steer(self.first, count)

    def to_queue(self, number):
        """The peer, sending to this lent queue."""
        return self.peer.to(self.steering.address_for(self.first + number))

    @staticmethod
    def ip(*arguments):
        return run("ip", *arguments)

    @staticmethod
    def make_stranger(name, mtu):
        """A netdev that is none of ours: of the kinds that the guest has."""
        if "Unknown device type" in run("ip", "-n", PEER_NETNS, "link", "add", "link", PEER_NETDEV, "name", name, "type", "vlan",
                                        "id", 77, check=False):
            pytest.skip("this kernel has no kind of netdev that could be a stranger")
        run("ip", "-n", PEER_NETNS, "link", "set", name, "mtu", mtu, "netns", os.getpid())

    @staticmethod
    def mtu(netdev=NETDEV):
        return int(pathlib.Path(f"/sys/class/net/{netdev}/mtu").read_text())

    def set_mtu(self, mtu):
        run("ip", "link", "set", NETDEV, "mtu", mtu)
        self.wait_for_carrier()

    def wait_for_carrier(self):
        def carrier():
            with contextlib.suppress(OSError):  # down
                return pathlib.Path(f"/sys/class/net/{NETDEV}/carrier").read_text().strip() == "1"
        wait_until(carrier, "no link")

    def wait_for_netdev(self):
        """After its driver or it was elsewhere: set up again as it was."""
        wait_until(lambda: os.path.exists(f"/sys/class/net/{NETDEV}"), "the netdev does not come back")
        run("ip", "addr", "replace", f"{ADDRESS}/16", "dev", NETDEV)
        run("ip", "link", "set", NETDEV, "up")
        self.steering.prepare()
        self.wait_for_carrier()

    @contextlib.contextmanager
    def unbound(self):
        """Its driver is another's, or nobody's, meanwhile."""
        driver = pathlib.Path(f"/sys/bus/pci/drivers/{self.driver}")
        (driver / "unbind").write_text(self.device)
        try:
            yield
        finally:
            (driver / "bind").write_text(self.device)
            self.wait_for_netdev()

    def free(self):
        with contextlib.closing(raw.Port()) as port:
            return port.info().free

    @contextlib.contextmanager
    def kernel_traffic(self):
        """ping, answered throughout."""
        source = self.steering.keep_kernel()
        if source != PEER_ADDRESS:
            at_peer("ip", "addr", "replace", f"{source}/16", "dev", PEER_NETDEV)  # reaches_kernel() may have left it
        ping = Ping(source)
        try:
            yield
        finally:
            sent, answered = ping.stop()
            if source != PEER_ADDRESS:
                at_peer("ip", "addr", "del", f"{source}/16", "dev", PEER_NETDEV)
        # The last may have been on its way when we stopped.
        assert answered >= max(sent - 1, Ping.LEAST), f"{answered} of {sent} pings answered"

    def reaches_kernel(self):
        source = self.steering.keep_kernel()
        at_peer("ip", "addr", "replace", f"{source}/16", "dev", PEER_NETDEV)
        wait_until(lambda: " 0% packet loss" in run("ip", "netns", "exec", PEER_NETNS, "ping", "-c", "2", "-i", "0.2", "-W",
                                                    "2", "-I", source, ADDRESS, check=False), "the kernel is not reached")


tcp_ports = itertools.count(5001)


def tcp_transfer(nic, megabytes):
    """From the peer to us; true if what arrived is what was sent."""
    port = next(tcp_ports)
    data = os.urandom(1 << 20)
    wanted = hashlib.sha256()
    with socket.create_server((ADDRESS, port)) as server:
        with lab.inside(PEER_NETNS):
            sender = socket.socket()
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # of an earlier transfer
        sender.bind((PEER_ADDRESS, nic.steering.port_for_kernel(port)))
        sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, DEADLINE))
        sender.settimeout(DEADLINE)
        server.settimeout(DEADLINE)
        sender.connect((ADDRESS, port))
        receiver = server.accept()[0]

        def send():
            for _ in range(megabytes):
                sender.sendall(data)
                wanted.update(data)
            sender.close()
        thread = threading.Thread(target=send)
        thread.start()
        got = hashlib.sha256()
        with receiver:
            while chunk := receiver.recv(1 << 16):
                got.update(chunk)
        thread.join()
    return got.digest() == wanted.digest()
