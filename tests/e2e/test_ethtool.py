# SPDX-License-Identifier: BSD-3-Clause
"""The distribution's own ethtool, ifconfig, ip and tcpdump on a simulated NIC."""
import contextlib
import pathlib
import re
import subprocess
import sys

import pytest

import lab

BORROW = pathlib.Path(__file__).with_name("borrow.py")


class Shell:
    """Runs command lines in the NIC's namespace, under the shim or without."""

    def __init__(self, nic):
        self.nic = nic
        self.shimmed = {"BIFURC_SIM_SOCKET": str(nic.sim_socket), "LD_PRELOAD": str(lab.SHIM)}

    def argv(self, line, shim):
        # The variables are set behind ip(8), so that only the program in question runs under the shim.
        settings = [f"{name}={value}" for name, value in self.shimmed.items()] if shim else []
        return ["ip", "netns", "exec", self.nic.netns, "env", *settings, *line.split()]

    def run(self, line, shim=True):
        return subprocess.run(self.argv(line, shim), capture_output=True, text=True, timeout=lab.DEADLINE, check=False)

    def ok(self, line):
        done = self.run(line)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"
        return done.stdout

    def refused(self, line):
        """ethtool 6.1 exits with 0 where it could not add a rule; that it complains is what counts."""
        done = self.run(line)
        assert done.stderr, f"{line}: {done.stdout}"
        return done.stderr

    def flags(self):
        return int(self.nic.read("flags"), 0)

    @contextlib.contextmanager
    def borrowed(self, pairs=1):
        with subprocess.Popen(self.argv(f"{sys.executable} {BORROW} eth0 {pairs}", True), stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True) as program:
            try:
                yield int(program.stdout.readline())
            finally:
                program.stdin.close()
                program.wait(lab.DEADLINE)


@pytest.fixture
def shell():
    nic = lab.Nic(queues=32)
    try:
        yield Shell(nic)
    finally:
        nic.close()


def rule_ids(listing):
    return [int(number) for number in re.findall(r"^Filter: (\d+)$", listing, re.MULTILINE)]


def test_the_steps_that_users_know(shell):
    shell.ok("ifconfig eth0 promisc")
    assert shell.flags() & lab.IFF_PROMISC
    shell.ok("ethtool -K eth0 ntuple on")
    added = shell.ok("ethtool -N eth0 flow-type udp4 src-ip 0.0.0.0 action 0")
    assert added == "Added rule with ID 2045\n"
    shell.ok("ethtool -N eth0 delete 2045")
    with shell.borrowed() as first:
        assert first == 32
        added = shell.ok("ethtool -N eth0 flow-type udp4 src-ip 1.1.1.1 action 32")
        assert added == "Added rule with ID 2045\n"
        listing = shell.ok("ethtool -n eth0")
        assert rule_ids(listing) == [2045]
        assert "Rule Type: UDP over IPv4" in listing
        assert "Src IP addr: 1.1.1.1 mask: 0.0.0.0" in listing
        assert "Action: Direct to queue 32" in listing
    lab.wait_until(lambda: rule_ids(shell.ok("ethtool -n eth0")) == [], "the rule ends with the split")


def test_rules_are_added_listed_and_deleted(shell):
    shell.ok("ethtool -K eth0 ntuple on")
    for flow, number in [("tcp4", 10), ("udp4", 11), ("sctp4", 12)]:
        shell.ok(f"ethtool -N eth0 flow-type {flow} dst-ip 10.0.0.0 m 0.0.0.255 dst-port 5001 action 3 loc {number}")
    shell.ok("ethtool -N eth0 flow-type ether proto 0x88f7 action 4 loc 13")
    shell.ok("ethtool -N eth0 flow-type udp4 dst-ip 10.0.1.0 m 0.0.0.255 dst-port 9 action -1 loc 14")
    listing = shell.ok("ethtool -n eth0")
    assert listing.startswith("32 RX rings available\nTotal 5 rules\n")
    assert rule_ids(listing) == [10, 11, 12, 13, 14]
    assert "Action: Drop" in listing
    assert "Dest IP addr: 10.0.0.0 mask: 0.0.0.255" in shell.ok("ethtool -n eth0 rule 11")
    shell.ok("ethtool -N eth0 delete 11")
    assert "Invalid argument" in shell.refused("ethtool -N eth0 delete 11")
    assert rule_ids(shell.ok("ethtool -n eth0")) == [10, 12, 13, 14]
    shell.ok("ethtool -K eth0 ntuple off")
    assert rule_ids(shell.ok("ethtool -n eth0")) == []


@pytest.mark.parametrize("rule, why", [
    ("flow-type udp4 src-ip 1.1.1.1 action 32", "a queue that is nobody's"),
    ("flow-type udp4 src-ip 1.1.1.1 action 64", "a queue that the NIC has not"),
    ("flow-type udp4 src-ip 1.1.1.1 action 0 loc 2046", "a location behind the last"),
    ("flow-type ether dst 02:00:00:00:00:01 action 0", "an address, which the NIC cannot match"),
    ("flow-type ah4 src-ip 1.1.1.1 action 0", "a flow type of other NICs"),
])
def test_a_rule_that_cannot_be_is_refused(shell, rule, why):
    shell.ok("ethtool -K eth0 ntuple on")
    assert "Invalid argument" in shell.refused(f"ethtool -N eth0 {rule}"), why
    assert rule_ids(shell.ok("ethtool -n eth0")) == []


def test_rules_need_the_feature(shell):
    assert "ntuple-filters: off\n" in shell.ok("ethtool -k eth0")
    assert "Operation not supported" in shell.refused("ethtool -N eth0 flow-type udp4 src-ip 1.1.1.1 action 0")
    shell.ok("ethtool -K eth0 ntuple on")
    assert "ntuple-filters: on\n" in shell.ok("ethtool -k eth0")


def test_what_the_port_is(shell):
    about = shell.ok("ethtool -i eth0")
    assert about.startswith("driver: ixgbe\n")
    # No PCI bus is simulated, so there is no address on it, here as in the ABI's INFO.
    for line in ["version: bifurc-sim\n", "firmware-version: simulated 82599\n", "bus-info: \n",
                 "supports-statistics: yes\n", "supports-test: no\n", "supports-register-dump: yes\n"]:
        assert line in about
    settings = shell.ok("ethtool eth0")
    for line in ["Speed: 10000Mb/s", "Duplex: Full", "Port: FIBRE", "Link detected: yes"]:
        assert line in settings
    address = shell.nic.read("address")
    assert shell.ok("ethtool -P eth0") == f"Permanent address: {address}\n"


def test_channels_and_rings(shell):
    assert re.findall(r"Combined:\t(\d+)", shell.ok("ethtool -l eth0")) == ["64", "32"]
    shell.ok("ethtool -L eth0 combined 16")
    assert re.findall(r"Combined:\t(\d+)", shell.ok("ethtool -l eth0")) == ["64", "16"]
    assert "16 RX ring(s)" in shell.ok("ethtool -x eth0")
    with shell.borrowed() as first:
        assert first == 16, "what the kernel gave up can be borrowed"
    shell.refused("ethtool -L eth0 combined 65")
    shell.refused("ethtool -L eth0 combined 0")
    shell.ok("ethtool -G eth0 rx 1024 tx 256")
    assert re.findall(r"\n[RT]X:\t\t(\d+)", shell.ok("ethtool -g eth0")) == ["4096", "4096", "1024", "256"]
    shell.refused("ethtool -G eth0 rx 8192")


def test_channels_that_are_borrowed_stay_so(shell):
    with shell.borrowed():
        assert "busy" in shell.refused("ethtool -L eth0 combined 40").lower()
    lab.wait_until(lambda: shell.run("ethtool -L eth0 combined 40").returncode == 0, "the pair is free again")


def test_rss_is_over_the_kernels_queues(shell):
    shown = shell.ok("ethtool -x eth0")
    assert shown.startswith("RX flow hash indirection table for eth0 with 32 RX ring(s):\n")
    queues = lab.rss_table(shown)
    assert len(queues) == 128 and set(queues) == set(range(16)), "an entry of the 82599's RETA has 4 bits"
    assert re.search(r"^([0-9a-f]{2}:){39}[0-9a-f]{2}$", shown, re.MULTILINE)
    assert "toeplitz: on" in shown
    assert "IP SA\nIP DA\nL4 bytes 0 & 1" in shell.ok("ethtool -n eth0 rx-flow-hash tcp4")


def test_the_rss_table_may_name_lent_queues_until_they_are_given_back(shell):
    def table():
        return set(lab.rss_table(shell.ok("ethtool -x eth0")))

    shell.ok("ethtool -L eth0 combined 4")
    shell.refused("ethtool -X eth0 weight 1 1 1 1 1")
    with shell.borrowed() as first:
        assert first == 4
        shell.ok("ethtool -X eth0 weight 1 1 0 0 2")
        assert table() == {0, 1, 4}
        shell.refused("ethtool -X eth0 weight 1 1 0 0 0 2")
    lab.wait_until(lambda: 4 not in table(), "nothing is led to a queue that was given back")
    shell.ok("ethtool -X eth0 equal 2")
    assert table() == {0, 1}
    shell.ok("ethtool -X eth0 default")
    assert table() == {0, 1, 2, 3}


def test_statistics_count_frames(shell):
    def stats():
        listing = shell.ok("ethtool -S eth0")
        return {name: int(value) for name, value in re.findall(r"^     (\S+): (\d+)$", listing, re.MULTILINE)}

    before = stats()["rx_pkts_nic"]
    shell.nic.peer.send(10)
    lab.wait_until(lambda: stats()["rx_pkts_nic"] >= before + 10, "the frames are counted")


def test_statistics_of_the_queues_add_up(shell):
    shell.ok("ethtool -K eth0 ntuple on")

    def consistent():
        stats = shell.nic.statistics()
        for what in ("packets", "bytes"):
            by_queue = [sum(stats[f"{way}_queue_{queue}_{what}"] for queue in range(64)) for way in ("rx", "tx")]
            assert by_queue == [stats[f"{way}_{what}"] + stats[f"{way}_split_{what}"] for way in ("rx", "tx")]
        return stats

    shell.nic.peer.send(50)
    lab.wait_until(lambda: consistent()["rx_packets"] >= 50, "the kernel's frames are counted")
    with shell.borrowed() as first:
        shell.ok(f"ethtool -N eth0 flow-type udp4 dst-port 4000 action {first}")
        shell.nic.peer.send(20)  # to a queue that was never enabled: dropped, and by no queue's count
        lab.wait_until(lambda: consistent()["rx_pkts_nic"] >= 70, "all frames are counted")
    shell.ok("ethtool -L eth0 combined 4")
    shell.nic.peer.send(30)
    lab.wait_until(lambda: consistent()["rx_packets"] >= 80, "counters outlive a reset")


def test_restart_resets_the_port(shell):
    shell.ok("ethtool -r eth0")
    assert "Link detected: yes" in shell.ok("ethtool eth0")


def test_tcpdump_sees_what_the_peer_sends(shell):
    argv = shell.argv("tcpdump -i eth0 -c 1 -n -U --immediate-mode udp and dst port 4321", True)
    with subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as tcpdump:
        try:
            while "listening on" not in (line := tcpdump.stderr.readline()):
                assert line, "tcpdump ended"
            shell.nic.peer.send(1, port=4321)
            shown, _ = tcpdump.communicate(timeout=lab.DEADLINE)
        finally:
            tcpdump.kill()
    assert "4321: UDP" in shown
    assert "promisc" not in shell.ok("ip -d link show eth0").split("\n", 1)[0].lower()


OTHERS = [f"ethtool {option} {netdev}".replace("  ", " ") for netdev in ("lo", "peer", "nonesuch0")
          for option in ("", "-i", "-k", "-l", "-g", "-x", "-n", "-a", "-c", "-I -a", "-P", "--json -k")]


def test_other_netdevs_notice_nothing(shell):
    for line in [*OTHERS, "ifconfig lo", "ip -d link show lo", "ethtool -K peer rx off", "ethtool -k peer"]:
        plain, shimmed = shell.run(line, shim=False), shell.run(line)
        said = [(done.returncode, done.stdout, done.stderr) for done in (plain, shimmed)]
        assert said[0] == said[1], line


@contextlib.contextmanager
def namespace_with_an_eth0_of_its_own(nic):
    netns = f"{nic.netns}-b"
    subprocess.run(["ip", "netns", "add", netns], check=True)
    try:
        subprocess.run(["ip", "-n", netns, "link", "add", "eth0", "type", "veth", "peer", "name", "other"], check=True)
        yield netns
    finally:
        subprocess.run(["ip", "netns", "del", netns], check=True)


def test_another_network_namespaces_eth0_is_its_own(shell):
    with namespace_with_an_eth0_of_its_own(shell.nic) as netns:
        there = [*shell.argv("", True)]
        there[there.index(shell.nic.netns)] = netns

        def run(*argv):
            return subprocess.run([*there, *argv], capture_output=True, text=True, timeout=lab.DEADLINE, check=False)

        assert run("ethtool", "-i", "eth0").stdout.startswith("driver: veth\n")
        borrower = run(sys.executable, BORROW, "eth0", "1")
        assert borrower.returncode != 0 and borrower.stderr.startswith("attach: ")


def test_without_a_simulator_the_shim_does_nothing(shell):
    shell.shimmed["BIFURC_SIM_SOCKET"] = "/nonexistent/socket"
    for line in ["ethtool -i eth0", "ethtool -k eth0", "ethtool lo"]:
        assert shell.run(line).stdout == shell.run(line, shim=False).stdout
    assert "driver: tun" in shell.ok("ethtool -i eth0")
    del shell.shimmed["BIFURC_SIM_SOCKET"]
    assert "driver: tun" in shell.ok("ethtool -i eth0")


def test_a_dead_simulator_fails_no_other_program(shell):
    shell.nic.kill_simulator()
    assert shell.ok("ethtool -k lo") == shell.run("ethtool -k lo", shim=False).stdout
