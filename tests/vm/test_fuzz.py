# SPDX-License-Identifier: BSD-3-Clause
"""Random borrowers beside a careless administrator (tests/fuzz/verbs): whatever they do, all is as it was afterwards."""
import os
import pathlib

import pytest

import guest

FUZZER = guest.BUILD / "tests/fuzz/verbs/bifurc-fuzz-verbs"
SECONDS = os.environ.get("BIFURC_FUZZ_SECONDS", "12")  # ./run vm soak: more
SEED = os.environ.get("BIFURC_SEED", "1")
needs_faults = pytest.mark.skipif(not pathlib.Path("/proc/thread-self/fail-nth").exists(),
                                  reason="this kernel has no fault injection; the debug kernel has")


def fuzz(*options):
    guest.run(FUZZER, *options, deadline=int(SECONDS) + 30 * guest.DEADLINE)


def fuzz_with_faults(*options):
    """The fuzzer has judged the log. What it lets pass there (Linux's own warnings of /proc entries that could not be made) must
    not fail the guest."""
    fuzz(*options)
    guest.run("dmesg", "--clear")


def test_random_borrowers_leave_nothing_behind():
    fuzz("--seed", SEED, "--seconds", SECONDS)


@needs_faults
def test_random_borrowers_whose_allocations_fail_leave_nothing_behind():
    fuzz_with_faults("--seed", SEED, "--seconds", SECONDS, "--faults")


@needs_faults
def test_a_verb_that_fails_at_any_allocation_changes_nothing():
    fuzz_with_faults("--every-allocation")
