# SPDX-License-Identifier: BSD-3-Clause
"""Memory that comes and goes under a running port: what is in use stays where the NIC has it."""
import os

import pytest

import lab

CHURN = lab.BUILD / "tests/e2e/churn"
ROUNDS, MANY = 5, int(os.environ.get("BIFURC_CHURN", 5))
FRAMES = 600  # more than once around the rings


def start(nic, way, rounds, *options, under=()):
    nic.let_memory_grow()
    return nic.program(CHURN, way, str(rounds), str(FRAMES), devices=["--vdev=rte_bifurc,iface=eth0", *options], cores="0",
                       under=under)


def answers(nic, program, times):
    """So often it wants frames, and all of them come back. Stops in between each."""
    for number in range(times):
        program.wait_for("frames\n")
        if number == 0:
            nic.lead_to_queues(1)
        yield number
        assert len(nic.to_queue(0).send_and_collect(FRAMES)) == FRAMES, f"at number {number}"


def churn(nic, way, rounds, times, *options):
    """A program goes through its rounds."""
    program = start(nic, way, rounds, *options)
    for _ in answers(nic, program, times):
        pass
    program.wait_for("done\n")
    assert program.process.wait(lab.DEADLINE) == 0


@pytest.mark.parametrize("rounds, options", [(MANY, "--iova-mode=va"), (ROUNDS, "--iova-mode=pa"), (ROUNDS, "--match-allocations")])
def test_a_pool_is_freed_under_the_port_that_has_another(shared_nic, rounds, options):
    churn(shared_nic, "pools", rounds, rounds + 1, options)


def test_most_of_the_memory_that_holds_the_rings_is_freed(shared_nic):
    churn(shared_nic, "rest", 1, 3)


def test_a_frame_may_lie_across_the_border_of_two_pages(shared_nic):
    shared_nic.needs("pages that follow each other")
    churn(shared_nic, "border", 1, 1, "--iova-mode=va")


def test_an_external_heap_comes_and_goes(shared_nic):
    churn(shared_nic, "heap", ROUNDS, 2 * ROUNDS)
