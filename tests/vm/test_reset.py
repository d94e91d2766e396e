# SPDX-License-Identifier: BSD-3-Clause
"""The kernel resets the port under a borrower with traffic: the borrower is told, and both go on."""
import contextlib
import pathlib

import pytest

import dcb
import guest
import lab
import raw


def link_down_and_up(nic):
    guest.run("ip", "link", "set", guest.NETDEV, "down")
    guest.run("ip", "link", "set", guest.NETDEV, "up")


def ring_size(nic):
    guest.run("ethtool", "-G", guest.NETDEV, "rx", 512)


def fewer_channels(nic):
    nic.steering.release()  # ethtool refuses fewer channels than steering names
    guest.run("ethtool", "-L", guest.NETDEV, "combined", 1)
    nic.steering.kernel_pairs = 1


def mtu(nic):
    guest.run("ip", "link", "set", guest.NETDEV, "mtu", 2000)


def feature(nic):
    guest.run("ethtool", "-K", guest.NETDEV, "rx-all", "on")


@pytest.fixture
def restored(nic):
    yield
    for words in (["ethtool", "-G", guest.NETDEV, "rx", "256"], ["ethtool", "-L", guest.NETDEV, "combined", nic.info.kernel],
                  ["ip", "link", "set", guest.NETDEV, "mtu", "1500"], ["ethtool", "-K", guest.NETDEV, "rx-all", "off"]):
        guest.run(*words, check=False)  # ethtool's status tells when there was nothing to change
    nic.steering.kernel_pairs = nic.info.kernel
    nic.wait_for_carrier()


@pytest.mark.parametrize("cause", [link_down_and_up, ring_size, fewer_channels, mtu, feature], ids=lambda c: c.__name__)
def test_traffic_goes_on_after(nic, restored, cause):
    pmd = nic.borrowed()
    assert len(nic.to_queue(0).send_and_collect(100)) == 100
    nic.to_queue(0).send(30)  # on its way
    cause(nic)
    pmd.wait_for("reset event")
    nic.wait_for_carrier()
    for line in ("stop", "port stop 0", "port start 0"):
        assert "fail" not in pmd.command(line).lower(), pmd.text
    nic.steering.steer(nic.first, 1)
    pmd.command("start")
    nic.peer.flush()
    assert len(nic.to_queue(0).send_and_collect(100)) == 100
    nic.reaches_kernel()
    assert pmd.quit() == 0


@pytest.mark.parametrize("which", ["next", "last"])
def test_the_default_of_ethtool_x_is_the_kernels_own_queues(nic, which):
    """Whatever is lent: nobody's frames go to a borrower unless somebody says so."""
    # igb's table reaches 16 queues, as the 82599's.
    first = nic.first if which == "next" else min(nic.info.total, 16) - 1
    with contextlib.closing(raw.Port()) as port:
        port.split(1, first)
        guest.run("ethtool", "-X", guest.NETDEV, "default")
        table = lab.rss_table(guest.run("ethtool", "-x", guest.NETDEV))
        assert set(table) == set(range(nic.info.kernel))


def test_many_resets_in_a_row(nic, restored):
    pair = nic.pair()
    generation = pair.port.info().generation
    for size in (512, 256) * 5:
        guest.run("ethtool", "-G", guest.NETDEV, "rx", size)
    nic.wait_for_carrier()
    assert pair.port.events() & raw.EVENT_RESET
    assert pair.port.info().generation >= generation + 10
    pair.map()
    pair.start_tx()
    pair.send(bytes(60))
    pair.close()


@pytest.mark.parametrize("what", ["offline self-test", "virtual functions", "channels that are lent", "DCB"])
def test_what_conflicts_is_refused_and_disturbs_nobody(nic, what):
    nic.needs(what)
    pmd = nic.borrowed()
    generation = generation_now()
    if what == "offline self-test":
        assert "FAIL" in guest.run("ethtool", "-t", guest.NETDEV, "offline", check=False)
    elif what == "DCB":
        assert not dcb.switch(guest.NETDEV, True)
    elif what == "virtual functions":
        with pytest.raises(OSError):
            pathlib.Path(f"/sys/class/net/{guest.NETDEV}/device/sriov_numvfs").write_text("2")
    else:
        refused = guest.run("ethtool", "-L", guest.NETDEV, "combined", nic.info.kernel + 1, check=False)
        assert "error" in refused.lower() or "busy" in refused.lower(), refused
    assert generation_now() == generation
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    assert pmd.quit() == 0


def generation_now():
    port = raw.Port()
    try:
        return port.info().generation
    finally:
        port.close()


def test_the_drivers_unbinding_is_a_removal_and_it_can_come_back(nic):
    pmd = nic.borrowed()
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    nic.to_queue(0).send(30)
    with nic.unbound():
        pmd.wait_for("device removal event")
        pmd.wait_for("Now total ports is 0")
        assert pmd.quit() == 0
    again = nic.borrowed()
    nic.peer.flush()
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    nic.reaches_kernel()
    assert again.quit() == 0


def test_a_raw_borrower_hears_of_the_drivers_end(nic):
    pair = nic.pair()
    with nic.unbound():
        assert pair.port.events() & raw.EVENT_GONE
        assert raw.errno_of(pair.port.regions) == "ENODEV"
        pair.write(pair.chip.tx, raw.TAIL, 1)  # a page of nobody
        pair.close()
