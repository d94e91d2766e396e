# SPDX-License-Identifier: BSD-3-Clause
"""Queues come back however their borrower ends, and the next one has them at its first try."""
import os
import random
import select
import signal
import subprocess

import lab
from lab import FIRST

ROUNDS = 200
BORROWER = lab.BUILD / "tests/e2e/borrower"


def borrow(nic, memory):
    return subprocess.Popen(["ip", "netns", "exec", nic.netns, BORROWER, "eth0", str(FIRST), memory],
                            env=nic._environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def says_sending(borrower):
    ready = select.select([borrower.stdout], [], [], lab.DEADLINE)[0]
    return bool(ready) and borrower.stdout.readline() == b"sending\n"


def end(borrower):
    borrower.send_signal(signal.SIGKILL)
    complaint = borrower.communicate()[1].decode()
    assert complaint == "", "a borrower was refused"
    assert borrower.returncode == -signal.SIGKILL


def test_200_rounds_of_split_traffic_and_kill_at_a_random_moment(nic):
    seed = int(os.environ.get("BIFURC_SEED", "1"))
    moments = random.Random(seed)
    for number in range(ROUNDS):
        borrower = borrow(nic, "shared" if number % 2 == 0 else "private")
        if number % 4 == 0:  # before it has come to sending: attaching, splitting, mapping
            select.select([borrower.stdout], [], [], moments.uniform(0, 0.02))
        else:
            assert says_sending(borrower), f"round {number} of seed {seed}: {borrower.communicate()}"
            select.select([borrower.stderr], [], [], moments.uniform(0, 0.005))
        end(borrower)
    statistics = nic.statistics()
    assert statistics["tx_split_packets"] >= ROUNDS * 3 // 4
    # The simulator cannot pin private memory: Linux takes it from a killed process just before it closes its socket.
    assert statistics["tx_dma_fault"] <= ROUNDS // 2


def test_testpmd_killed_in_each_state_and_started_again(nic):
    for state in ("started", "receiving", "stopped"):
        pmd = nic.testpmd()
        assert "Added rule" in nic.ethtool("-N", "eth0", "flow-type", "udp4", "dst-port", "4000", "action", str(FIRST))
        if state != "started":
            pmd.command("set fwd rxonly")
            pmd.command("start")
            nic.peer.send(100)
            pmd.wait_for_xstat("rx_good_packets", 100)
        if state == "stopped":
            pmd.command("stop")
        pmd.process.send_signal(signal.SIGKILL)
        pmd.process.wait()
        assert "Filter:" not in nic.ethtool("-n", "eth0"), "the rule died with the queue"
