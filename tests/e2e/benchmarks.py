# SPDX-License-Identifier: BSD-3-Clause
"""./run bench, as the tests of every benchmark start it."""
import os
import pathlib
import signal
import subprocess

RUN = pathlib.Path(__file__).resolve().parents[2] / "run"
DEADLINE = 600  # seconds: it builds first


def run(path, *options):
    """Writes JSON to the path; answers the exit status and what was said. In a session of its own, so that all of it can be ended."""
    with subprocess.Popen([RUN, "bench", *options, "--json", path], stdin=subprocess.DEVNULL, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as bench:
        try:
            said = bench.communicate(timeout=DEADLINE)[0]
        except subprocess.TimeoutExpired:
            os.killpg(bench.pid, signal.SIGTERM)
            raise
    return bench.returncode, said
