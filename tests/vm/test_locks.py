# SPDX-License-Identifier: BSD-3-Clause
"""A borrower cannot hold up the machine: what it controls (its address space's lock, pages that never arrive) is waited for by
nobody but itself. kernel/README.md has the table of all paths."""
import contextlib
import ctypes
import errno
import mmap
import os
import resource
import select
import threading

import pytest

import guest
import raw
from fuse_file import FuseFile

ANSWERING = (raw.INFO, raw.SPLIT, raw.REGIONS, raw.DMA_MAP, raw.EVENTS, raw.STATS)
SILENT = (raw.DMA_UNMAP, raw.EVENTFD, raw.SYNC, raw.RETURN)


@pytest.fixture
def never(tmp_path):
    file = FuseFile(tmp_path, pages_arrive=False)
    yield file
    file.end()


class Child:
    """Another process, which runs `body` with a function to say a word by. It ends by itself once the file has."""

    def __init__(self, body):
        self.heard, said = os.pipe()
        self.number = os.fork()
        if self.number == 0:
            try:
                body(lambda word: os.write(said, word.encode()))
            except BaseException as error:  # a test's child must not go on as pytest
                os.write(said, repr(error).encode())
            os._exit(0)
        os.close(said)

    def wait_for(self, word):
        assert select.select([self.heard], [], [], guest.DEADLINE)[0], f"never {word}"
        assert os.read(self.heard, 4096).decode() == word

    def end(self):
        os.waitpid(self.number, 0)
        os.close(self.heard)


def kernel_goes_on(nic):
    """What needs RTNL and the port's lock is done, and all pairs are free."""
    guest.run("ip", "link", "set", "lo", "mtu", "60000")
    guest.run("ip", "link", "set", "lo", "mtu", "65536")
    assert nic.free() == nic.info.free


def hold_address_space(address):
    """A read of /proc/self/mem keeps the address space's lock until the page is there."""
    memory = os.open("/proc/self/mem", os.O_RDONLY)
    with contextlib.suppress(OSError):
        os.pread(memory, 1, address)


@pytest.mark.parametrize("how", ["RETURN", "close"])
def test_giving_back_does_not_wait_for_an_address_space(nic, never, how):
    def hold_and_give_back(say):
        port = raw.Port()
        port.split(1, nic.first)
        memory = raw.Memory(port)
        threading.Thread(target=hold_address_space, args=(never.map(),)).start()
        never.wait_for_somebody(guest.DEADLINE)
        if how == "RETURN":
            port.give_back()
        else:
            os.close(port.fd)
        say("given back")
        assert memory

    child = Child(hold_and_give_back)
    child.wait_for("given back")
    kernel_goes_on(nic)
    never.end()
    child.end()


def test_memory_that_is_still_being_pinned_holds_up_nobody(nic, never):
    port = raw.Port()
    port.split(1, nic.first)

    def map_what_never_comes(say):
        say(raw.errno_of(port.dma_map, never.map(), 1 << 20))

    child = Child(map_what_never_comes)
    never.wait_for_somebody(guest.DEADLINE)
    port.give_back()
    kernel_goes_on(nic)
    with nic.unbound():
        pass
    never.end()
    child.wait_for("EFAULT")
    child.end()
    port.close()


@pytest.mark.parametrize("verb", [*ANSWERING, *SILENT], ids=hex)
def test_a_verb_whose_structure_never_comes_holds_up_nobody(nic, never, verb):
    port = raw.Port()
    port.split(1, nic.first)

    def ask(say):
        address, length = ctypes.c_void_p(never.map()), ctypes.c_uint32(256)
        ask = raw.libc.getsockopt if verb in ANSWERING else raw.libc.setsockopt
        ask(port.fd, raw.SOL_PACKET, verb, address, ctypes.byref(length) if verb in ANSWERING else length)
        say("ended")

    child = Child(ask)
    never.wait_for_somebody(guest.DEADLINE)
    port.give_back()
    kernel_goes_on(nic)
    never.end()
    child.wait_for("ended")
    child.end()
    port.close()


def test_pages_of_a_file_system_are_not_pinned(nic, tmp_path):
    """To let go of one means to lock it, and its file system may keep that lock."""
    file = FuseFile(tmp_path, pages_arrive=True)
    try:
        address = file.map(mmap.MAP_SHARED)
        ctypes.memset(address, 1, 4096)
        with contextlib.closing(raw.Port()) as port:
            port.split()
            assert raw.errno_of(port.dma_map, address, 4096) == "EFAULT"
    finally:
        file.end()


def test_a_page_of_registers_has_a_limit_of_mappings(nic):
    """Taking registers away goes through all of them."""
    pair = nic.pair()
    offset, _, length, _ = next(r for r in pair.port.regions() if r[3] == raw.REGION_BAR)

    def map_once():
        at = raw.libc.mmap(None, length, mmap.PROT_READ, mmap.MAP_SHARED, pair.port.fd, offset)
        return at if at != ctypes.c_void_p(-1).value else None
    mappings = list(iter(map_once, None))
    assert ctypes.get_errno() == errno.ENOMEM and len(mappings) < 2000
    raw.libc.munmap(ctypes.c_void_p(mappings.pop()), length)
    mappings.append(map_once())
    for at in mappings:
        assert at and raw.libc.munmap(ctypes.c_void_p(at), length) == 0
    pair.close()
    assert nic.free() == nic.info.free


def test_a_port_has_a_limit_of_sockets(nic):
    """A change of link goes through all of them."""
    usual = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, usual[1]))
    with contextlib.ExitStack() as ports:
        with pytest.raises(OSError) as refused:
            for _ in range(2000):
                ports.enter_context(contextlib.closing(raw.Port()))
        assert refused.value.errno == errno.EUSERS
    raw.Port().close()
    resource.setrlimit(resource.RLIMIT_NOFILE, usual)
