# SPDX-License-Identifier: BSD-3-Clause
"""A guest boots its own kernel anew while a pair is lent and receives: the driver's shutdown callback stops it. All that runs in
a guest runs again in the next kernel, so this is a run of its own (./run vm), and passes there."""
import ctypes
import os
import pathlib

from test_endings import receiving

KEXEC_FILE_LOAD, REBOOT_KEXEC = 320, 0x45584543
AGAIN = "booted.again"


def boot_anew():
    """Does not return."""
    line = f"{pathlib.Path('/proc/cmdline').read_text().strip()} {AGAIN}".encode() + b"\0"
    libc = ctypes.CDLL(None, use_errno=True)
    with open(os.environ["KERNEL"], "rb") as kernel, open(os.environ["INITRAMFS"], "rb") as initramfs:
        done = libc.syscall(ctypes.c_long(KEXEC_FILE_LOAD), kernel.fileno(), initramfs.fileno(), ctypes.c_ulong(len(line)), line,
                            ctypes.c_ulong(0))
    assert done == 0, os.strerror(ctypes.get_errno())
    libc.reboot(REBOOT_KEXEC)
    raise AssertionError(os.strerror(ctypes.get_errno()))


def test_the_next_kernel_boots_and_lends(nic):
    pair = receiving(nic)
    if AGAIN not in pathlib.Path("/proc/cmdline").read_text():
        nic.to_queue(0).send(2000)
        boot_anew()
    pair.close()
    assert nic.free() == nic.info.free
