# SPDX-License-Identifier: BSD-3-Clause
"""A simulated NIC in a network namespace of its own, its wire a veth, and at the veth's other end a peer that sends and
collects whole frames. Everything goes away with close(), whatever happened."""
import contextlib
import ctypes
import ipaddress
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import time

import testpmd

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = pathlib.Path(os.environ.get("BIFURC_BUILD", ROOT / "build"))
SIMULATOR = pathlib.Path(os.environ.get("BIFURC_SIM", BUILD / "app/bifurc-sim/bifurc-sim"))
SHIM = BUILD / "lib/shim/libbifurc-shim.so"
CLIENT = BUILD / "lib/bifurc/libbifurc.so"
PLUGINS = [BUILD / "drivers/bus/bifurc/librte_bus_bifurc.so", BUILD / "drivers/net/bifurc/librte_net_bifurc.so"]

IFF_PROMISC, IFF_ALLMULTI = 0x100, 0x200
PACKET_OUTGOING = 4
SOL_PACKET, PACKET_AUXDATA, TP_STATUS_VLAN_VALID = 263, 8, 0x10
CLONE_NEWNET = 0x40000000
DEADLINE = 30
MARK = 77  # where the rule of lead_to_borrowed() lies: the NIC marks its frames with that
FIRST = 32  # the kernel's queue pairs are 0 to 31: the first that is lent
HUGEPAGES = pathlib.Path("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages")


def missing():
    """Why these tests cannot run here, or None."""
    if os.geteuid() != 0:
        return "needs root"
    for path in [SIMULATOR, SHIM, *PLUGINS]:
        if not path.exists():
            return f"{path} is not built"
    for tool in ["dpdk-testpmd", "ethtool", "ip"]:
        if shutil.which(tool) is None:
            return f"{tool} is not installed"
    return None


def wait_until(condition, what, seconds=DEADLINE):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.02)


def without(capability):
    """The command under which a program of root's lacks this one."""
    return ["setpriv", f"--bounding-set=-{capability}", f"--inh-caps=-{capability}"]


def rss_table(shown):
    """The queues that ethtool -x lists, entry by entry."""
    rows = re.findall(r"^ +\d+:((?: +\d+){8})$", shown, re.M)
    return [int(queue) for row in rows for queue in row.split()]


@contextlib.contextmanager
def inside(netns):
    """This thread in the namespace, for making sockets there."""
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{netns}") as there:
        if libc.setns(there.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        try:
            yield
        finally:
            libc.setns(home.fileno(), CLONE_NEWNET)


def checksum(data):
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


class Peer:
    """What hangs at the other end of the wire."""
    ADDRESS, BORROWED = "10.77.0.1", "10.77.0.2"
    WINDOW = 64  # frames on their way at once

    def __init__(self, netns, interface, nic_mac):
        self.nic_mac = nic_mac
        with inside(netns):
            self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
        self.socket.bind((interface, 0x0003))
        self.socket.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        self.mac = self.socket.getsockname()[4]

    def close(self):
        self.socket.close()

    def ethernet(self, ethertype, body, tags=()):
        """A frame to the NIC."""
        vlan = b"".join(struct.pack("!HH", 0x8100, tag) for tag in tags)
        return (self.nic_mac + self.mac + vlan + struct.pack("!H", ethertype) + body).ljust(60, b"\0")

    def _whole_frame(self, deadline):
        """The next frame that came in, its VLAN tag back in its place (the kernel takes it out); None at the deadline."""
        while (left := deadline - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                frame, control, _, address = self.socket.recvmsg(65536, 256)
            except socket.timeout:
                return None
            if address[2] == PACKET_OUTGOING:
                continue
            for level, kind, data in control:
                if (level, kind) != (SOL_PACKET, PACKET_AUXDATA):
                    continue
                status, _, _, _, _, tci, tpid = struct.unpack("=IIIHHHH", data[:20])
                if status & TP_STATUS_VLAN_VALID:
                    frame = frame[:12] + struct.pack("!HH", tpid, tci) + frame[12:]
            return frame
        return None

    def collect(self, count, wanted):
        """So many frames that are wanted; fewer if the deadline passes."""
        deadline = time.monotonic() + DEADLINE
        frames = []
        while len(frames) < count and (frame := self._whole_frame(deadline)) is not None:
            if wanted(frame):
                frames.append(frame)
        return frames

    def _ip(self, protocol, body):
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0,
                           ipaddress.ip_address(self.ADDRESS).packed, ipaddress.ip_address(self.BORROWED).packed)
        head = head[:10] + struct.pack("!H", checksum(head)) + head[12:]
        return self.nic_mac + self.mac + b"\x08\x00" + head + body

    def udp(self, serial, length, port):
        payload = self._payload(serial, length - 42)
        return self._ip(17, struct.pack("!HHHH", 9, port, 8 + len(payload), 0) + payload)

    @staticmethod
    def _payload(serial, length):
        return (struct.pack("!I", serial) * (length // 4 + 1))[:length]

    @staticmethod
    def serial(frame):
        return struct.unpack("!I", frame[42:46])[0]

    def payload(self, frame):
        """What a frame with this serial number was sent with."""
        return self._payload(self.serial(frame), len(frame) - 42)

    def _receive(self, wanted, deadline):
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return None
            self.socket.settimeout(left)
            try:
                frame, address = self.socket.recvfrom(65536)
            except socket.timeout:
                return None
            if address[2] != PACKET_OUTGOING and frame[12:14] == b"\x08\x00" and wanted(frame):
                return frame

    def send(self, count, length=60, port=4000):
        for serial in range(count):
            self.socket.send(self.udp(serial, length, port))
            if serial % self.WINDOW == self.WINDOW - 1:
                time.sleep(0.002)

    def exchange(self, frames, wanted, at=None):
        """Sends frames, at most WINDOW of them unanswered, and collects what is wanted, here or at another peer; fewer if
        the deadline passes."""
        answers = []
        sent = 0
        deadline = time.monotonic() + DEADLINE
        while len(answers) < len(frames):
            while sent < len(frames) and sent - len(answers) < self.WINDOW:
                self.socket.send(frames[sent])
                sent += 1
            frame = (at or self)._receive(wanted, deadline)
            if frame is None:
                break
            answers.append(frame)
        return answers

    def send_and_collect(self, count, length=60, port=4000, at=None):
        dport = struct.pack("!H", port)
        frames = [self.udp(serial, length, port) for serial in range(count)]
        return self.exchange(frames, lambda frame: frame[23] == 17 and frame[36:38] == dport, at)

    def ping(self, address, count):
        """How many of so many echo requests are answered."""
        source = ipaddress.ip_address(address).packed
        frames = []
        for sequence in range(count):
            body = struct.pack("!BBHHH", 8, 0, 0, 1, sequence) + bytes(range(32))
            body = body[:2] + struct.pack("!H", checksum(body)) + body[4:]
            frames.append(self._ip(1, body))
        return len(self.exchange(frames, lambda frame: frame[23] == 1 and frame[34] == 0 and frame[26:30] == source))

    @contextlib.contextmanager
    def collecting(self):
        yield Collected(self)


class Collected:
    def __init__(self, peer):
        self._peer = peer
        self.all = []

    def wait_for(self, count):
        deadline = time.monotonic() + DEADLINE
        while len(self.all) < count:
            frame = self._peer._receive(lambda frame: frame[23] == 17, deadline)
            if frame is None:
                raise TimeoutError(f"{len(self.all)} frames, not {count}")
            self.all.append(frame)


class Nic:
    serial = 0
    psh_of_the_last = 8  # of the segments of a large TCP frame

    def __init__(self, queues=32, ports=None, wires=1):
        """A port for each wire, eth0 and so on, with a peer at its end; or ports as bifurc-sim's option takes them, and no
        peer."""
        Nic.serial += 1
        self.first = queues
        self.netns = f"bifurc-e2e-{os.getpid()}-{Nic.serial}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="bifurc-e2e-", dir="/run"))
        self.programs = []
        self.memory = ["--no-huge", "-m", "512"]
        self.simulator = None
        self.peers = []
        subprocess.run(["ip", "netns", "add", self.netns], check=True)
        try:
            if ports is not None:
                self._open(ports)
                return
            ends = [(f"wire{number or ''}", f"peer{number or ''}") for number in range(wires)]
            for wire, peer in ends:
                self._plug_wire(wire, peer)
            self._open([f"name=eth{number},queues={queues},wire=if:{wire}" for number, (wire, _) in enumerate(ends)])
            self.peers = [Peer(self.netns, peer, self.mac_of(f"eth{number}")) for number, (_, peer) in enumerate(ends)]
        except BaseException:
            self.close()
            raise

    @property
    def peer(self):
        return self.peers[0]

    def _plug_wire(self, *ends):
        wire, peer = ends
        self.ip("link", "add", wire, "mtu", "9600", "type", "veth", "peer", "name", peer, "mtu", "9600")
        for interface in ends:
            self.run("sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1")
            self.ip("link", "set", interface, "up")

    def _open(self, ports):
        self.sim_socket = self.directory / "sim"
        ready, write = os.pipe()
        self.log = open(self.directory / "sim.log", "w+")
        self.simulator = subprocess.Popen(
            ["ip", "netns", "exec", self.netns, SIMULATOR, "--socket", self.sim_socket, "--ready-fd", str(write),
             *[argument for port in ports for argument in ("--port", port)]],
            pass_fds=[write], stdout=self.log, stderr=self.log)
        os.close(write)
        with os.fdopen(ready, "rb") as pipe:
            if pipe.read(1) == b"":
                self.log.seek(0)
                raise RuntimeError(f"the simulator did not start: {self.log.read()}")
        for port in ports:
            interface = re.match("name=([^,]+)", port)[1]
            self.run("sysctl", "-qw", f"net.ipv6.conf.{interface}.disable_ipv6=1")
            self.ip("link", "set", interface, "up")
        self.mac = self.mac_of("eth0")

    def close(self):
        for program in self.programs:
            program.close()
        for peer in self.peers:
            peer.close()
        complaint = self._unplug() if self.simulator else None
        subprocess.run(["ip", "netns", "del", self.netns], check=False)
        for leftover in (self.directory, f"/run/dpdk/{self.netns}"):  # the second: EAL's, of a primary with secondaries
            shutil.rmtree(leftover, ignore_errors=True)
        assert complaint is None, complaint

    def _unplug(self):
        """What the simulator said if it could not account for every frame, or found a fault in itself."""
        self.simulator.send_signal(signal.SIGTERM)
        try:
            status = self.simulator.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            self.simulator.kill()
            status = self.simulator.wait()
        self.log.seek(0)
        with self.log:
            return None if status in (0, -signal.SIGKILL) else f"the simulator ended with {status}: {self.log.read()}"

    def run(self, *argv, **more):
        return subprocess.run(["ip", "netns", "exec", self.netns, *map(str, argv)], check=True, capture_output=True,
                              text=True, timeout=DEADLINE, **more).stdout

    def ip(self, *argv):
        return self.run("ip", *argv)

    def _environment(self):
        return {**os.environ, "BIFURC_SIM_SOCKET": str(self.sim_socket), "LD_PRELOAD": str(SHIM)}

    def ethtool(self, *argv):
        return self.run("ethtool", *argv, env=self._environment())

    def needs(self, what):
        """Skips a test if the NIC lacks that: this one has all."""

    @staticmethod
    def reported(types):
        """Of these packet types those that the NIC knows."""
        return types

    def lead_to_borrowed(self, address):
        """What comes for this address goes to the first lent queue; answers the flags that such frames have."""
        self.ethtool("-N", "eth0", "flow-type", "ip4", "dst-ip", address, "action", str(self.first), "loc", str(MARK))
        return {"RX_FDIR", "RX_FDIR_ID"}

    def lead_to_queues(self, count):
        """A flow to each of the first lent queues: to_queue() sends it."""
        for queue in range(self.first, self.first + count):
            self.ethtool("-N", "eth0", "flow-type", "udp4", "dst-ip", f"10.77.1.{queue}", "action", str(queue))

    def to_queue(self, number):
        self.peer.BORROWED = f"10.77.1.{self.first + number}"
        return self.peer

    def statistics(self, interface="eth0"):
        text = self.ethtool("-S", interface)
        return {name: int(value) for name, value in re.findall(r"^ +(\w+): (\d+)$", text, re.M)}

    def read(self, attribute, interface="eth0"):
        return self.run("cat", f"/sys/class/net/{interface}/{attribute}").strip()

    def mac_of(self, interface):
        return bytes.fromhex(self.read("address", interface).replace(":", ""))

    def make_stranger(self, name, mtu):
        """A netdev that is none of ours."""
        self.ip("link", "add", name, "mtu", str(mtu), "type", "veth", "peer", "name", "stranger")

    def mtu(self, interface="eth0"):
        return int(self.read("mtu", interface))

    def set_mtu(self, mtu):
        self.ip("link", "set", "eth0", "mtu", str(mtu))

    def wait_for_flag(self, flag, on, interface="eth0"):
        bit = {"PROMISC": IFF_PROMISC, "ALLMULTI": IFF_ALLMULTI}[flag]
        wait_until(lambda: bool(int(self.read("flags", interface), 0) & bit) == on, f"{flag} is not {on}")

    def _plugins(self):
        """EAL's options that load copies of the plug-ins: it takes none from below a directory which everybody may write
        to, as a checkout in /tmp is. Copies lie as they do in the build directory, so that they find each other."""
        copies = self.directory / "plugins"
        if not copies.exists():
            for library in [CLIENT, *PLUGINS]:
                place = copies / library.parent.relative_to(BUILD)
                place.mkdir(parents=True)
                for file in library.parent.glob(library.name + "*"):
                    if file.is_file():
                        shutil.copy(file, place, follow_symlinks=False)
        return [f"-d{copies / plugin.relative_to(BUILD)}" for plugin in PLUGINS]

    def testpmd(self, *options, qpairs=1, prompt=True, devices=None, under=()):
        devices = devices or [f"--vdev=rte_bifurc,iface=eth0,qpairs={qpairs}"]
        program = self.program("dpdk-testpmd", "-i", "--total-num-mbufs=16384", "--rxfreet=32", "--txfreet=32",
                               "--txrst=32", f"--rxq={qpairs}", f"--txq={qpairs}", *options, devices=devices, under=under)
        if prompt:
            program.wait_for(testpmd.PROMPT)
        return program

    def program(self, path, *options, devices, cores="0,1", under=()):
        """Any program of DPDK's, on a terminal of its own; under: the command that starts it."""
        argv = ["ip", "netns", "exec", self.netns, *under, str(path), *(["-l", cores] if cores else []), *self.memory,
                "--no-pci", "--file-prefix", self.netns, *self._plugins(), *devices, "--", *options]
        program = testpmd.Testpmd(argv, env=self._environment())
        self.programs.append(program)
        return program

    def share_memory(self, hugepages):
        """Programs have memory from now on that others can join, in this hugetlbfs."""
        self.memory = ["-m", "128", "--huge-dir", str(hugepages)]

    def let_memory_grow(self):
        """Programs begin with little of it from now on: EAL adds pages, and frees them."""
        self.memory[:2] = ["-m", "2"]

    def secondary(self, path, *options, cores="0,1"):
        """A program that joins the one before."""
        return self.program(path, *options, devices=["--proc-type=secondary"], cores=cores)

    def kill_simulator(self):
        self.simulator.kill()
        self.simulator.wait()
