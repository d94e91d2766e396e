# SPDX-License-Identifier: BSD-3-Clause
"""Adds up JUnit files: count_tests.py RUNNER_STATUS FILE... -> "P passed, F failed, S skipped".

A runner that failed without a failed case (a crash, a deadline) counts as one failure; so does a suite that ran nothing
or skipped everything.
"""

import sys
import xml.etree.ElementTree as ElementTree


def outcome(case):
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    if case.find("skipped") is not None or case.get("status") == "notrun" or case.get("result") == "skipped":
        return "skipped"
    return "passed"


def main(runner_status, files):
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for file in files:
        try:
            cases = list(ElementTree.parse(file).iter("testcase"))
        except (OSError, ElementTree.ParseError):
            continue  # the runner died before it could write: its status tells
        for case in cases:
            counts[outcome(case)] += 1
    if counts["failed"] == 0 and (runner_status != 0 or counts["passed"] == 0):
        counts["failed"] = 1
    print("{passed} passed, {failed} failed, {skipped} skipped".format(**counts))


main(int(sys.argv[1]), sys.argv[2:])
