# SPDX-License-Identifier: BSD-3-Clause
"""A file that a program serves. Its pages may never arrive: then whoever touches its mapping waits until it ends, which is how
a program tries to hold up others.

It is the root of a FUSE file system, which may be a plain file. Structures and numbers are linux/fuse.h's."""
import ctypes
import errno
import mmap
import os
import select
import signal
import struct

FORGET, GETATTR, OPEN, READ, INIT, INTERRUPT, BATCH_FORGET = 2, 3, 14, 15, 26, 36, 42
UNANSWERED = (FORGET, INTERRUPT, BATCH_FORGET)
READ_SIZE = 40 + 16  # where struct fuse_read_in, behind the header, has the number of bytes
LENGTH = 1 << 20
MNT_DETACH = 2

libc = ctypes.CDLL(None, use_errno=True)

ANSWERS = {
    INIT: struct.pack("=4IHHIIHHI7I", 7, 31, 65536, 0, 8, 6, 65536, 1, 16, 0, 0, *[0] * 7),
    OPEN: struct.pack("=QII", 1, 0, 0),
    # Valid for an hour; inode, size, blocks, times, mode, links, owner, block size.
    GETATTR: struct.pack("=QII6Q10I", 3600, 0, 0, 1, LENGTH, LENGTH // 512, 0, 0, 0, 0, 0, 0, 0o100600, 1, 0, 0, 0, 4096, 0),
}


class FuseFile:
    def __init__(self, folder, pages_arrive):
        self.path = str(folder / "served")
        open(self.path, "w").close()
        device = os.open("/dev/fuse", os.O_RDWR)
        options = f"fd={device},rootmode=100000,user_id=0,group_id=0,allow_other"
        if libc.mount(b"served", self.path.encode(), b"fuse", 0, options.encode()) != 0:
            raise OSError(ctypes.get_errno(), "mount")
        self.somebody_waits, waits = os.pipe()
        self.server = os.fork()
        if self.server == 0:
            serve(device, waits, pages_arrive)
        os.close(device)  # with its server the connection ends, and all who wait are told
        os.close(waits)

    def end(self):
        if self.server:
            libc.umount2(self.path.encode(), MNT_DETACH)
            os.kill(self.server, signal.SIGKILL)
            os.waitpid(self.server, 0)
            self.server = None

    def map(self, flags=mmap.MAP_PRIVATE):
        """The address of its pages."""
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), LENGTH, flags)
        return ctypes.addressof(ctypes.c_char.from_buffer(self.memory))

    def wait_for_somebody(self, seconds):
        """Until somebody waits for a page; in any process."""
        assert select.select([self.somebody_waits], [], [], seconds)[0], "nobody waits for a page"


def serve(device, waits, pages_arrive):
    while True:
        try:
            request = os.read(device, 1 << 17)
        except OSError:
            os._exit(0)
        _length, opcode, unique = struct.unpack_from("=IIQ", request)
        if opcode == READ and not pages_arrive:
            os.write(waits, b"x")
        elif opcode not in UNANSWERED:
            answer = bytes(struct.unpack_from("=I", request, READ_SIZE)[0]) if opcode == READ else ANSWERS.get(opcode, b"")
            os.write(device, struct.pack("=IiQ", 16 + len(answer), 0 if answer else -errno.ENOSYS, unique) + answer)
