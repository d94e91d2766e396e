# SPDX-License-Identifier: BSD-3-Clause
"""rte_flow on the real ixgbe's rules."""
import pytest

from every_rung.flows import *  # noqa: F403


@pytest.fixture(autouse=True)
def rules_are_known(nic):
    nic.needs("ethtool -N")
