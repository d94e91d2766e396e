# SPDX-License-Identifier: BSD-3-Clause
"""Numbers of several rounds, and the machine that they are from."""
import json
import os
import pathlib
import platform
import statistics
import subprocess


def summary(values):
    """Median, quartiles and range of some rounds."""
    ordered = sorted(values)
    low, _, high = statistics.quantiles(ordered, n=4, method="inclusive") if len(ordered) > 1 else ordered * 3
    return {"median": statistics.median(ordered), "quartiles": [low, high], "least": ordered[0], "most": ordered[-1],
            "rounds": list(values)}


def median_and_range(found):
    """A summary as a cell of a table."""
    return f"{found['median']:.2f} ({found['least']:.2f}-{found['most']:.2f})"


def percentile(values, percent):
    """The least value that so many percent do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]


def _output(*argv):
    return subprocess.run(argv, capture_output=True, text=True, check=False).stdout.strip()


def _processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


NICENESS = -5  # any more, and the kernel's own threads starve: what testpmd prints then takes half a minute to arrive


def go_first():
    """What else runs on this machine disturbs less. Where sessions share the processors (autogroups) the session
    counts, so this becomes one of its own."""
    os.setsid()
    os.setpriority(os.PRIO_PROCESS, 0, NICENESS)
    autogroup = pathlib.Path("/proc/self/autogroup")
    if autogroup.exists():
        autogroup.write_text(str(NICENESS))


def machine():
    return {"cpu": _processor(), "cores": os.cpu_count(), "kernel": platform.release(),
            "dpdk": _output("dpkg-query", "-W", "-f", "${Version}", "dpdk"), "load": round(os.getloadavg()[0], 1)}


def machine_line(about):
    return (f"{about['cpu']}, {about['cores']} cores, Linux {about['kernel']}, DPDK {about['dpdk']}, "
            f"load {about['load']} at the start")


def print_table(head, rows):
    """Columns as wide as their widest cell; the first to the left, numbers to the right."""
    widths = [max(len(str(row[i])) for row in [head, *rows]) for i in range(len(head))]
    for row in [head, *rows]:
        cells = [f"{cell:>{width}}" for cell, width in zip(row[1:], widths[1:])]
        print("  ".join([f"{row[0]:<{widths[0]}}", *cells]).rstrip())
    print(flush=True)


def write_json(path, results):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(results, indent=2) + "\n")
