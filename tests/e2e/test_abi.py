# SPDX-License-Identifier: BSD-3-Clause
"""The conformance suite of the ABI on the simulator. The same binary runs on a kernel driver: see tests/abi/main.cpp."""
import subprocess

import pytest

import lab

SUITE = lab.BUILD / "tests/abi/bifurc-abi-test"
TIMEOUT = 300

pytestmark = pytest.mark.skipif(lab.missing() is not None, reason=str(lab.missing()))


def test_simulator_conforms():
    nic = lab.Nic()
    try:
        argv = ["ip", "netns", "exec", nic.netns, SUITE, "--netdev", "eth0", "--other-netdev", "wire", "--gtest_brief=1"]
        done = subprocess.run(argv, env=nic._environment(), capture_output=True, text=True, timeout=TIMEOUT)
        assert done.returncode == 0, done.stdout + done.stderr
        # What this simulator has, the suite must not pass over.
        assert "SKIPPED" not in done.stdout, done.stdout
        assert nic.simulator.poll() is None
    finally:
        nic.close()
