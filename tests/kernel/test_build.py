# SPDX-License-Identifier: BSD-3-Clause
"""What kernel developers ask of code first: no warning of theirs. And every kernel that the archives have is tried."""
import re

import pytest
from conftest import SERIES, TOP, modules, run


@pytest.mark.parametrize("series", SERIES)
def test_our_files_are_clean_for_compiler_sparse_and_checkpatch(series):
    built = modules(series, "--check")
    assert {path.name for path in built} == {"bifurc.ko", "igb.ko", "ixgbe.ko"}


def test_a_kernel_that_the_archives_offer_builds_or_is_refused_with_a_reason():
    table = run(TOP / "kernel/build", "matrix").stdout
    print(table)
    rows = [line.strip("| ").split(" | ") for line in table.splitlines()[2:]]
    assert rows
    for series, _, _, known, result in rows:
        assert known == ("yes" if series in SERIES else "no")
        assert result == "builds" or known == "no" and re.match("refused: .+", result)
