# SPDX-License-Identifier: BSD-3-Clause
"""What the distribution's dpdk-pmdinfo.py reads from the plug-ins in the build directory. Needs no NIC and no root."""
import json
import pathlib
import subprocess

import pytest

import lab

# By its own first line: elftools may belong to the distribution's interpreter only.
TOOL = pathlib.Path("/usr/bin/dpdk-pmdinfo.py")
BUS, NET = lab.PLUGINS

pytestmark = [
    pytest.mark.skipif(not TOOL.exists(), reason=f"{TOOL} is not installed"),
    pytest.mark.skipif(not all(plugin.exists() for plugin in lab.PLUGINS), reason="the plug-ins are not built"),
]


def drivers_of(plugin):
    done = subprocess.run([TOOL, plugin], check=True, capture_output=True, text=True, timeout=lab.DEADLINE)
    return {driver["name"]: driver for driver in json.loads(done.stdout)}


def test_the_bus_lists_each_device_argument():
    names = {word.split("=")[0] for word in drivers_of(BUS)["rte_bifurc"]["params"].split()}
    assert names == {"iface", "qpairs", "first", "isolation"}


def test_the_driver_lists_its_pci_ids():
    ids = {(row["vendor"].lower(), row["device"].lower()) for row in drivers_of(NET)["net_bifurc"]["pci_ids"]}
    assert {("8086", "10fb"), ("8086", "10c9")} <= ids  # 82599 SFP+, 82576


def test_the_driver_names_the_kernel_modules_that_lend():
    assert drivers_of(NET)["net_bifurc"]["kmod"] == "ixgbe | igb"
