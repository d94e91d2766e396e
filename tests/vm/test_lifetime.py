# SPDX-License-Identifier: BSD-3-Clause
"""However a borrower ends, its pairs come back, and the next one has them at its first try. That no page stays pinned and
nothing is in the kernel's log is judged at the guest's end too (kernel/guest.sh)."""
import contextlib
import os
import pathlib
import random
import re
import signal
import socket
import time

import pytest

import guest
import raw

RAW_ROUNDS = 80
TESTPMD_ROUNDS = int(os.environ.get("BIFURC_ROUNDS", "5"))  # of each state; ./run vm soak: 20
SEED = int(os.environ.get("BIFURC_SEED", "1"))
FRAME = b"\xff" * 6 + b"\x02" * 6 + b"\x88\xb5" + bytes(50)  # 88B5: for experiments


def pinned():
    text = pathlib.Path("/proc/vmstat").read_text()
    acquired, released = (int(re.search(rf"nr_foll_pin_{what} (\d+)", text).group(1)) for what in ("acquired", "released"))
    return acquired - released


def nothing_pinned():
    guest.wait_until(lambda: pinned() == 0, "pages stay pinned")  # the counters are gathered once a second


def send_for_ever(number, ready):
    """A borrower that is there to be killed: sends and receives as fast as it can."""
    pair = raw.Pair(first=number)
    pair.start_rx()
    pair.start_tx()
    os.write(ready, b"1")
    while True:
        pair.send(FRAME)


def in_child(body, *arguments):
    """Its process number."""
    child = os.fork()
    if child == 0:
        try:
            body(*arguments)
        except BaseException as error:  # a test's child must not go on as pytest
            os.write(2, f"borrower: {error!r}\n".encode())
            os._exit(1)
        os._exit(0)
    return child


def ended(child):
    return os.waitpid(child, 0)[1]


def killed(child):
    os.kill(child, signal.SIGKILL)
    return ended(child)


def test_rounds_of_kill_at_a_random_moment(nic):
    moments = random.Random(SEED)
    for number in range(RAW_ROUNDS):
        ours, theirs = os.pipe()
        child = in_child(send_for_ever, nic.first, theirs)
        os.close(theirs)
        if number % 4:  # else before it has come to sending: attaching, splitting, mapping
            assert os.read(ours, 1) == b"1", f"round {number} of seed {SEED}: refused"
        time.sleep(moments.uniform(0, 0.03))
        assert killed(child) == signal.SIGKILL, f"round {number} of seed {SEED}: refused"
        os.close(ours)
    assert nic.free() == nic.info.free
    nothing_pinned()


def split(nic):
    nic.testpmd("--disable-device-start")


def started(nic):
    nic.testpmd()


def under_traffic(nic):
    pmd = nic.borrowed()
    nic.to_queue(0).send(200)
    pmd.wait_for_xstat("rx_good_packets", 200)


def stopping(nic):
    pmd = nic.borrowed()
    nic.to_queue(0).send(100)
    os.write(pmd._fd, b"stop\nport stop 0\nport start 0\nport stop 0\n")


def closing(nic):
    pmd = nic.borrowed()
    os.write(pmd._fd, b"stop\nquit\n")


@pytest.mark.parametrize("state", [split, started, under_traffic, stopping, closing], ids=lambda state: state.__name__)
def test_testpmd_killed_while(nic, state):
    for number in range(TESTPMD_ROUNDS):
        state(nic)
        if number % 2:
            time.sleep(random.Random(SEED + number).uniform(0, 0.2))
        pmd = nic.programs[-1]
        pmd.process.send_signal(signal.SIGKILL)
        pmd.process.wait()
        assert pmd.process.returncode in (0, -signal.SIGKILL), pmd.text
        assert nic.free() == nic.info.free
        assert nic.steering.rules() == []
    pmd = nic.borrowed()
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    assert pmd.quit() == 0
    nothing_pinned()


def test_a_passed_socket_keeps_the_pairs_and_works(nic):
    ours, theirs = socket.socketpair()

    def borrow_and_pass():
        pair = raw.Pair(first=nic.first)
        socket.send_fds(theirs, [b"x"], [pair.port.fd])
    assert ended(in_child(borrow_and_pass)) == 0
    descriptor = socket.recv_fds(ours, 1, 1)[1][0]
    port = raw.Port(descriptor=descriptor)
    assert port.info().pairs == 1
    with contextlib.closing(raw.Port()) as other:
        assert raw.errno_of(other.split, 1, nic.first) == "EBUSY"
    pair = raw.Pair(port=port)
    pair.start_tx()
    pair.send(FRAME)
    pair.close()
    assert nic.free() == nic.info.free


def test_a_child_keeps_what_its_parent_closes(nic):
    port = raw.Port()
    port.split(2)
    ours, theirs = os.pipe()
    child = in_child(lambda: (os.close(theirs), os.read(ours, 1)))
    port.close()
    assert nic.free() == nic.info.free - 2
    assert killed(child) == signal.SIGKILL
    assert nic.free() == nic.info.free
    os.close(ours)
    os.close(theirs)


def test_a_stopped_borrower_is_killed_all_the_same(nic):
    ours, theirs = os.pipe()
    child = in_child(send_for_ever, nic.first, theirs)
    os.read(ours, 1)
    os.kill(child, signal.SIGSTOP)
    assert killed(child) == signal.SIGKILL
    assert nic.free() == nic.info.free
    os.close(ours)
    os.close(theirs)
