# SPDX-License-Identifier: BSD-3-Clause
"""What all tests need, and what most begin with: one simulated port, its netdev and a peer, gone afterwards."""
import pytest

import lab


@pytest.fixture(scope="session", autouse=True)
def requirements():
    if reason := lab.missing():
        pytest.skip(reason)


@pytest.fixture
def nic():
    nic = lab.Nic()
    # Rules are allowed from the start: later it would reset the queues, as it does with the Linux driver.
    nic.ethtool("-K", "eth0", "ntuple", "on")
    yield nic
    nic.close()
