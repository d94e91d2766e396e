# SPDX-License-Identifier: BSD-3-Clause
"""Contestants that take turns at jobs, and the tables of what they reached: what `system` and `vm` have in common.

`chosen` has the rounds, the seconds of a measurement, and the lists `size` and `job`; `absent` tells by name why somebody
was not measured, `rates` has millions of frames a second by (name, job, size), one of each round."""
import subprocess

import contestants
import figures

FAILED = "failed"
FAILURES = (EOFError, OSError, RuntimeError, TimeoutError, subprocess.SubprocessError)


def measure(contestant, job, size, seconds):
    """Millions of frames a second."""
    contestant.open(job, size)
    contestant.start(job, size)
    rate = contestants.rate(contestant.pmd, job, seconds)
    contestant.stop()
    return rate


def turn(contestant, chosen):
    """All that a contestant can do, once: its rates by size and job."""
    # Some are made anew for each size, and ours is plugged into another wire for txonly.
    cells = [(size, job) for size in chosen.size for job in chosen.job if job in contestant.jobs]
    try:
        return {(size, job): measure(contestant, job, size, chosen.seconds)
                for size, job in sorted(cells, key=lambda cell: cell[1] == "txonly")}
    finally:
        contestant.close()


def turn_or_two(contestant, chosen):
    """A turn; a failed one is repeated with everything anew."""
    try:
        return turn(contestant, chosen)
    except FAILURES as error:
        print(f"   {contestant.name} failed and is tried again: {reason(error)}", flush=True)
    return turn(contestant, chosen)


def reason(error):
    """In one line: what happened, and what the program said last."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return " ... ".join(dict.fromkeys([lines[0], lines[-1]]))


def compete(chosen, taking_part, absent):
    """The rates of all rounds. Each round begins with another contestant. Who fails twice in a turn is out."""
    rates = {}
    for number in range(chosen.rounds):
        first = number % max(1, len(taking_part))
        for contestant in taking_part[first:] + taking_part[:first]:
            if contestant.name in absent:
                continue
            print(f"   round {number + 1} of {chosen.rounds}: {contestant.name}", flush=True)
            try:
                reached = turn_or_two(contestant, chosen)
            except FAILURES as error:
                absent[contestant.name] = f"{FAILED}: {reason(error)}"
                rates = {key: values for key, values in rates.items() if key[0] != contestant.name}
            else:
                for (size, job), rate in reached.items():
                    rates.setdefault((contestant.name, job, size), []).append(rate)
    return rates


def whole(rates, absent):
    """Did everybody who could take part come through?"""
    return bool(rates) and not any(why.startswith(FAILED) for why in absent.values())


def cell(values):
    return figures.median_and_range(figures.summary(values)) if values else "-"


def report(chosen, legends, absent, rates):
    """legends: what limits each contestant that took part, by its name."""
    for job in chosen.job:
        rows = [[name, *[cell(rates.get((name, job, size))) for size in chosen.size]] for name in legends]
        print(f"{job}, Mpps: median (least-most) of {chosen.rounds} rounds")
        figures.print_table(["", *[f"{size} B" for size in chosen.size]], rows)
    print("What limits each:")
    for name, legend in legends.items():
        print(f"  {name}: {legend}")
    for name, reason in absent.items():
        print(f"  {name}: not measured: {reason}")


def as_json(benchmark, chosen, about, legends, absent, rates):
    return {"benchmark": benchmark, "machine": about,
            "settings": {name: value for name, value in vars(chosen).items() if name != "json"},
            "contestants": [{"name": name, "limit": legend} for name, legend in legends.items()],
            "not_measured": [{"name": name, "reason": reason} for name, reason in absent.items()],
            "results": [{"contestant": name, "job": job, "size": size, "unit": "Mpps", **figures.summary(values)}
                        for (name, job, size), values in rates.items()]}
