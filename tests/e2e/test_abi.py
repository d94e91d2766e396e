# SPDX-License-Identifier: BSD-3-Clause
"""The conformance suite of the ABI on the simulator. The same binary runs on a kernel driver: see tests/abi/main.cpp."""
import subprocess
import sys

import pytest

import lab

SUITE = lab.BUILD / "tests/abi/bifurc-abi-test"
TIMEOUT = 300


TRAFFIC = """ethtool -N eth0 flow-type udp4 dst-port 4000 action $PAIR loc 7 >/dev/null &&
{python} -c 'import socket; s = socket.socket(17, 3); s.bind(("peer", 0)); s.send(bytes.fromhex("{frame}"))'"""


def run_suite(nic, *options):
    argv = ["ip", "netns", "exec", nic.netns, SUITE, "--netdev", "eth0", *options, "--gtest_brief=1"]
    done = subprocess.run(argv, env=nic._environment(), capture_output=True, text=True, timeout=TIMEOUT)
    assert done.returncode == 0, done.stdout + done.stderr
    # What this simulator has, the suite must not pass over.
    assert "SKIPPED" not in done.stdout and "PASSED" in done.stdout, done.stdout


def test_simulator_conforms(nic):
    traffic = TRAFFIC.format(python=sys.executable, frame=nic.peer.udp(0, 60, 4000).hex())
    run_suite(nic, "--other-netdev", "wire", "--traffic", traffic)
    assert nic.simulator.poll() is None


def test_simulator_conforms_when_its_netdev_goes(nic):
    run_suite(nic, "--destroy", "ip link delete eth0")


@pytest.mark.parametrize("signal", ["TERM", "KILL"])
def test_simulator_conforms_when_it_ends(nic, signal):
    run_suite(nic, "--destroy", f"kill -{signal} {nic.simulator.pid}")
