# SPDX-License-Identifier: BSD-3-Clause
"""The distribution's secondary processes beside a testpmd: dpdk-dumpcap writes down what the borrowed queues carry,
dpdk-proc-info shows the port's counters."""
import pathlib
import re
import signal
import struct
import subprocess

import pytest

import lab
import testpmd
from lab import FIRST

pytestmark = pytest.mark.skipif("overlay" not in open("/proc/filesystems").read(),
                                reason="this kernel has no overlayfs")

# dumpcap takes no option of EAL's that names a plug-in: it finds ours where the distribution's lie.
WITH_PLUGINS = ["unshare", "--mount", "sh", "-c",
                'mount -t overlay overlay -o "lowerdir=$0:$1" "$1" && shift && exec "$@"']

# A mempool's driver is a number between processes, given in the order of loading. The distribution's testpmd is linked
# to this one and its dumpcap to none, so that dumpcap's mempool would be something else to testpmd, on any NIC.
FIRST_MEMPOOL = next((file.name for file in pathlib.Path("/usr/lib").glob("*/librte_mempool_dpaa.so.*")), "")


def installed(nic):
    """A prefix that shows our plug-ins in the distribution's directory, to the program behind it only."""
    directory = nic.directory / "pmds"
    directory.mkdir(exist_ok=True)
    for option in nic._plugins():
        plugin = pathlib.Path(option.removeprefix("-d"))
        if not (directory / plugin.name).exists():
            (directory / plugin.name).symlink_to(plugin)
    distribution = next(pathlib.Path("/usr/lib").glob("*/dpdk/pmds-*"))
    return ["ip", "netns", "exec", nic.netns, *WITH_PLUGINS, directory, distribution]


def start(nic, *argv, preload=""):
    environment = nic._environment()
    environment["LD_PRELOAD"] += f" {preload}"
    program = testpmd.Testpmd([str(part) for part in (*installed(nic), *argv)], env=environment)
    nic.programs.append(program)
    return program


@pytest.fixture
def pmd(nic, hugepages):
    """A testpmd that sends every frame of two queues back, as a primary with memory that others can join."""
    program = start(nic, "dpdk-testpmd", "-l", "0,1", "-m", "160", "--no-pci", "--file-prefix", nic.netns, "--huge-dir",
                    hugepages, "--vdev=rte_bifurc,iface=eth0,qpairs=2", "--", "-i", "--total-num-mbufs=8192", "--rxq=2",
                    "--txq=2", "--rxfreet=32", "--txfreet=32", "--txrst=32")
    program.wait_for(testpmd.PROMPT)
    for queue in range(2):
        nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", str(4000 + queue), "action", str(FIRST + queue))
    program.command("set fwd macswap")
    program.command("start")
    return program


def captured(file):
    """Frames of a file in libpcap's format, in its order."""
    data = file.read_bytes()
    assert data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1")
    at = 24
    while at < len(data):
        length, whole = struct.unpack_from("<II", data, at + 8)
        assert length == whole
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def test_dumpcap_writes_down_both_directions_of_all_queues(nic, pmd, tmp_path):
    file = tmp_path / "frames.pcap"
    dumpcap = start(nic, "dpdk-dumpcap", "--file-prefix", nic.netns, "-i", "rte_bifurc", "-P", "-w", file, preload=FIRST_MEMPOOL)
    dumpcap.wait_for("Packets captured:")
    sent = [nic.peer.udp(serial, 60 + serial, 4000 + serial % 2) for serial in range(600)]
    echoes = nic.peer.exchange(sent, lambda frame: frame[23] == 17)
    assert len(echoes) == len(sent)
    dumpcap.wait_for("1200")
    dumpcap.process.send_signal(signal.SIGINT)
    assert dumpcap.process.wait(lab.DEADLINE) == 0
    assert sorted(captured(file)) == sorted(sent + echoes)
    # It has left the port as it was.
    assert len(nic.peer.send_and_collect(100)) == 100
    assert pmd.quit() == 0


def test_proc_info_shows_the_ports_counters(nic, pmd):
    assert len(nic.peer.send_and_collect(300, port=4000)) == 300
    assert len(nic.peer.send_and_collect(200, port=4001)) == 200

    def shown(*options):
        done = subprocess.run([*map(str, installed(nic)), "dpdk-proc-info", "--file-prefix", nic.netns, "--", *options],
                              env=nic._environment(), capture_output=True, text=True, timeout=lab.DEADLINE)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    stats = shown("--stats")
    assert re.search(r"RX-packets: 500 +RX-errors: +0 ", stats) and re.search(r"TX-packets: 500 +TX-errors: +0 ", stats)
    xstats = {name: int(value) for name, value in re.findall(r"^(\w+): (\d+)$", shown("--xstats"), re.M)}
    assert xstats == pmd.xstats()
    assert (xstats["rx_q0_packets"], xstats["tx_q1_packets"], xstats["rx_q1_missed"]) == (300, 200, 0)
    assert xstats[f"nic_rx_queue_{FIRST}_packets"] == 300
    port = shown("--show-port")
    for fact in ("driver net_bifurc device rte_bifurc ", "Link up at 10 Gbps", f"-- mtu ({nic.mtu()})",
                 f"-- mac {nic.read('address').upper()}", "1 descriptors 0/512 drop_en"):
        assert fact in port
    assert pmd.quit() == 0
