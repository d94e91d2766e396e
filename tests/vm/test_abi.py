# SPDX-License-Identifier: BSD-3-Clause
"""The conformance suite of the ABI: the very binary that runs on the simulator."""
import pathlib
import subprocess

import guest

SHARE = pathlib.Path("/run/share")
SUITE = guest.BUILD / "tests/abi/bifurc-abi-test"


def test_driver_conforms():
    argv = [SUITE, "--netdev", guest.NETDEV, "--other-netdev", "lo", "--gtest_brief=1"]
    if SHARE.exists():  # its tests count one by one
        argv.append(f"--gtest_output=xml:{SHARE}/abi.xml")
    done = subprocess.run(argv, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
