# SPDX-License-Identifier: BSD-3-Clause
"""The netdev is the administrator's: its MTU, and what it is called."""
import contextlib

from every_rung.queues import forwarding

QUIET = "--no-lsc-interrupt"  # a change of the MTU may take the link down, and testpmd would say so in the midst of its prompt
LONG = "the-port-in-the-third-slot-from-the-left"  # longer than a name, which has 15 characters


@contextlib.contextmanager
def mtu_of(nic, mtu):
    before = nic.mtu()
    nic.set_mtu(mtu)
    try:
        yield
    finally:
        nic.set_mtu(before)


def test_a_program_that_names_no_mtu_leaves_the_netdevs_alone(nic):
    with mtu_of(nic, 1400):
        pmd = nic.testpmd(QUIET)
        assert nic.mtu() == 1400
        assert "the netdev's MTU is 1400, the application's 1500" in pmd.text
        for mtu in (1500, 1300):
            for line in ("port stop 0", f"port config mtu 0 {mtu}", "port start 0"):
                assert "fail" not in pmd.command(line).lower()
            assert nic.mtu() == 1400
        assert pmd.quit() == 0


def test_the_port_says_which_queues_it_has(nic):
    pmd = nic.testpmd(qpairs=2)
    assert f"the port has queues {nic.first} to {nic.first + 1}; `ethtool -" in pmd.text
    assert pmd.quit() == 0


def test_a_larger_mtu_is_asked_for_once_and_never_taken_back(nic):
    with mtu_of(nic, 1500):
        pmd = nic.testpmd(QUIET, "--max-pkt-len=4018")
        assert nic.mtu() == 4000
        for line in ("port stop 0", "port config mtu 0 2000", "port start 0"):
            pmd.command(line)
        assert nic.mtu() == 4000
        assert "MTU: 2000" in pmd.command("show port info 0")
        pmd.command("port stop 0")
        nic.set_mtu(1500)
        pmd.command("port start 0")
        assert nic.mtu() == 2000, "a wish of its own, asked for once"
        pmd.command("port stop 0")
        nic.set_mtu(1500)
        pmd.command("port start 0")
        assert nic.mtu() == 1500
        assert pmd.quit() == 0


def test_starting_resets_nobody_else_on_the_netdev(nic):
    """Nor does a wish for larger frames."""
    pmd = forwarding(nic)
    pmd.command("start")
    other = nic.testpmd("--max-pkt-len=4018", devices=["--vdev=rte_bifurc,iface=eth0", "--file-prefix=other"])
    assert nic.mtu() == 1500
    assert "the netdev's MTU is 1500, the application's 4000" in other.text
    assert len(nic.to_queue(0).send_and_collect(100)) == 100
    assert "reset event" not in pmd.text
    assert other.quit() == 0
    assert pmd.quit() == 0


def test_a_long_alternative_name_will_do(nic):
    nic.ip("link", "property", "add", "dev", "eth0", "altname", LONG)
    try:
        pmd = forwarding(nic, devices=[f"--vdev=rte_bifurc,iface={LONG}"])
        pmd.command("start")
        assert len(nic.to_queue(0).send_and_collect(100)) == 100
        assert pmd.quit() == 0
    finally:
        nic.ip("link", "property", "del", "dev", "eth0", "altname", LONG)


@contextlib.contextmanager
def renamed(nic):
    """The netdev is eth9, and a stranger is called eth0."""
    nic.make_stranger("stranger0", mtu=1400)
    try:
        for words in ("set eth0 down", "set eth0 name eth9", "set eth9 up", "set stranger0 down", "set stranger0 name eth0"):
            nic.ip("link", *words.split())
        try:
            yield
        finally:
            for words in ("set eth0 name stranger0", "set eth9 down", "set eth9 name eth0", "set eth0 up"):
                nic.ip("link", *words.split())
    finally:
        nic.ip("link", "del", "stranger0")


def test_what_concerns_the_netdev_follows_it_when_it_is_renamed(nic):
    with mtu_of(nic, 1500):
        pmd = nic.testpmd(QUIET)
        with renamed(nic):
            for line in ("port stop 0", "port config mtu 0 4000", "port start 0"):
                assert "fail" not in pmd.command(line).lower(), pmd.text
            assert nic.mtu("eth9") == 4000
            assert nic.mtu("eth0") == 1400
            assert "Flow control infos for port 0" in pmd.command("show port 0 flow_ctrl")
        assert pmd.quit() == 0
