# SPDX-License-Identifier: BSD-3-Clause
"""Memory that comes and goes: the kernel pins and maps it, and no page stays pinned that EAL has freed."""
import guest
import lab
from every_rung import memory
from every_rung.memory import *  # noqa: F403
from test_lifetime import nothing_pinned, pinned

PAGE = 2 << 20
POOL = 6  # pages of one pool of churn's


def test_what_is_pinned_is_what_eal_has(nic):
    program = memory.start(nic, "pools", memory.ROUNDS)
    for number in memory.answers(nic, program, memory.ROUNDS + 1):
        # EAL's first page, the pool, what lies beside it, and the bytes around each border once more.
        guest.wait_until(lambda: 0 < pinned() * 4096 < (POOL + 4) * PAGE * 17 / 16, f"{pinned()} pages, round {number}")
    program.wait_for("done\n")
    assert program.process.wait(guest.DEADLINE) == 0
    nothing_pinned()


def test_a_pool_beyond_the_limit_of_pinned_memory_is_refused_with_the_reason(nic):
    """For the first there is room, for another beside it there is not."""
    limit = int((1.5 * POOL + 2) * PAGE)
    program = memory.start(nic, "pools", 1, under=["prlimit", f"--memlock={limit}", *lab.without("ipc_lock")])
    for _ in memory.answers(nic, program, 1):
        pass
    program.wait_for("failed: another pool\n")
    assert "ulimit -l" in program.text
    assert program.process.wait(guest.DEADLINE) != 0
    nothing_pinned()
