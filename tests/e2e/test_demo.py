# SPDX-License-Identifier: BSD-3-Clause
"""`./run demo` and `./run sim` as a user starts them, and that nothing of them is left, however they end."""
import os
import pathlib
import signal
import subprocess

import pytest

import lab
from lab import HUGEPAGES

RUN = lab.ROOT / "run"
STAND_STILL = ["sh", "-c", "echo here; exec sleep 1000"]
DEADLINE = 600


def sandboxes():
    """First processes of sandboxes of this checkout that are alive."""
    found = subprocess.run(["pgrep", "-f", f"^bash {lab.ROOT}/config/sandbox_inside.sh"], capture_output=True, text=True)
    return set(found.stdout.split())


def traces():
    """What a sandbox could leave behind in the machine."""
    links = subprocess.run(["ip", "-o", "link"], check=True, capture_output=True, text=True).stdout
    names = sorted(line.split(": ")[1] for line in links.splitlines())
    # Other named namespaces belong to whoever else uses this machine.
    mounts = [line.split()[1] for line in open("/proc/mounts")]
    mounts = sorted(mount for mount in mounts if not mount.startswith("/run/netns"))
    ours = pathlib.Path("/run/netns/peer").exists()
    return names, mounts, ours, HUGEPAGES.read_text() if HUGEPAGES.exists() else ""


def test_every_number_of_the_demo_adds_up_and_nothing_is_left():
    before, running = traces(), sandboxes()
    done = subprocess.run([RUN, "demo"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=DEADLINE)
    assert done.returncode == 0, done.stdout + done.stderr
    assert traces() == before
    assert sandboxes() == running


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.skipif(not HUGEPAGES.exists(), reason="this kernel has no 2 MB hugepages")
def test_a_killed_sandbox_leaves_nothing(number):
    before, running = traces(), sandboxes()
    with subprocess.Popen([RUN, "sim", *STAND_STILL], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
                          start_new_session=True) as sandbox:
        while (line := sandbox.stdout.readline()) != "here\n":
            assert line, "./run sim ended before its command began"
        # Ctrl-C reaches the terminal's whole group of processes; the others one process only.
        (os.killpg if number == signal.SIGINT else os.kill)(sandbox.pid, number)
        sandbox.wait(lab.DEADLINE)
    lab.wait_until(lambda: sandboxes() == running, "the sandbox's processes end")
    lab.wait_until(lambda: traces() == before, "hugepages and mounts are as before")
