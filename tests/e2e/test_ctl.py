# SPDX-License-Identifier: BSD-3-Clause
"""bifurc-ctl on a simulated NIC, on a netdev that cannot split, and on none."""
import json
import subprocess

import pytest

import lab

CTL = lab.BUILD / "app/bifurc-ctl/bifurc-ctl"


@pytest.fixture(scope="module")
def nic():
    nic = lab.Nic()
    yield nic
    nic.close()


def ctl(nic, *argv, under=()):
    """Exit status and what was printed, errors apart."""
    done = subprocess.run(["ip", "netns", "exec", nic.netns, *under, CTL, *argv], env=nic._environment(), capture_output=True,
                          text=True, timeout=lab.DEADLINE)
    return done.returncode, done.stdout, done.stderr


def findings(nic, netdev, under=()):
    status, out, _ = ctl(nic, "doctor", netdev, "--json", under=under)
    report = json.loads(out)
    assert report["blocked"] == (status != 0)
    return report["blocked"], {finding["check"]: finding for finding in report["findings"]}


def test_list_tells_who_can_split(nic):
    status, out, _ = ctl(nic, "list", "--json")
    assert status == 0
    rows = {row["netdev"]: row for row in json.loads(out)}
    assert "lo" not in rows
    eth0 = rows["eth0"]
    assert (eth0["split"], eth0["chip"]) == ("yes", "82599")
    assert (eth0["pairs_total"], eth0["pairs_kernel"], eth0["pairs_free"]) == (64, 32, 32)
    assert (rows["wire"]["split"], rows["wire"]["driver"]) == ("no", "veth")
    status, out, _ = ctl(nic, "list")
    assert status == 0
    assert out.splitlines()[0].split() == ["NETDEV", "DRIVER", "SPLIT", "CHIP", "PAIRS", "KERNEL", "FREE"]
    assert ["64", "32", "32"] in [line.split()[4:] for line in out.splitlines() if line.startswith("eth0 ")]


def test_info_tells_the_protection_in_words(nic):
    status, out, _ = ctl(nic, "info", "eth0")
    assert status == 0
    assert "no mapped page shows a working register of anybody else's queue" in out
    assert "whoever drives raw rings of a NIC that the kernel also uses is as powerful as the kernel" in out
    assert "64: 0 to 31 are the kernel's, 32 are free" in out
    status, out, _ = ctl(nic, "info", "eth0", "--json")
    assert status == 0
    assert json.loads(out)["mac"] == nic.read("address")


def test_info_of_what_cannot_split_says_why(nic):
    for netdev, sentence in [("wire", "wire: its driver cannot split queue pairs;"),
                             ("eth9", "eth9: there is no such netdev in this network namespace;")]:
        status, out, err = ctl(nic, "info", netdev)
        assert (status, out) == (1, "")
        assert err.startswith(sentence)


def test_doctor_finds_nothing_that_blocks(nic):
    blocked, found = findings(nic, "eth0")
    assert not blocked
    for check in ["exists", "up", "driver", "capabilities", "lockdown", "pairs", "pages", "dma", "mtu"]:
        assert found[check]["level"] == "ok", found[check]


def test_doctor_blocks_on_what_cannot_split_or_is_not_there(nic):
    blocked, found = findings(nic, "wire")
    assert blocked and found["driver"]["level"] == "blocks"
    blocked, found = findings(nic, "eth9")
    assert blocked and found["exists"]["level"] == "blocks"


def test_who_may_not_drive_queues_may_still_ask(nic):
    under = lab.without("sys_rawio")
    assert ctl(nic, "info", "eth0", under=under)[0] == 0
    blocked, found = findings(nic, "eth0", under)
    assert blocked and found["driver"]["level"] == "ok"
    assert found["capabilities"]["finding"] == "this user lacks CAP_SYS_RAWIO"


def test_rights_of_a_user_namespace_of_its_own_do_not_count(nic):
    own = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*own, "true"], capture_output=True).returncode != 0:
        pytest.skip("user namespaces cannot be made here: this is a chroot, or they are switched off")
    blocked, found = findings(nic, "eth0", own)
    assert blocked and found["capabilities"]["level"] == "blocks"
    assert "user namespace" in found["capabilities"]["finding"]
    assert found["driver"]["level"] == "warning", "nor for asking"


def test_remedies_of_doctor_work(nic):
    nic.ip("link", "set", "eth0", "down")
    blocked, found = findings(nic, "eth0")
    assert blocked and found["up"]["level"] == "blocks"
    nic.run(*found["up"]["remedy"].split())
    nic.ethtool("-L", "eth0", "combined", "64")
    blocked, found = findings(nic, "eth0")
    assert blocked and found["pairs"]["level"] == "blocks"
    nic.ethtool(*found["pairs"]["remedy"].split()[1:])
    blocked, found = findings(nic, "eth0")
    assert not blocked
    assert found["pairs"]["finding"] == "32 of 64 queue pairs are free, the kernel uses 32"


def test_wrong_command_lines_are_refused(nic):
    for argv in [[], ["info"], ["doctor"], ["nonsense"], ["list", "--nonsense"]]:
        assert ctl(nic, *argv)[0] > 100, argv
