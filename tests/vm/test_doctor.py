# SPDX-License-Identifier: BSD-3-Clause
"""bifurc-ctl doctor on real drivers: what it finds is what is, and its remedies work. What it says of a driver without hooks:
test_stock.py."""
import contextlib
import pathlib
import shlex

import dcb
import guest
import raw


def do(remedy):
    guest.run(*shlex.split(remedy))


def remedy_for_dma():
    """For what sysfs says that is missing."""
    group = pathlib.Path("/sys/class/net", guest.NETDEV, "device/iommu_group")
    if not group.exists():
        return "intel_iommu=on"
    if (group / "type").read_text().strip() == "identity":
        return "iommu.passthrough=0"
    return "ACS" if len(list((group / "devices").iterdir())) > 1 else "intremap=off"


def test_it_finds_nothing_that_blocks_and_tells_of_protection(nic):
    found = guest.doctor()
    assert {check for check, finding in found.items() if finding["level"] == "blocks"} == set()
    assert found["driver"]["finding"] == f"its driver, {nic.driver}, can split queue pairs"
    confined = nic.info.dma == raw.DMA_IOMMU
    assert found["dma"]["level"] == ("ok" if confined else "warning")
    assert "whoever drives raw rings of a NIC that the kernel also uses is as powerful as the kernel" in found["dma"]["finding"]
    if not confined:
        assert remedy_for_dma() in found["dma"]["remedy"]
    assert found["capabilities"]["level"] == found["lockdown"]["level"] == "ok"
    assert found["hugepages"]["level"] == found["plugin"]["level"] == "ok"
    assert f"{nic.info.free} of " in found["pairs"]["finding"]


def test_a_netdev_that_is_down_can_be_brought_up(nic):
    guest.run("ip", "link", "set", guest.NETDEV, "down")
    found = guest.doctor()
    assert found["up"]["level"] == "blocks"
    do(found["up"]["remedy"])
    nic.wait_for_carrier()
    assert guest.doctor()["up"]["level"] == "ok"


def test_no_free_pair_is_no_pair_to_ask_for(nic):
    with contextlib.closing(raw.Port()) as port:
        port.split(nic.info.free)
        found = guest.doctor()["pairs"]
        assert found["level"] == "blocks"
        assert "none of the" in found["finding"]
    assert guest.doctor()["pairs"]["level"] == "ok"


def test_a_mode_that_takes_all_queues_is_named_and_goes(nic):
    nic.needs("DCB")
    assert dcb.switch(guest.NETDEV, True)
    try:
        with contextlib.closing(raw.Port()) as port:
            assert port.info().features & raw.FEATURE_ALL_OWNED
            assert raw.errno_of(port.split, 1) == "ENOSPC"
        found = guest.doctor()["pairs"]
        assert found["level"] == "blocks"
        assert "DCB" in found["finding"] and "DCB" in found["remedy"].upper()
    finally:
        assert dcb.switch(guest.NETDEV, False)
        nic.wait_for_carrier()
    assert nic.free() == nic.info.free
    assert guest.doctor()["pairs"]["level"] == "ok"
