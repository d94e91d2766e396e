# SPDX-License-Identifier: BSD-3-Clause
"""A kernel that is locked down lends no registers, as it shows none in sysfs. It stays so until the next boot: conftest.py puts
this behind all other tests, and it does not run outside of guests."""
import contextlib
import os
import pathlib

import pytest

import guest
import raw

LOCKDOWN = pathlib.Path("/sys/kernel/security/lockdown")


@pytest.fixture
def lock_down():
    if "BIFURC_VM" not in os.environ:
        pytest.skip("only a boot undoes it")
    if not LOCKDOWN.exists():
        guest.run("mount", "-t", "securityfs", "none", "/sys/kernel/security", check=False)
    if not LOCKDOWN.exists():
        pytest.skip("this kernel knows no lockdown")
    return lambda: LOCKDOWN.write_text("integrity")


def test_a_locked_down_kernel_lends_nothing(nic, lock_down):
    with contextlib.closing(raw.Port()) as port, contextlib.closing(raw.Port()) as other:
        port.split(1)
        region = next(r for r in port.regions() if r[3] == raw.REGION_BAR)
        lock_down()
        assert other.info().free == nic.info.free - 1
        assert raw.errno_of(other.split) == "EPERM"
        assert raw.errno_of(port.map_region, region) == "EPERM"
        assert "locked down" in guest.run(guest.CTL, "doctor", guest.NETDEV, check=False)
    assert nic.free() == nic.info.free
