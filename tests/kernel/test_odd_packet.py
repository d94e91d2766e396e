# SPDX-License-Identifier: BSD-3-Clause
"""A kernel whose packet sockets have a call that nobody here has seen: nothing is attached to them, and the network goes on."""
import pytest
from conftest import SERIES, TOP, run

# Ours is loaded where the kernel's own packet sockets have made place for odd_packet.ko's. A socket of the second kind, which has
# only what is known, is refused later, since it is bound to nothing.
PROGRAM = """
import ctypes, os, socket, struct, subprocess, sys
def sh(line):
    subprocess.run(line, shell=True, check=True)
def attach():
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0) as packet, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any:
        request = ctypes.create_string_buffer(struct.pack("16si", b"eth0", packet.fileno()), 40)
        libc = ctypes.CDLL(None, use_errno=True)
        return libc.ioctl(any.fileno(), ctypes.c_ulong(raw.SIOCATTACH), request) and os.strerror(ctypes.get_errno())
module, modules = sys.argv[1], "/run/guest/modules"
sys.path.insert(0, sys.argv[2])
import raw
sh("rmmod igb bifurc")
for odd in "yn":
    sh(f"insmod {module} odd={odd} && insmod {modules}/bifurc.ko && insmod {modules}/igb.ko")
    print("attached:", odd, attach(), flush=True)
    sh("ip link set eth0 up && ip addr add 198.18.0.1/16 dev eth0")
    sh("ip netns exec peer ping -q -c 1 -w 30 198.18.0.1")
    sh("rmmod igb bifurc odd_packet")
sh(f"insmod {modules}/bifurc.ko && insmod {modules}/igb.ko")
sh("dmesg | grep 'no queue pairs are lent'")
"""


@pytest.mark.parametrize("series", [SERIES[0], SERIES[-1]])
def test_unknown_packet_sockets_are_not_attached(series, tmp_path_factory):
    folder = tmp_path_factory.mktemp("odd")
    module = run(TOP / "kernel/build", "module", "--series", series, TOP / "tests/kernel/odd_packet", folder / "odd").stdout.strip()
    said = run(TOP / "kernel/vm", "--nic", "igb", "--series", series, "--", "env", f"BIFURC_BUILD={TOP}/build", "bash",
               TOP / "config/vm_inside.sh", "/usr/bin/python3", "-c", PROGRAM, module, TOP / "tests/vm").stdout
    assert "attached: y Operation not supported\n" in said
    assert "attached: n No such device\n" in said
    assert said.count("this kernel's packet sockets are not known") == 1
    assert said.count("no packet socket can be made") == 1  # at the end, when there are none at all
