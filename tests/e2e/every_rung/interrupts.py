# SPDX-License-Identifier: BSD-3-Clause
"""Programs that sleep while their queue is empty."""
import re

import lab

SLEEPER = lab.BUILD / "tests/e2e/sleeper"
ROUNDS = 20


def wake_it(nic, way):
    """A frame each time it sleeps; answers how often it was woken for nothing."""
    program = nic.program(SLEEPER, way, str(ROUNDS), devices=["--vdev=rte_bifurc,iface=eth0"], cores="0")
    program.wait_for("asleep")
    nic.lead_to_borrowed(nic.peer.BORROWED)
    for _ in range(ROUNDS):
        nic.peer.send(1)
        program.wait_for("got 1\n")
    told = program.wait_for(r"woken for nothing: \d+\n")
    assert program.process.wait(lab.DEADLINE) == 0
    return int(re.search(r"(\d+)\n", told).group(1))


def test_a_frame_wakes_the_program_that_sleeps_on_its_queue(nic):
    nic.needs("Rx interrupts")
    # The cause of a frame that was polled may still be pending when the queue is armed again.
    assert wake_it(nic, "interrupt") <= ROUNDS


def test_a_frame_changes_the_address_that_a_core_monitors(nic):
    assert wake_it(nic, "monitor") == 0
