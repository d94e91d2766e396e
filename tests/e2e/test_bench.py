# SPDX-License-Identifier: BSD-3-Clause
"""The benchmarks run, and their JSON has the shape that doc/performance.md promises. What they measure is not
judged."""
import json
import pathlib

import pytest

import benchmarks
import lab

NUMBERS = {"median", "quartiles", "least", "most", "rounds"}


def bench(path, *options):
    """The JSON of a run."""
    status, said = benchmarks.run(path, *options)
    assert status == 0, said
    return json.loads(pathlib.Path(path).read_text())


@pytest.mark.skipif(not lab.HUGEPAGES.exists(), reason="this kernel has no 2 MB hugepages")
def test_the_systems_frames_are_measured(tmp_path):
    found = bench(tmp_path / "system.json", "system", "--rounds", "1", "--seconds", "0.3", "--size", "64",
                  "--job", "rxonly", "--job", "txonly", "--only", "bifurc", "--only", "net_null")
    assert found["benchmark"] == "system"
    assert {"cpu", "cores", "kernel", "dpdk", "load"} == set(found["machine"])
    assert found["not_measured"] == []
    assert [contestant["name"] for contestant in found["contestants"]] == ["bifurc", "net_null"]
    assert {(row["contestant"], row["job"], row["size"], row["unit"]) for row in found["results"]} == {
        (name, job, 64, "Mpps") for name in ("bifurc", "net_null") for job in ("rxonly", "txonly")}
    for row in found["results"]:
        assert NUMBERS <= set(row)
        assert row["median"] > 0, "frames moved"


@pytest.mark.skipif(not lab.HUGEPAGES.exists(), reason="this kernel has no 2 MB hugepages")
def test_the_drivers_bursts_are_measured_beside_ixgbes(tmp_path):
    found = bench(tmp_path / "burst.json", "burst", "--passes", "2", "--rounds", "3", "--burst", "32", "--ring", "512",
                  "--pool", "hot", "--job", "io", "--only", "floor", "--only", "ixgbe vector SSE", "--only", "bifurc SSE")
    match, = found["matches"]
    assert (match["job"], match["burst"], match["ring"], match["pool"]) == ("io", 32, 512, "hot")
    scores = {score["name"]: score for score in match["scores"]}
    assert set(scores) == {"floor", "ixgbe vector SSE", "bifurc SSE"}
    for score in scores.values():
        assert score["least"] > 0 and score["instructions"] > 0


@pytest.mark.skipif(not lab.HUGEPAGES.exists(), reason="this kernel has no 2 MB hugepages")
def test_queues_ports_and_lending_are_measured(tmp_path):
    found = bench(tmp_path / "scale.json", "scale", "--queues", "1", "2", "--ports", "1", "2", "--rounds", "1",
                  "--seconds", "0.3", "--lendings", "3", "--pairs", "1")
    assert found["benchmark"] == "scale"
    assert {(row["ports"], row["queue_pairs"], row["job"]) for row in found["results"]} == {
        (ports, queues, job) for ports, queues in ((1, 1), (1, 2), (2, 1)) for job in ("rxonly", "txonly")}
    for row in found["results"]:
        assert NUMBERS <= set(row)
        assert row["median"] > 0, "frames moved"
    assert found["bytes_per_queue_pair"] > 2 * 512 * 16, "two rings of descriptors at least"
    lent, = found["lending"]
    assert (lent["pairs"], lent["rounds"], lent["tries_most"]) == (1, 3, 1), "borrowed at the first try after kill -9"
    for step in ("open", "split", "map", "dma_map", "give_back", "close", "killed"):
        taken = lent["steps"][step]
        assert 0 < taken["p50"] <= taken["p99"] <= taken["most"]
