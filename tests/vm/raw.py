# SPDX-License-Identifier: BSD-3-Clause
"""The ABI by plain system calls, and queues driven by hand: for programs that misbehave on purpose. Numbers and structures
are those of lib/bifurc/bifurc_uapi.h, registers those that the 82576's and the 82599's datasheets have in common."""
import collections
import ctypes
import errno
import mmap
import os
import socket
import struct
import time

SIOCATTACH = 0x89F0 + 11
INFO, SPLIT, REGIONS, DMA_MAP, DMA_UNMAP, EVENTFD, EVENTS, SYNC, STATS, RETURN = range(0xB1F0, 0xB1FA)
SOL_PACKET = 263
FIRST_ANY = 0xFFFFFFFF
SPLIT_STRICT = 1
REGION_BAR, REGION_STATUS = 1, 2
EVENT_LINK, EVENT_RESET, EVENT_GONE = 1, 2, 4
FEATURE_MARKS, FEATURE_ALL_OWNED = 1, 2
CHIP_82599, CHIP_82576 = 1, 2
DMA_NONE, DMA_IOMMU = 1, 2
SLOTS, BUFFER = 64, 2048

INFO_FORMAT = "=II4H16s32siI6sH" + "I" * 14 + "Q"
Info = collections.namedtuple("Info", "size abi vendor device subvendor subdevice address driver node ifindex mac features mtu "
                              "mtu_max chip ring_min ring_max ring_multiple total kernel free first pairs pages dma "
                              "generation bar_len")

# Offsets of a queue's registers, from its block; blocks are 0x40 apart.
BASE_LOW, BASE_HIGH, LENGTH, HEAD, TAIL, CONTROL = 0x00, 0x04, 0x08, 0x10, 0x18, 0x28
ENABLE = 1 << 25  # RXDCTL, TXDCTL
Chip = collections.namedtuple("Chip", "rx tx srrctl drop")
CHIPS = {CHIP_82599: Chip(0x1000, 0x6000, 0x14, 1 << 28), CHIP_82576: Chip(0xC000, 0xE000, 0x0C, 1 << 31)}
ONE_BUFFER = 1 << 25  # SRRCTL.DESCTYPE
DONE = 1
# Advanced data descriptor: DEXT, DTYP, RS, IFCS, EOP.
SEND = 1 << 29 | 3 << 20 | 1 << 27 | 1 << 25 | 1 << 24

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p
libc.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]


def check(result):
    if result != 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


class Port:
    """An attached packet socket."""

    def __init__(self, netdev="eth0", descriptor=None):
        self.netdev = netdev
        if descriptor is not None:
            self.socket = socket.socket(fileno=descriptor)
            return
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.socket.bind((netdev, 0))
        self.attach()

    def attach(self):
        ifreq = ctypes.create_string_buffer(struct.pack("16si", self.netdev.encode(), self.fd), 40)
        check(libc.ioctl(self.fd, ctypes.c_ulong(SIOCATTACH), ifreq))

    @property
    def fd(self):
        return self.socket.fileno()

    def close(self):
        self.socket.close()

    def get(self, verb, layout, *values):
        """A verb that answers: the structure goes in and out."""
        size = struct.calcsize(layout)
        packed = ctypes.create_string_buffer(struct.pack(layout, size, *values), size)
        length = ctypes.c_uint32(size)
        check(libc.getsockopt(self.fd, SOL_PACKET, verb, packed, ctypes.byref(length)))
        return struct.unpack(layout, packed.raw)

    def set(self, verb, layout, *values):
        size = struct.calcsize(layout)
        check(libc.setsockopt(self.fd, SOL_PACKET, verb, struct.pack(layout, size, *values), size))

    def info(self):
        return Info(*self.get(INFO, INFO_FORMAT, *([0] * 5), b"", b"", *([0] * 2), b"", *([0] * 16)))

    def split(self, pairs=1, first=FIRST_ANY, flags=0):
        _, _, first, pairs, generation, _ = self.get(SPLIT, "=6I", flags, first, pairs, 0, 0)
        return first, generation

    def regions(self):
        answer = self.get(REGIONS, "=4I" + "QQII" * 8, *([0] * 35))
        fields = [iter(answer[4:])] * 4
        return list(zip(*fields))[:answer[1]]

    def events(self):
        return self.get(EVENTS, "=4I", 0, 0, 0)[1]

    def sync(self, first, pairs, generation):
        self.set(SYNC, "=6I", 0, first, pairs, generation, 0)

    def give_back(self):
        self.set(RETURN, "=2I", 0)

    def dma_map(self, address, length):
        """Answers the bus address of each 4 KiB page, and the mapping's id."""
        room = length // 4096
        segments = (ctypes.c_uint64 * (3 * room))()
        answer = self.get(DMA_MAP, "=IIQQiIQQ", 0, address, length, -1, room, ctypes.addressof(segments), 0)
        pages = []
        for i in range(answer[5]):
            _, stretch, bus = segments[3 * i:3 * i + 3]
            pages += range(bus, bus + stretch, 4096)
        return pages, answer[7]

    def dma_unmap(self, mapping):
        self.set(DMA_UNMAP, "=IIQ", 0, mapping)

    def map_region(self, region):
        offset, _, length, kind = region
        protection = mmap.PROT_READ | (mmap.PROT_WRITE if kind == REGION_BAR else 0)
        return mmap.mmap(self.fd, length, mmap.MAP_SHARED, protection, offset=offset)


class Memory:
    """Pages that a port's device reaches: two rings, then buffers."""
    RX_RING, TX_RING, RX_BUFFERS, TX_BUFFERS = 0, 4096, 8192, 8192 + SLOTS * BUFFER
    LENGTH = 8192 + 2 * SLOTS * BUFFER

    def __init__(self, port):
        self.bytes = mmap.mmap(-1, self.LENGTH, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self.address = ctypes.addressof(ctypes.c_char.from_buffer(self.bytes))
        self.pages, self.mapping = port.dma_map(self.address, self.LENGTH)

    def bus(self, offset):
        return self.pages[offset // 4096] + offset % 4096

    def put(self, offset, data):
        self.bytes[offset:offset + len(data)] = data

    def get(self, offset, length):
        return self.bytes[offset:offset + length]


class Pair:
    """One borrowed pair with its rings."""

    def __init__(self, first=FIRST_ANY, port=None):
        """port: one that holds a pair already, whoever split it."""
        self.port = port or Port()
        self.number = port.info().first if port else self.port.split(1, first)[0]
        self.chip = CHIPS[self.port.info().chip]
        self.memory = Memory(self.port)
        self.map()

    def map(self):
        """Anew after a reset."""
        self.windows = {r[1]: self.port.map_region(r) for r in self.port.regions() if r[3] == REGION_BAR}

    def _register(self, block, offset):
        at = block + 0x40 * self.number + offset
        page = at & ~0xFFF
        return ctypes.c_uint32.from_buffer(self.windows[page], at - page)

    def write(self, block, offset, value):
        self._register(block, offset).value = value

    def read(self, block, offset):
        return self._register(block, offset).value

    def _ring(self, block, offset):
        bus = self.memory.bus(offset)
        for register, value in ((BASE_LOW, bus & 0xFFFFFFFF), (BASE_HIGH, bus >> 32), (LENGTH, SLOTS * 16), (HEAD, 0),
                                (TAIL, 0)):
            self.write(block, register, value)

    def start_rx(self, refilled=SLOTS - 1, drop=True, bus=None):
        """bus: what the descriptors point to, where that is not memory of ours."""
        for slot in range(SLOTS):
            target = bus or self.memory.bus(Memory.RX_BUFFERS + slot * BUFFER)
            self.memory.put(Memory.RX_RING + 16 * slot, struct.pack("=QQ", target, 0))
        self._ring(self.chip.rx, Memory.RX_RING)
        self.write(self.chip.rx, self.chip.srrctl, BUFFER // 1024 | ONE_BUFFER | (self.chip.drop if drop else 0))
        self.write(self.chip.rx, CONTROL, ENABLE | 1 << 16)
        self._wait(lambda: self.read(self.chip.rx, CONTROL) & ENABLE)
        self.write(self.chip.rx, TAIL, refilled)

    def start_tx(self):
        self._ring(self.chip.tx, Memory.TX_RING)
        self.write(self.chip.tx, CONTROL, ENABLE)
        self._wait(lambda: self.read(self.chip.tx, CONTROL) & ENABLE)
        self.sent = 0

    def received(self):
        """Frames in the ring, without taking them out."""
        frames = []
        for slot in range(SLOTS):
            _, status, length, _ = struct.unpack("=QIHH", self.memory.get(Memory.RX_RING + 16 * slot, 16))
            if not status & DONE:
                break
            frames.append(self.memory.get(Memory.RX_BUFFERS + slot * BUFFER, length))
        return frames

    def send(self, frame, bus=None, wait=True):
        slot = self.sent % SLOTS
        if bus is None:
            self.memory.put(Memory.TX_BUFFERS + slot * BUFFER, frame)
            bus = self.memory.bus(Memory.TX_BUFFERS + slot * BUFFER)
        at = Memory.TX_RING + 16 * slot
        self.memory.put(at, struct.pack("=QII", bus, SEND | len(frame), len(frame) << 14))
        self.sent += 1
        self.write(self.chip.tx, TAIL, self.sent % SLOTS)
        if wait:
            self._wait(lambda: self.memory.get(at + 12, 1)[0] & DONE)

    @staticmethod
    def _wait(condition):
        deadline = time.monotonic() + 10
        while not condition():
            if time.monotonic() > deadline:
                raise TimeoutError("the device does not answer")

    def close(self):
        for window in self.windows.values():
            window.close()  # a mapping keeps the socket open
        self.port.close()


def errno_of(call, *arguments):
    """The errno that a call ends with; 0 if it succeeds."""
    try:
        call(*arguments)
    except OSError as error:
        return errno.errorcode[error.errno]
    return 0
