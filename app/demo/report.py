# SPDX-License-Identifier: BSD-3-Clause
"""What the demo shows: progress while it runs, then tables, and every check by name."""

import sys
import time


class Report:
    def __init__(self):
        self._start = time.monotonic()
        self._live = sys.stdout.isatty()
        self._line_open = False
        self._flows = []
        self._checks = []

    def say(self, text):
        self._end_line()
        print(f"[{time.monotonic() - self._start:5.1f} s] {text}", flush=True)

    def progress(self, text):
        """Overwrites itself on a terminal; elsewhere only the last state counts, and say() tells that."""
        if self._live:
            print(f"\r\033[K          {text}", end="", flush=True)
            self._line_open = True

    def _end_line(self):
        if self._line_open:
            print("\r\033[K", end="")
            self._line_open = False

    def flow(self, name, sent, kernel, testpmd, dropped):
        """One row of the table; a frame that nobody can account for makes the row wrong."""
        lost = sent - kernel - testpmd - dropped
        self._flows.append((name, sent, kernel, testpmd, dropped, lost))
        self.check(f"{name}: {sent} = {kernel} kernel + {testpmd} testpmd + {dropped} counted drops", lost == 0)

    def check(self, sentence, holds):
        self._checks.append((sentence, bool(holds)))
        if not holds:
            self.say(f"NOT TRUE: {sentence}")

    def finish(self):
        self._end_line()
        row = "{:<38}{:>9}{:>11}{:>12}{:>16}{:>8}"
        print()
        print(row.format("flow", "frames", "to kernel", "to testpmd", "counted drops", "lost"))
        for flow in self._flows:
            print(row.format(*flow))
        print()
        for sentence, holds in self._checks:
            print(f"  {'ok ' if holds else 'NO '} {sentence}")
        wrong = sum(not holds for _, holds in self._checks)
        total = len(self._checks)
        print(f"\n{total - wrong} of {total} checks hold, in {time.monotonic() - self._start:.0f} s")
        return 1 if wrong or not total else 0
