# SPDX-License-Identifier: BSD-3-Clause
"""What is not called an IOMMU, though there is one: each needs a machine of its own. What needs none: tests/vm/test_rights.py."""
import os
import re

import pytest
from conftest import SERIES, TOP, run

BUILD = os.environ.get("BIFURC_BUILD", TOP / "build")


def protection(series, *options):
    """What INFO says of eth0 in such a guest."""
    said = run(TOP / "kernel/vm", "--nic", "igb", "--series", series, "--iommu", *options, "--",
               f"{BUILD}/app/bifurc-ctl/bifurc-ctl", "info", "eth0", "--json").stdout
    return re.search(r'"dma": *"(\w+)"', said).group(1)


@pytest.mark.parametrize("series", [SERIES[0], SERIES[-1]])
def test_interrupts_that_are_not_remapped_are_no_protection(series):
    assert protection(series, "--append", "intremap=off") == "none"


def test_neither_is_a_group_that_is_shared():
    assert protection(SERIES[-1], "--no-acs") == "none"


def test_otherwise_it_is_one():
    assert protection(SERIES[-1]) == "iommu"
