# SPDX-License-Identifier: BSD-3-Clause
"""A guest boots its own kernel anew while a pair is lent and receives: first in order, where the driver's shutdown callback
stops the pair; then in a crash, where nobody does and the next kernel's probe resets the device. What runs in a guest runs again
in each kernel, so this is a run of its own (./run vm): the third kernel's result is the guest's."""
import ctypes
import os
import pathlib

from test_endings import receiving

KEXEC_FILE_LOAD, ON_CRASH, REBOOT_KEXEC = 320, 2, 0x45584543
AGAIN, CRASHED = "booted.again", "booted.crashed"
RESERVED = ("crashkernel=1024M", "nokaslr")  # half of the guest's memory, which a kernel anywhere in it might split
libc = ctypes.CDLL(None, use_errno=True)


def load(flags, *words):
    """The next kernel: this one, with more words on its line."""
    line = " ".join([pathlib.Path("/proc/cmdline").read_text().strip(), *words]).encode() + b"\0"
    with open(os.environ["KERNEL"], "rb") as kernel, open(os.environ["INITRAMFS"], "rb") as initramfs:
        done = libc.syscall(ctypes.c_long(KEXEC_FILE_LOAD), kernel.fileno(), initramfs.fileno(), ctypes.c_ulong(len(line)), line,
                            ctypes.c_ulong(flags))
    assert done == 0, os.strerror(ctypes.get_errno())


def boot():
    load(0, AGAIN, *RESERVED)
    libc.reboot(REBOOT_KEXEC)


def crash():
    load(ON_CRASH, CRASHED, "nr_cpus=1")
    pathlib.Path("/proc/sysrq-trigger").write_text("c")


def test_the_next_kernel_lends_after_a_reboot_and_after_a_crash(nic):
    pair = receiving(nic)
    booted = pathlib.Path("/proc/cmdline").read_text()
    if CRASHED not in booted:
        nic.to_queue(0).send(2000)
        (crash if AGAIN in booted else boot)()
        raise AssertionError("this kernel goes on")
    pair.close()
    assert nic.free() == nic.info.free
