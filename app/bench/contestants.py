# SPDX-License-Identifier: BSD-3-Clause
"""What `system` compares (and `vm`, in part): for each driver its devices, and what stands at the other end and makes its frames.

The program under test is the distribution's dpdk-testpmd, forwarding on one core. What makes or takes its frames runs
on the other core: the simulator for ours, a second testpmd for the others."""
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import figures

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))
import lab  # noqa: E402  (the same hands on simulator and testpmd as the tests have)
from testpmd import PROMPT, Testpmd  # noqa: E402

CRC = 4
AF_XDP = 44
# What the other testpmd does meanwhile. flowgen makes frames and takes back those that return.
PEER_JOB = {"rxonly": "txonly", "txonly": "rxonly", "io": "flowgen", "macswap": "flowgen"}
JOBS = list(PEER_JOB)
SETTLE = 0.2  # s from the start to the first look at the counters: nothing is measured in it


class Pmd:
    """A testpmd that forwards on one core; its prompt sleeps on the other."""
    serial = 0

    def __init__(self, devices, core, other, netns=None, environment=None, queues=1, descriptors=1024, mbufs=16384,
                 patience=30):
        Pmd.serial += 1
        self.prefix = f"bench-{os.getpid()}-{Pmd.serial}"
        argv = ["dpdk-testpmd", "-l", f"{core},{other}", "--main-lcore", str(other), "--no-pci", "--no-telemetry",
                "--single-file-segments", "-m", "160", "--file-prefix", self.prefix, *devices, "--", "-i",
                f"--total-num-mbufs={mbufs}", f"--rxd={descriptors}", f"--txd={descriptors}", f"--rxq={queues}",
                f"--txq={queues}", "--disable-link-check"]
        if netns:
            argv = ["ip", "netns", "exec", netns, *argv]
        self._pmd = Testpmd(argv, env=environment, timeout=patience)
        try:
            self._pmd.wait_for(PROMPT)
        except BaseException:
            self._pmd.close()
            raise

    def start(self, job, size, command="start"):
        self._pmd.command(f"set fwd {job}")
        self._pmd.command(f"set txpkts {size - CRC}")
        self._pmd.command(command)

    def stop(self):
        self._pmd.command("stop")

    def rates(self):
        """Frames a second received and sent by all ports, by testpmd's own clock, since the last call."""
        text = self._pmd.command("show port stats all")
        return [sum(map(int, re.findall(rf"{way}-pps: +(\d+)", text))) for way in ("Rx", "Tx")]

    def heap_bytes(self):
        """What is allocated of EAL's memory; testpmd says it in MB."""
        return round(float(re.search(r"Total.*? alloc: ([\d.]+)", self._pmd.command("dump_socket_mem"))[1]) * (1 << 20))

    def close(self):
        if self._pmd.process.poll() is None:
            try:
                self._pmd.quit()
            except (OSError, TimeoutError, subprocess.TimeoutExpired):
                pass
        self._pmd.close()


def rate(pmd, job, seconds):
    """Millions of frames a second of a testpmd that was just started: received where it only receives, else sent."""
    time.sleep(SETTLE)
    pmd.rates()
    time.sleep(seconds)
    received, sent = pmd.rates()
    return (received if job == "rxonly" else sent) / 1e6


def begin():
    """Ahead of what else runs here, and without the sandbox's shim, which is for its own port. Tells of the machine."""
    os.environ.pop("LD_PRELOAD", None)
    figures.go_first()
    about = figures.machine()
    print(figures.machine_line(about), flush=True)
    return about


class Simulated:
    """A testpmd whose ports are simulated; what makes and takes their frames is the simulator, on the other core."""

    def __init__(self, wires, cores, queues=1, **options):
        self.nic = self.pmd = None
        generator, forwarder = cores
        names = [f"eth{port}" for port in range(len(wires))]
        try:
            self.nic = lab.Nic(ports=[f"name={name},wire={wire}" for name, wire in zip(names, wires)])
            os.sched_setaffinity(self.nic.simulator.pid, {generator})
            for name in names:
                self.nic.ethtool("-K", name, "ntuple", "on")
            devices = [f"--vdev=rte_bifurc{port},iface={name},qpairs={queues}" for port, name in enumerate(names)]
            self.pmd = Pmd(devices, forwarder, generator, self.nic.netns, self.nic._environment(), queues, **options)
            for name in names:
                self._steer(name, queues)
        except BaseException:
            self.close()
            raise

    def _steer(self, name, queues):
        """The generator's flows differ by their source ports, from 1024: one to each queue."""
        for queue in range(queues):
            self.nic.ethtool("-N", name, "flow-type", "udp4", "src-port", str(1024 + queue), "action",
                             str(lab.FIRST + queue))

    def close(self):
        if self.pmd:
            self.pmd.close()
        if self.nic:
            self.nic.close()
        self.pmd = self.nic = None


class Contestant:
    jobs = JOBS
    peer = None

    def __init__(self, cores):
        self.generator, self.forwarder = cores
        self.pmd = None

    def missing(self):
        """Why it cannot take part here, or None."""
        return None

    def open(self, job, size):
        """Ready for this job and size; what an earlier call made is used again where it fits."""
        raise NotImplementedError

    def test_pmd(self, devices, **more):
        return Pmd(devices, self.forwarder, self.generator, **more)

    def peer_pmd(self, devices):
        return Pmd(devices, self.generator, self.forwarder)

    def start(self, job, size):
        if self.peer:
            self.peer.start(PEER_JOB[job], size)
        self.pmd.start(job, size)

    def stop(self):
        if self.peer:
            self.peer.stop()
        self.pmd.stop()

    def close(self):
        for pmd in (self.pmd, self.peer):
            if pmd:
                pmd.close()
        self.pmd = self.peer = None


class Bifurc(Contestant):
    name = "bifurc"
    legend = "simulated 82599 (wire: generator, for txonly sink): the simulator's one thread, which is NIC and wire"

    def __init__(self, cores):
        super().__init__(cores)
        self._simulated = self._wire = None

    def missing(self):
        return lab.missing()

    def open(self, job, size):
        wire = "sink" if job == "txonly" else f"gen:size={size}"
        if self._wire == wire:
            return
        self.close()
        self._simulated = Simulated([wire], (self.generator, self.forwarder))
        self.pmd = self._simulated.pmd
        self._wire = wire

    def close(self):
        if self._simulated:
            self._simulated.close()
        self.pmd = self._simulated = self._wire = None


class Pair(Contestant):
    """Two testpmds."""
    links = ()  # interfaces to make: arguments of `ip link add`

    def devices(self):
        """Of the one under test, of the other."""
        raise NotImplementedError

    def open(self, job, size):
        if self.pmd:
            return
        for link in self.links:
            subprocess.run(["ip", "link", "add", *link], check=True)
            for name in (link[0], link[-1]):
                subprocess.run(["ip", "link", "set", name, "up"], check=True)
        ours, theirs = self.devices()
        self.pmd = self.test_pmd([ours])
        self.peer = self.peer_pmd([theirs])

    def close(self):
        super().close()
        for link in self.links:
            subprocess.run(["ip", "link", "del", link[0]], check=False, capture_output=True)


class Memif(Pair):
    name = "net_memif"
    legend = "shared memory between two processes; each side copies each frame once"
    client = ""

    def devices(self):
        path = f"/run/bench-memif-{os.getpid()}-{Pmd.serial}.sock"
        shared = f"socket={path},socket-abstract=no,rsize=10"
        return f"--vdev=net_memif0,role=server,{shared}", f"--vdev=net_memif0,role=client,{shared}{self.client}"


class MemifZeroCopy(Memif):
    name = "net_memif, zero-copy"
    legend = "the same, where the generator lends its mbufs' memory: the one under test copies each frame, alone"
    client = ",zero-copy=yes"


class AfPacket(Pair):
    name = "net_af_packet"
    legend = "veth; the kernel copies and queues each frame, in the sender's system call"
    links = (["bench0", "type", "veth", "peer", "name", "bench1"],)

    def devices(self):
        return "--vdev=net_af_packet0,iface=bench0", "--vdev=net_af_packet0,iface=bench1"


class AfXdp(AfPacket):
    name = "net_af_xdp"
    legend = "veth, copy mode, since veth has no zero-copy; at the other end the af_packet generator limits"

    def missing(self):
        try:
            socket.socket(AF_XDP, socket.SOCK_RAW).close()
        except OSError as error:
            return f"this kernel has no AF_XDP sockets: {error.strerror}"
        return None

    def devices(self):
        return "--vdev=net_af_xdp0,iface=bench0", "--vdev=net_af_packet0,iface=bench1"


class Tap(Pair):
    name = "net_tap"
    legend = "a system call per frame; at the interface's other end the af_packet generator"

    def missing(self):
        return None if pathlib.Path("/dev/net/tun").exists() else "this machine has no /dev/net/tun"

    def devices(self):
        return "--vdev=net_tap0,iface=bench0", "--vdev=net_af_packet0,iface=bench0"


class Ring(Contestant):
    name = "net_ring"
    legend = "a ceiling: a ring of pointers on one core, 1,024 frames go round, nobody else; no rxonly, no txonly"
    jobs = ["io", "macswap"]
    CIRCLING = 1024

    def open(self, job, size):
        if not self.pmd:
            self.pmd = self.test_pmd(["--vdev=net_ring0"])

    def start(self, job, size):
        self.pmd.start(job, size, f"start tx_first {self.CIRCLING // 32}")


class Null(Contestant):
    name = "net_null"
    legend = "a ceiling: testpmd alone, frames come from nowhere and go nowhere, nothing is read or copied"

    def __init__(self, cores):
        super().__init__(cores)
        self._size = None

    def open(self, job, size):
        if self._size == size or (self.pmd and job == "txonly"):  # what is received has the device's size
            return
        self.close()
        self.pmd = self.test_pmd([f"--vdev=net_null0,size={size - CRC}"])
        self._size = size

    def close(self):
        super().close()
        self._size = None


ALL = [Bifurc, Memif, MemifZeroCopy, AfPacket, AfXdp, Tap, Ring, Null]
