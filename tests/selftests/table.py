# SPDX-License-Identifier: BSD-3-Clause
"""table.py MODE=RESULTS...: what became of each case in each mode, the stock driver's first. Fails if a case that stock passes does
not pass in another mode, or if not all modes ran the same cases equally often."""
import collections
import json
import sys


def read(path):
    """(test, case) -> verdict of each round."""
    found = collections.defaultdict(list)
    with open(path) as file:
        for line in file:
            _, test, case, verdict, note = json.loads(line)
            found[test, case].append((verdict, note))
    return found


def told(verdicts):
    counts = collections.Counter(verdict for verdict, _ in verdicts)
    if len(counts) == 1:
        return f"{next(iter(counts))} {len(verdicts)}"
    return ", ".join(f"{verdict} {count}" for verdict, count in sorted(counts.items())) or "not run"


def passes(verdicts):
    return bool(verdicts) and all(verdict == "pass" for verdict, _ in verdicts)


def main():
    modes = {mode: read(path) for mode, path in (argument.split("=", 1) for argument in sys.argv[1:])}
    stock = next(iter(modes.values()))
    keys = list(dict.fromkeys(key for found in modes.values() for key in found))
    bad = []
    width = max((len(case) for _, case in keys), default=0)
    print(" " * width, *(f"{mode:>16}" for mode in modes), sep="  ")
    for key in keys:
        results = [found[key] for found in modes.values()]
        print(f"{key[1]:{width}}", *(f"{told(verdicts):>16}" for verdicts in results), sep="  ")
        bad += [f"{key[1]}: passes on stock, not on {mode}" for mode, found in modes.items()
                if passes(stock[key]) and not passes(found[key])]
        if len({len(verdicts) for verdicts in results}) != 1:
            bad.append(f"{key[1]}: not run equally often in all modes")
    for note in sorted({f"{case}: {note}" for found in modes.values() for (_, case), verdicts in found.items()
                        for verdict, note in verdicts if verdict == "skip"}):
        print(f"skipped: {note}")
    print(*(f"{mode}: {sum(map(len, found.values()))} cases run" for mode, found in modes.items()), sep="; ")
    for sentence in bad:
        print(sentence)
    sys.exit(1 if bad or not keys else 0)


if __name__ == "__main__":
    main()
