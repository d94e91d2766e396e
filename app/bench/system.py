# SPDX-License-Identifier: BSD-3-Clause
"""Frames a second that the distribution's dpdk-testpmd moves on one core, by driver, the contestants taking turns.

Runs in the sandbox of ./run bench system. Exit status 0 if every contestant that could take part was measured."""
import argparse
import subprocess
import sys

import contestants
import figures

SIZES = [64, 256, 1518]


def options():
    parser = argparse.ArgumentParser(prog="./run bench system", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant (%(default)s)")
    parser.add_argument("--seconds", type=float, default=0.5, help="of each measurement (%(default)s)")
    parser.add_argument("--size", type=int, action="append", help=f"frame with FCS; may be repeated {SIZES}")
    parser.add_argument("--job", action="append", choices=contestants.JOBS, help="may be repeated (all)")
    parser.add_argument("--only", action="append", metavar="NAME",
                        help="contestants, by the beginnings of their names; may be repeated (all)")
    parser.add_argument("--cores", default="0,1", help="the generator's, the forwarding one (%(default)s)")
    parser.add_argument("--json", default=str(contestants.TOP / ".cache/bench-system.json"), help="(%(default)s)")
    chosen = parser.parse_args()
    chosen.size = chosen.size or SIZES
    chosen.job = chosen.job or contestants.JOBS
    chosen.cores = [int(core) for core in chosen.cores.split(",")]
    return chosen


def enter(chosen):
    """Those asked for: the contestants that take part, and why others cannot."""
    taking_part, absent = [], {}
    for kind in contestants.ALL:
        if chosen.only and not any(kind.name.startswith(name) for name in chosen.only):
            continue
        contestant = kind(chosen.cores)
        if reason := contestant.missing():
            absent[kind.name] = reason
        else:
            taking_part.append(contestant)
    return taking_part, absent


def measure(contestant, job, size, seconds):
    """Millions of frames a second."""
    contestant.open(job, size)
    contestant.start(job, size)
    rate = contestants.rate(contestant.pmd, job, seconds)
    contestant.stop()
    return rate


def turn(contestant, chosen, rates):
    """All that a contestant can do, once."""
    # Some are made anew for each size, and ours is plugged into another wire for txonly.
    cells = [(size, job) for size in chosen.size for job in chosen.job if job in contestant.jobs]
    try:
        for size, job in sorted(cells, key=lambda cell: cell[1] == "txonly"):
            rate = measure(contestant, job, size, chosen.seconds)
            rates.setdefault((contestant.name, job, size), []).append(rate)
    finally:
        contestant.close()


def compete(chosen, taking_part, absent):
    """The rates of all rounds. Each round begins with another contestant. Who fails once is out."""
    rates = {}
    for number in range(chosen.rounds):
        first = number % max(1, len(taking_part))
        for contestant in taking_part[first:] + taking_part[:first]:
            if contestant.name in absent:
                continue
            print(f"   round {number + 1} of {chosen.rounds}: {contestant.name}", flush=True)
            try:
                turn(contestant, chosen, rates)
            except (EOFError, OSError, RuntimeError, TimeoutError, subprocess.SubprocessError) as error:
                absent[contestant.name] = f"failed: {str(error).strip().splitlines()[-1]}"
                rates = {key: values for key, values in rates.items() if key[0] != contestant.name}
    return rates


def cell(values):
    return figures.median_and_range(figures.summary(values)) if values else "-"


def report(chosen, taking_part, absent, rates):
    for job in chosen.job:
        rows = [[contestant.name, *[cell(rates.get((contestant.name, job, size))) for size in chosen.size]]
                for contestant in taking_part]
        print(f"{job}, Mpps: median (least-most) of {chosen.rounds} rounds")
        figures.print_table(["", *[f"{size} B" for size in chosen.size]], rows)
    print("What limits each:")
    for contestant in taking_part:
        print(f"  {contestant.name}: {contestant.legend}")
    for name, reason in absent.items():
        print(f"  {name}: not measured: {reason}")


def as_json(chosen, about, taking_part, absent, rates):
    return {"benchmark": "system", "machine": about,
            "settings": {"rounds": chosen.rounds, "seconds": chosen.seconds, "sizes": chosen.size, "jobs": chosen.job,
                         "cores": chosen.cores},
            "contestants": [{"name": contestant.name, "limit": contestant.legend} for contestant in taking_part],
            "not_measured": [{"name": name, "reason": reason} for name, reason in absent.items()],
            "results": [{"contestant": name, "job": job, "size": size, "unit": "Mpps", **figures.summary(values)}
                        for (name, job, size), values in rates.items()]}


def main():
    chosen = options()
    about = contestants.begin()
    # No frames of the kernel's own.
    subprocess.run(["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=False)
    taking_part, absent = enter(chosen)
    rates = compete(chosen, taking_part, absent)
    print()
    report(chosen, taking_part, absent, rates)
    figures.write_json(chosen.json, as_json(chosen, about, taking_part, absent, rates))
    return 0 if rates and not any(reason.startswith("failed") for reason in absent.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
