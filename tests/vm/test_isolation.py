# SPDX-License-Identifier: BSD-3-Clause
"""A borrower that misbehaves harms nobody else: starvation, addresses that are not its own, others' pairs. Who may be a borrower:
test_rights.py."""
import contextlib
import ctypes
import mmap
import re
import struct

import pytest

import guest
import raw

PATTERN = b"\xa5" * 4096
FAULT = r"DMAR: .*fault addr"


@pytest.mark.parametrize("drop", [True, False], ids=["drop enabled", "drop not enabled"])
def test_a_queue_that_is_not_refilled_stalls_nobody(nic, drop):
    pair = nic.pair()
    pair.start_rx(refilled=8, drop=drop)
    nic.steering.steer(nic.first, 1)
    with nic.kernel_traffic():
        nic.to_queue(0).send(500)
        guest.wait_until(lambda: len(pair.received()) == 8, "the frames that it has room for")
        assert guest.tcp_transfer(nic, megabytes=1)
        nic.to_queue(0).send(500)
    pair.close()
    pmd = nic.borrowed()
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    assert pmd.quit() == 0


class Victim:
    """A page of memory that is not mapped for the NIC, and where it lies physically."""

    def __init__(self):
        self.page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.page[:] = PATTERN
        address = ctypes.addressof(ctypes.c_char.from_buffer(self.page))
        with open("/proc/self/pagemap", "rb") as pagemap:
            pagemap.seek(address // 4096 * 8)
            frame = struct.unpack("=Q", pagemap.read(8))[0] & (1 << 55) - 1
        assert frame, "pagemap tells root where pages lie"
        self.bus = frame * 4096

    def unharmed(self):
        return self.page[:] == PATTERN


def take_faults():
    """How many IOMMU faults the log has; they are expected, so they are taken out of what the guest's end judges."""
    log = guest.run("dmesg")
    assert not re.search(r"WARNING:|BUG:|Oops", log), log
    guest.run("dmesg", "--clear")
    return len(re.findall(FAULT, log))


def wait_for_fault(provoke=lambda: None):
    """provoke: done again and again, since Linux logs but few faults in five seconds."""
    def logged():
        provoke()
        return take_faults() > 0
    guest.wait_until(logged, "no fault in the IOMMU's log")


@pytest.fixture
def behind_iommu(nic):
    if nic.info.dma != raw.DMA_IOMMU:
        pytest.skip("no IOMMU in this guest")
    take_faults()


def works_again(nic):
    pmd = nic.borrowed()
    nic.peer.flush()
    assert len(nic.to_queue(0).send_and_collect(50)) == 50
    assert pmd.quit() == 0


def test_receiving_into_memory_of_others_is_a_fault_that_changes_nothing(nic, behind_iommu):
    victim = Victim()
    pair = nic.pair()
    pair.start_rx(bus=victim.bus)
    nic.steering.steer(nic.first, 1)
    with nic.kernel_traffic():
        nic.to_queue(0).send(20)
        wait_for_fault()
    assert victim.unharmed()
    pair.port.give_back()
    pair.close()
    take_faults()
    works_again(nic)


def test_sending_memory_of_others_is_a_fault_that_tells_nothing(nic, behind_iommu):
    victim = Victim()
    pair = nic.pair()
    pair.start_tx()
    with nic.peer.collecting_all() as seen:
        wait_for_fault(lambda: pair.send(bytes(100), bus=victim.bus, wait=False))
    assert not any(b"\xa5" * 16 in frame for frame in seen())
    pair.port.give_back()
    pair.close()
    take_faults()
    works_again(nic)


def test_memory_that_was_unmapped_is_out_of_reach(nic, behind_iommu):
    pair = nic.pair()
    page = mmap.mmap(-1, 4096, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    page[:] = PATTERN
    pages, mapping = pair.port.dma_map(ctypes.addressof(ctypes.c_char.from_buffer(page)), 4096)
    pair.port.dma_unmap(mapping)
    pair.start_rx(bus=pages[0])
    nic.steering.steer(nic.first, 1)
    nic.to_queue(0).send(5)
    wait_for_fault()
    assert page[:] == PATTERN
    pair.close()
    take_faults()
    works_again(nic)


def test_what_another_holds_is_out_of_reach(nic):
    pair = nic.pair()
    with contextlib.closing(raw.Port()) as other:
        assert raw.errno_of(other.split, 1, pair.number) == "EBUSY"
        other.split(1)
        assert raw.errno_of(other.sync, pair.number, 1, other.info().generation) == "EINVAL"
        assert raw.errno_of(other.set, raw.EVENTFD, "=IIIiII", 0, pair.number, -1, other.info().generation, 0) == "EINVAL"
        assert raw.errno_of(other.get, raw.STATS, "=4IQQ", pair.number, 0, 0, 0, 0) == "EINVAL"
        assert raw.errno_of(other.dma_unmap, pair.memory.mapping) == "EINVAL"
    pair.start_tx()
    pair.send(bytes(60))
    pair.close()
