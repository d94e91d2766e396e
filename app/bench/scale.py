# SPDX-License-Identifier: BSD-3-Clause
"""Does a frame's cost stay flat with more queues and ports, what memory does a queue take, how long does lending take?

Runs in the sandbox of ./run bench scale."""
import argparse
import re
import subprocess
import sys

import contestants
import figures
from contestants import lab

SIZE = 64
JOBS = ["rxonly", "txonly"]
DESCRIPTORS, MBUFS = 512, 32768  # per queue; of all queues together
STEPS = ["open", "split", "map", "dma_map", "give_back", "close", "killed"]


def options():
    parser = argparse.ArgumentParser(prog="./run bench scale", description=__doc__.splitlines()[0])
    parser.add_argument("--queues", type=int, nargs="+", default=[1, 2, 4, 8, 16], help="queue pairs (%(default)s)")
    parser.add_argument("--ports", type=int, nargs="+", default=[1, 2, 4, 8], help="ports (%(default)s)")
    parser.add_argument("--pairs", type=int, nargs="+", default=[1, 16], help="queue pairs that are lent (%(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="of each rate (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement (%(default)s)")
    parser.add_argument("--lendings", type=int, default=1000, help="rounds of borrowing, and of kill -9 (%(default)s)")
    parser.add_argument("--cores", default="0,1", help="the simulator's, the forwarding one (%(default)s)")
    parser.add_argument("--json", default=str(contestants.TOP / ".cache/bench-scale.json"), help="(%(default)s)")
    chosen = parser.parse_args()
    chosen.cores = [int(core) for core in chosen.cores.split(",")]
    return chosen


def measure(chosen, ports, queues, job):
    """Millions of frames a second, and the bytes of EAL's memory that are allocated."""
    wire = "sink" if job == "txonly" else f"gen:size={SIZE},flows={queues}"
    simulated = contestants.Simulated([wire] * ports, chosen.cores, queues, descriptors=DESCRIPTORS, mbufs=MBUFS)
    try:
        simulated.pmd.start(job, SIZE)
        rate = contestants.rate(simulated.pmd, job, chosen.seconds)
        simulated.pmd.stop()
        return rate, simulated.pmd.heap_bytes()
    finally:
        simulated.close()


def rates(chosen):
    """One row for each number of ports and queues; the numbers take turns, round by round."""
    shapes = [(1, queues) for queues in chosen.queues] + [(ports, 1) for ports in chosen.ports if ports != 1]
    found, heap = {}, {}
    for number in range(chosen.rounds):
        print(f"   round {number + 1} of {chosen.rounds}", flush=True)
        for ports, queues in shapes:
            for job in JOBS:
                rate, heap[ports, queues] = measure(chosen, ports, queues, job)
                found.setdefault((ports, queues, job), []).append(rate)
    return [{"ports": ports, "queue_pairs": queues, "job": job, "size": SIZE, "unit": "Mpps",
             "heap_bytes": heap[ports, queues], **figures.summary(values)}
            for (ports, queues, job), values in found.items()]


def per_queue_bytes(rows):
    """Memory of EAL's for each further queue pair: the slope between the fewest and the most."""
    heap = {row["queue_pairs"]: row["heap_bytes"] for row in rows if row["ports"] == 1}
    least, most = min(heap), max(heap)
    return (heap[most] - heap[least]) // (most - least) if most > least else None


def lendings(chosen, pairs):
    """Microseconds of each step, p50 and p99."""
    nic = lab.Nic(ports=["name=eth0,wire=sink"])
    try:
        program = lab.BUILD / "app/bench/bench-lending"
        argv = ["ip", "netns", "exec", nic.netns, program, "eth0", str(lab.FIRST), str(pairs), str(chosen.lendings)]
        said = subprocess.run(argv, env=nic._environment(), check=True, capture_output=True, text=True,
                              timeout=600).stdout
    finally:
        nic.close()
    taken = {}
    for name, number in re.findall(r"^(\w+) (\d+)$", said, re.M):
        taken.setdefault(name, []).append(int(number))
    return {"pairs": pairs, "rounds": chosen.lendings, "unit": "us", "tries_most": max(taken["tries"]),
            "steps": {step: {name: figures.percentile(taken[step], percent) / 1000
                             for name, percent in (("p50", 50), ("p99", 99), ("most", 100))} for step in STEPS}}


def report(rows, per_queue, lent):
    print(f"{SIZE}-byte frames, one core for testpmd and one for the simulator: median (least-most), ns a frame")
    table = [[f"{row['ports']} ports, {row['queue_pairs']} queue pairs each, {row['job']}",
              figures.median_and_range(row), f"{1000 / row['median']:.0f}"]
             for row in rows]
    figures.print_table(["", "Mpps", "ns"], table)
    if per_queue is not None:
        print(f"EAL memory per queue pair with {DESCRIPTORS} + {DESCRIPTORS} descriptors: {per_queue} bytes\n")
    for result in lent:
        print(f"Lending {result['pairs']} pairs, us, {result['rounds']} rounds")
        figures.print_table(["", "p50", "p99", "most"],
                            [[step, *[f"{value:.0f}" for value in result["steps"][step].values()]] for step in STEPS])
    print("killed: from kill -9 of one borrower until the next has the same pairs, the end of its process included")


def main():
    chosen = options()
    about = contestants.begin()
    rows = rates(chosen)
    per_queue = per_queue_bytes(rows)
    lent = [lendings(chosen, pairs) for pairs in chosen.pairs]
    print()
    report(rows, per_queue, lent)
    figures.write_json(chosen.json, {
        "benchmark": "scale", "machine": about,
        "settings": {"rounds": chosen.rounds, "seconds": chosen.seconds, "descriptors": DESCRIPTORS, "mbufs": MBUFS,
                     "cores": chosen.cores},
        "results": rows, "bytes_per_queue_pair": per_queue, "lending": lent})
    return 0


if __name__ == "__main__":
    sys.exit(main())
