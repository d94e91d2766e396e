# SPDX-License-Identifier: BSD-3-Clause
"""What becomes of a borrower when the device itself is reset, fails, is removed, sleeps, or changes its mode."""
import contextlib
import mmap
import os
import pathlib
import re
import struct
import threading

import pytest

import guest
import raw
from test_lifetime import nothing_pinned, pinned

AER_INJECT = pathlib.Path("/dev/aer_inject")
LOST = "PCIe link lost|Adapter removed"  # igb's word, ixgbe's


def device(nic):
    return pathlib.Path(f"/sys/bus/pci/devices/{nic.device}")


def receiving(nic):
    """A borrowed pair that frames reach."""
    pair = nic.pair()
    pair.start_rx()
    nic.steering.steer(nic.first, 1)
    receives(nic, pair)
    return pair


def receives(nic, pair):
    nic.to_queue(0).send(5)
    guest.wait_until(lambda: len(pair.received()) >= 5, "frames")


def goes_on(nic, pair):
    """Told of a reset, the borrower maps anew, and frames come again."""
    generation = pair.port.info().generation
    assert pair.port.events() & raw.EVENT_RESET
    nic.wait_for_carrier()
    pair.map()
    pair.start_rx()
    assert pair.port.info().generation == generation
    receives(nic, pair)
    nic.reaches_kernel()


def take_log(pattern):
    """The log must have this; what is expected is taken out of what the guest's end judges."""
    log = guest.run("dmesg")
    assert re.search(pattern, log), log
    guest.run("dmesg", "--clear")


class Log:
    """What the kernel says from now on, without a program that would take its time to start."""

    def __enter__(self):
        self.file = os.open("/dev/kmsg", os.O_RDONLY | os.O_NONBLOCK)
        os.lseek(self.file, 0, os.SEEK_END)
        return self

    def __exit__(self, *_):
        os.close(self.file)

    def says(self, text):
        """Since it was asked last."""
        with contextlib.suppress(BlockingIOError):
            while True:
                if text.encode() in os.read(self.file, 8192):
                    return True
        return False


def bind(nic, what):
    pathlib.Path(f"/sys/bus/pci/drivers/{nic.driver}/{what}").write_text(nic.device)


def test_a_function_level_reset_is_a_reset_like_others(nic):
    pair = receiving(nic)
    generation = pair.port.info().generation
    for _ in range(3):
        device(nic).joinpath("reset").write_text("1")
    assert pair.port.info().generation >= generation + 3
    pair.write(pair.chip.rx, raw.TAIL, 1)  # a page of nobody
    goes_on(nic, pair)
    pair.close()
    assert nic.free() == nic.info.free
    nothing_pinned()


def test_a_function_level_reset_of_a_port_that_is_down(nic):
    pair = nic.pair()
    guest.run("ip", "link", "set", guest.NETDEV, "down")
    device(nic).joinpath("reset").write_text("1")
    assert raw.errno_of(pair.port.regions) == "ENETDOWN"
    guest.run("ip", "link", "set", guest.NETDEV, "up")
    nic.steering.steer(nic.first, 1)
    goes_on(nic, pair)
    pair.close()


class Config:
    """A function's configuration space."""
    COMMAND, BAR, MEMORY = 4, 0x10, 2

    def __init__(self, folder):
        self.path = folder / "config"

    def access(self, at, value=None):
        with open(self.path, "r+b", buffering=0) as config:
            config.seek(at)
            if value is None:
                return struct.unpack("<I", config.read(4))[0]
            return config.write(struct.pack("<I", value))

    def decode(self, on):
        command = self.access(self.COMMAND) & 0xFFFF & ~self.MEMORY  # the upper half clears errors
        self.access(self.COMMAND, command | (self.MEMORY if on else 0))


class StandIn:
    """Memory of kernel/qemu.py that lies where the NIC's registers were: the NIC reads as one that was pulled out."""
    BAR, LENGTH = 2, 128 << 10

    def __init__(self, nic):
        found = [path for path in pathlib.Path("/sys/bus/pci/devices").iterdir()
                 if (path / "vendor").read_text() + (path / "device").read_text() == "0x1af4\n0x1110\n"]
        if not found:
            pytest.skip("nothing here can stand in for a removed device")
        self.folder, self.config, self.nic = found[0], Config(found[0]), Config(device(nic))
        self.at = [Config.BAR + 4 * self.BAR, Config.BAR + 4 * self.BAR + 4]
        self.own = [self.config.access(at) for at in self.at]
        self.registers = int(device(nic).joinpath("resource").read_text().split()[0], 16)

    def memory(self):
        self.config.decode(True)
        with open(self.folder / f"resource{self.BAR}", "r+b", buffering=0) as file:
            return mmap.mmap(file.fileno(), self.LENGTH)

    def move(self, addresses):
        self.config.decode(False)
        for at, address in zip(self.at, addresses):
            self.config.access(at, address)

    @contextlib.contextmanager
    def all_ones(self):
        """Answers where to look at the end for what was written meanwhile."""
        with self.memory() as memory:
            memory[:] = b"\xff" * self.LENGTH
        self.nic.decode(False)
        self.move([self.registers & 0xFFFFFFFF, self.registers >> 32])
        self.config.decode(True)
        seen = []
        try:
            yield seen
        finally:
            self.move(self.own)
            with self.memory() as memory:
                seen.append(memory[:])
            self.config.decode(False)


def test_a_device_that_reads_all_ones_is_not_idle(nic):
    """Nothing is written to its queue, and the memory stays pinned until the driver lets the device go."""
    pair = receiving(nic)
    stand_in = StandIn(nic)
    generation = pair.port.info().generation
    with stand_in.all_ones() as written:
        assert raw.errno_of(pair.port.sync, pair.number, 1, generation) in ("ENODEV", "ENETRESET")
        pair.close()
        guest.wait_until(lambda: re.search(LOST, guest.run("dmesg")), "the driver does not notice")
        guest.wait_until(lambda: pinned() > 0, "memory is let go that the device may write")
        bind(nic, "unbind")
        nothing_pinned()
    try:
        queue = pair.chip.rx + 0x40 * pair.number
        assert written[0][queue:queue + 0x40] == b"\xff" * 0x40
    finally:
        bind(nic, "bind")
        nic.wait_for_netdev()
    take_log(LOST)
    assert nic.free() == nic.info.free
    receiving(nic).close()


def test_a_removed_device_is_gone_and_can_come_back(nic):
    pair = receiving(nic)
    with StandIn(nic).all_ones():
        device(nic).joinpath("remove").write_text("1")
    assert pair.port.events() & raw.EVENT_GONE
    assert raw.errno_of(pair.port.regions) == "ENODEV"
    pair.write(pair.chip.rx, raw.TAIL, 1)  # a page of nobody
    pair.close()
    nothing_pinned()
    pathlib.Path("/sys/bus/pci/rescan").write_text("1")
    nic.wait_for_netdev()
    take_log(LOST)
    receiving(nic).close()


FATAL, NOT_FATAL = 1 << 4, 1 << 14  # PCI Express: data link protocol error; completion timeout


def inject(nic, error):
    """As the root port above would report it."""
    bus, slot, function = (int(part, 16) for part in re.split("[:.]", nic.device)[1:])
    AER_INJECT.write_bytes(struct.pack("=3Bx7I", bus, slot, function, error, 0, 0, 0, 0, 0, 0))


@pytest.mark.parametrize("error", [FATAL, NOT_FATAL], ids=["fatal", "not fatal"])
def test_an_error_that_the_root_port_reports(nic, error):
    """igb goes on after one that is not fatal; else the link is reset, and the borrower is told."""
    if not AER_INJECT.exists():
        pytest.skip("this kernel has no aer_inject")
    pair = receiving(nic)
    generation = pair.port.info().generation
    try:
        inject(nic, error)
    except OSError:
        pytest.skip("our model of the 82599 has no capability to report errors")
    guest.wait_until(lambda: "device recovery successful" in guest.run("dmesg"), "no recovery")
    guest.run("dmesg", "--clear")
    if nic.driver == "igb" and error == NOT_FATAL:
        assert pair.port.info().generation == generation
        nic.to_queue(0).send(5)
        guest.wait_until(lambda: len(pair.received()) >= 10, "frames")
    else:
        assert pair.port.info().generation > generation
        goes_on(nic, pair)
    pair.close()
    assert nic.free() == nic.info.free
    nothing_pinned()


def end_while_an_error_is_mended(nic, other):
    """How many pairs were free then; None if the device was reset before the borrower had ended."""
    pair = receiving(nic)
    pair.port.events()
    with Log() as log:
        thread = threading.Thread(target=inject, args=(nic, FATAL))
        thread.start()
        guest.wait_until(lambda: pair.port.events() & raw.EVENT_RESET, "no error")
        pair.close()
        free = other.info().free
        over = log.says("device recovery successful")
        thread.join()
        guest.wait_until(lambda: over or log.says("device recovery successful"), "no recovery")
    guest.run("dmesg", "--clear")
    nic.wait_for_carrier()
    return None if over else free


def test_a_borrower_that_ends_while_an_error_is_mended(nic):
    """The device does not answer, so nobody knows what it writes: the pair is free when it was reset, not before."""
    if nic.driver != "igb" or not AER_INJECT.exists():
        pytest.skip("no error can be reported here")
    other = raw.Port()
    seen = (end_while_an_error_is_mended(nic, other) for _ in range(20))  # a busy machine's reset may be over first
    assert next((free for free in seen if free is not None), None) == nic.info.free - 1
    guest.wait_until(lambda: other.info().free == nic.info.free, "the pair does not come back")
    nothing_pinned()
    other.close()
    receiving(nic).close()


def test_sleep_of_the_machine(nic):
    """All devices are suspended and resumed, as the kernel's own test of that does it."""
    level, delay = pathlib.Path("/sys/power/pm_test"), pathlib.Path("/sys/module/suspend/parameters/pm_test_delay")
    if not level.exists():
        pytest.skip("this kernel has no pm_test")
    if os.uname().release.startswith("6.1."):
        pytest.skip("the guest's root does not survive its own suspend there")
    pair = receiving(nic)
    generation = pair.port.info().generation
    delay.write_text("1")
    level.write_text("devices")
    try:
        pathlib.Path("/sys/power/state").write_text("freeze")
    finally:
        level.write_text("none")
    assert pair.port.info().generation > generation
    goes_on(nic, pair)
    pair.close()
    assert nic.free() == nic.info.free


def test_a_port_that_sleeps_because_nobody_uses_it(nic):
    power = device(nic) / "power"
    if nic.driver != "igb":
        pytest.skip("ixgbe does not suspend a port by itself")
    pair = nic.pair()
    (power / "control").write_text("auto")
    guest.run("ip", "link", "set", guest.NETDEV, "down")
    try:
        guest.wait_until(lambda: (power / "runtime_status").read_text() == "suspended\n", "it stays awake")
        assert raw.errno_of(pair.port.regions) == "ENETDOWN"
        assert pair.port.info().free == nic.info.free - 1
        pair.port.give_back()
        assert raw.errno_of(pair.port.split) == "ENETDOWN"
        assert (power / "runtime_status").read_text() == "suspended\n"
    finally:
        (power / "control").write_text("on")
        guest.run("ip", "link", "set", guest.NETDEV, "up")
        nic.wait_for_carrier()
    pair.close()
    receiving(nic).close()


def test_nothing_is_lent_while_virtual_functions_come_or_go(nic):
    """While they go the driver is in the midst of it for half a second after the last is gone; coming they leave no time."""
    count, function = device(nic) / "sriov_numvfs", device(nic) / "virtfn0"
    if not count.exists():
        pytest.skip("our model of the 82599 has no virtual functions")
    port = raw.Port()
    port.split()
    assert raw.errno_of(count.write_text, "2") == "EBUSY"
    assert int(count.read_text()) == 0
    port.give_back()
    count.write_text("2")
    assert raw.errno_of(port.split) == "ENOSPC"

    thread = threading.Thread(target=count.write_text, args=["0"])
    thread.start()
    guest.wait_until(lambda: not function.exists(), "they do not go")
    answer = raw.errno_of(port.split)
    assert thread.is_alive(), "it was over too soon to be seen"
    assert answer == "EBUSY"
    thread.join()
    assert int(count.read_text()) == 0
    port.split()
    port.close()
    nic.wait_for_carrier()
    receiving(nic).close()
