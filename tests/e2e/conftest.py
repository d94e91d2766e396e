# SPDX-License-Identifier: BSD-3-Clause
"""What all tests need, and what most begin with: one simulated port, its netdev and a peer, gone afterwards."""
import signal
import subprocess

import pytest

pytest.register_assert_rewrite("every_rung")
import lab  # noqa: E402
from lab import HUGEPAGES  # noqa: E402

PAGES = 96  # of 2 MB: secondaries need memory that has a name


@pytest.fixture(scope="session", autouse=True)
def requirements():
    if reason := lab.missing():
        pytest.skip(reason)
    # A shell's background job ignores it, and so would all programs that the tests start and interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def nic():
    nic = lab.Nic()
    # Rules are allowed from the start: later it would reset the queues, as it does with the Linux driver.
    nic.ethtool("-K", "eth0", "ntuple", "on")
    yield nic
    nic.close()


@pytest.fixture
def shared_nic(nic, hugepages):
    """Its programs can have secondary processes."""
    nic.share_memory(hugepages)
    return nic


@pytest.fixture
def rss_nic():
    nic = lab.Nic(queues=8)
    yield nic
    nic.close()


@pytest.fixture
def hugepages(tmp_path):
    """A mounted hugetlbfs with pages that are there for this test only."""
    if not HUGEPAGES.exists():
        pytest.skip("this kernel has no 2 MB hugepages")
    before = int(HUGEPAGES.read_text())
    HUGEPAGES.write_text(str(before + PAGES))
    granted = int(HUGEPAGES.read_text()) - before
    mounted = tmp_path / "huge"
    mounted.mkdir()
    try:
        if granted < PAGES or subprocess.run(["mount", "-t", "hugetlbfs", "none", mounted], check=False).returncode != 0:
            pytest.skip(f"{PAGES} hugepages of 2 MB cannot be had here")
        yield mounted
    finally:
        subprocess.run(["umount", "-l", mounted], check=False)
        HUGEPAGES.write_text(str(int(HUGEPAGES.read_text()) - granted))
