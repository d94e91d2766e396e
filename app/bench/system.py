# SPDX-License-Identifier: BSD-3-Clause
"""Frames a second that the distribution's dpdk-testpmd moves on one core, by driver, the contestants taking turns.

Runs in the sandbox of ./run bench system. Exit status 0 if every contestant that could take part was measured."""
import argparse
import subprocess
import sys

import contestants
import figures
import rounds

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


def main():
    chosen = options()
    about = contestants.begin()
    # No frames of the kernel's own.
    subprocess.run(["sysctl", "-qw", "net.ipv6.conf.default.disable_ipv6=1"], check=False)
    taking_part, absent = enter(chosen)
    rates = rounds.compete(chosen, taking_part, absent)
    legends = {contestant.name: contestant.legend for contestant in taking_part}
    print()
    rounds.report(chosen, legends, absent, rates)
    figures.write_json(chosen.json, rounds.as_json("system", chosen, about, legends, absent, rates))
    return 0 if rounds.whole(rates, absent) else 1


if __name__ == "__main__":
    sys.exit(main())
