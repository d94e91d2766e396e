# SPDX-License-Identifier: BSD-3-Clause
"""The kernel side as it is built, installed and started on this machine: no guest's inside (that is tests/vm)."""
import os
import pathlib
import subprocess
import sys

import pytest

sys.dont_write_bytecode = True
TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "kernel"))
import packages  # noqa: E402

SERIES = ("6.1", "6.12", "7.2", "7.3")


def run(*argv, check=True, **kwargs):
    """A program of kernel/; what it cannot get from the archives skips the test."""
    done = subprocess.run([str(a) for a in argv], text=True, capture_output=True, timeout=1200, **kwargs)
    if done.returncode == packages.Unavailable.status:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, argv))}: {done.stdout}{done.stderr}")
    return done


def modules(series, *options):
    """Our modules for a series, built unless they are there already."""
    return [pathlib.Path(line) for line in run(TOP / "kernel/build", "modules", "--series", series, *options).stdout.split()]


def mount_namespace_is_our_own():
    """Are we below `unshare --mount`? Whoever started that is outside."""
    return os.readlink("/proc/self/ns/mnt") != os.readlink(f"/proc/{os.getppid()}/ns/mnt")
