# SPDX-License-Identifier: BSD-3-Clause
"""Pinned memory is the user's who asked for it, not the process's: RLIMIT_MEMLOCK is a limit, whatever its processes do."""
import pytest

import guest
import raw

MEGABYTE = 1 << 20
LIMIT = 4 * MEGABYTE
# A user that may borrow, but not pin more than others.
AS_USER = ["prlimit", f"--memlock={LIMIT}:{LIMIT}", "setpriv", "--reuid=1234", "--regid=1234", "--clear-groups",
           "--inh-caps=-all,+net_raw,+net_admin,+sys_rawio", "--ambient-caps=-all,+net_raw,+net_admin,+sys_rawio",
           "--bounding-set=-all,+net_raw,+net_admin,+sys_rawio"]

COMMON = """
import ctypes, mmap, os, sys, raw
MEGABYTE = 1 << 20
def map(port, length):
    memory = mmap.mmap(-1, length, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return raw.errno_of(port.dma_map, ctypes.addressof(ctypes.c_char.from_buffer(memory)), length)
"""
ALL_OF_IT = COMMON + "port = raw.Port(); port.split(); print(map(port, 4 * MEGABYTE))"
CHILDREN = COMMON + """
port = raw.Port()
port.split()
pinned = 0
for _ in range(40):
    child = os.fork()
    if child == 0:
        os._exit(0 if map(port, 4 * MEGABYTE) == 0 else 1)
    pinned += os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
print(pinned)
"""
EXECVE = COMMON + """
if len(sys.argv) == 1:
    port = raw.Port()
    port.split()
    os.set_inheritable(port.fd, True)
    number, pinned = port.fd, 0
else:
    number, pinned = int(sys.argv[1]), int(sys.argv[2])
    port = raw.Port(descriptor=number)
if map(port, MEGABYTE) == 0 and pinned < 40:
    os.execv(sys.executable, [*sys.orig_argv[:3], str(number), str(pinned + 1)])
print(pinned)
"""
UNMAP = COMMON + """
port = raw.Port()
port.split()
for _ in range(3):
    memory = mmap.mmap(-1, 4 * MEGABYTE, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    mapping = port.dma_map(ctypes.addressof(ctypes.c_char.from_buffer(memory)), 4 * MEGABYTE)[1]
    refused = map(port, 4096)
    port.dma_unmap(mapping)
print(refused)
"""


@pytest.fixture(autouse=True)
def nothing_stays_charged(nic):
    yield
    assert guest.python(ALL_OF_IT, *AS_USER) == "0"


def test_children_that_end_do_not_take_their_share_along(nic):
    assert guest.python(CHILDREN, *AS_USER) == "1"


def test_neither_does_execve(nic):
    assert guest.python(EXECVE, *AS_USER) == "4"


def test_what_is_unmapped_counts_no_more(nic):
    assert guest.python(UNMAP, *AS_USER) == "ENOMEM"


def test_two_processes_of_a_user_share_its_limit(nic):
    holder = COMMON + "port = raw.Port(); port.split(); print(map(port, 3 * MEGABYTE), flush=True); sys.stdin.read()"
    with guest.python_beside(holder, *AS_USER) as first:
        assert first.stdout.readline() == "0\n"
        assert guest.python(ALL_OF_IT, *AS_USER) == "ENOMEM"


def test_a_passed_socket_pins_at_the_expense_of_who_pins(nic):
    program = COMMON + "port = raw.Port(descriptor={}); print(map(port, 8 * MEGABYTE), map(port, 4 * MEGABYTE))"
    port = raw.Port()
    port.split()
    assert guest.python(program.format(port.fd), *AS_USER, pass_fds=[port.fd]) == "ENOMEM 0"
    port.close()
