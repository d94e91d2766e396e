# SPDX-License-Identifier: BSD-3-Clause
"""./run vm as somebody uses it: a prompt on a terminal, and an end by a signal."""
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from conftest import SERIES, TOP, packages

sys.path.insert(0, str(TOP / "tests/e2e"))
from testpmd import PROMPT, Terminal  # noqa: E402

DEADLINE = 300  # seconds: software emulation, be the machine never so busy


def processes_with(text):
    """Command lines that name it."""
    found = []
    for entry in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = entry.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:  # it ended meanwhile
            continue
        if text in line:
            found.append(line)
    return found


@pytest.mark.parametrize("options", [["--nic", "igb", "--series", "6.1"], ["--nic", "82599", "--series", "6.12", "--iommu"]],
                         ids=lambda options: options[1])
def test_the_shell_has_the_nic_ethtool_and_testpmd(options):
    shell = Terminal([str(TOP / "run"), "vm", "shell", *options], timeout=DEADLINE)
    try:
        try:
            shell.wait_for("exit ends the guest")
        except EOFError:
            if shell.process.wait() == packages.Unavailable.status:
                pytest.skip(shell.text.strip().splitlines()[-1])
            raise
        driver = {"igb": "igb", "82599": "ixgbe"}[options[1]]
        shell.type("ethtool -i eth0")
        shell.wait_for(f"driver: {driver}\n")
        shell.type("bifurc-ctl info eth0")
        shell.wait_for(r"are the kernel's, \d+ are free")
        shell.type("dpdk-testpmd -l 0,1 -n 4 --no-pci --vdev=rte_bifurc,iface=eth0,qpairs=1 -- -i --total-num-mbufs=4096")
        shell.wait_for(PROMPT)
        shell.type("quit")
        shell.wait_for("Bye")
        shell.type("exit")
        assert shell.end() == 0
    finally:
        shell.close()


def test_ended_by_a_signal_it_leaves_nothing(tmp_path_factory):
    place = tmp_path_factory.mktemp("vm")  # short: sockets lie in it
    vm = subprocess.Popen([TOP / "kernel/vm", "--nic", "82599", "--series", SERIES[-1], "--", "sh", "-c",
                           "echo under way; sleep 600"],
                          env={**os.environ, "TMPDIR": str(place)}, stdout=subprocess.PIPE, text=True)
    for line in vm.stdout:
        if "under way" in line:
            break
    else:
        assert vm.wait() == packages.Unavailable.status
        pytest.skip("the guest cannot be had here")
    assert processes_with(f"{place}/")
    vm.send_signal(signal.SIGTERM)
    assert vm.wait(DEADLINE) == 128 + signal.SIGTERM
    assert list(place.iterdir()) == []
    deadline = time.monotonic() + DEADLINE
    while processes_with(f"{place}/"):
        assert time.monotonic() < deadline, processes_with(f"{place}/")
        time.sleep(0.05)
