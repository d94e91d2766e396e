# SPDX-License-Identifier: BSD-3-Clause
"""./run bench vm, which has guests of its own."""
import json
import sys

import pytest
from conftest import TOP, packages

sys.path.insert(0, str(TOP / "tests/e2e"))
import benchmarks  # noqa: E402


def test_the_benchmark_measures_three_drivers_on_one_nic(tmp_path):
    """What it measures is not judged."""
    result = tmp_path / "vm.json"
    status, said = benchmarks.run(result, "vm", "--rounds", "1", "--seconds", "0.2", "--size", "64", "--job", "rxonly")
    if status == packages.Unavailable.status:
        pytest.skip(said.strip().splitlines()[-1])
    assert status == 0, said
    found = json.loads(result.read_text())
    assert found["benchmark"] == "vm" and found["not_measured"] == []
    assert {(row["contestant"], row["job"], row["size"], row["unit"]) for row in found["results"]} == {
        (name, "rxonly", 64, "Mpps") for name in ("bifurc", "net_af_packet", "net_af_xdp")}
    for row in found["results"]:
        assert row["median"] > 0, "frames moved"
