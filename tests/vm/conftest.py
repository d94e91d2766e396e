# SPDX-License-Identifier: BSD-3-Clause
"""These tests run inside the guest that ./run vm starts (or on a machine with two cabled ports: doc/install.md)."""
import pathlib
import sys

import pytest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

pytest.register_assert_rewrite("every_rung")
import guest  # noqa: E402

# Of a guest with the distribution's own driver (kernel/vm --stock) only the NIC is under test.
STOCK = not pathlib.Path("/sys/module/bifurc").exists()
collect_ignore = [path.name for path in pathlib.Path(__file__).parent.glob("test_*.py")
                  if (path.name == "test_stock.py") != STOCK]


@pytest.fixture
def nic():
    nic = guest.Nic()
    yield nic
    nic.close()
    guest.wait_until(lambda: nic.steering.rules() == [], "rules outlive the split")


@pytest.fixture
def rss_nic(nic):
    return nic


@pytest.fixture
def shared_nic(nic):
    return nic


def pytest_collection_modifyitems(items):
    """What only a boot undoes is the last."""
    items.sort(key=lambda item: item.path.name == "test_lockdown.py")
