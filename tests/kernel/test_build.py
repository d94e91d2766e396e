# SPDX-License-Identifier: BSD-3-Clause
"""What kernel developers ask of code first: no warning of theirs."""
import pytest
from conftest import SERIES, modules


@pytest.mark.parametrize("series", SERIES)
def test_our_files_are_clean_for_compiler_sparse_and_checkpatch(series):
    built = modules(series, "--check")
    assert {path.name for path in built} == {"bifurc.ko", "igb.ko", "ixgbe.ko"}
