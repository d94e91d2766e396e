# SPDX-License-Identifier: BSD-3-Clause
"""Who may borrow: whoever drives raw rings is as powerful as the kernel, so nobody less than root of the machine may. doc/security.md
says what that means."""
import contextlib
import ctypes
import os
import pathlib
import subprocess

import pytest

import guest
import raw

TAINT_USER = 1 << 6
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "--inh-caps=-all", "--bounding-set=-all"]
WITHOUT_RAWIO = ["setpriv", "--bounding-set=-sys_rawio", "--inh-caps=-sys_rawio"]

ATTACH = "import raw; print(raw.errno_of(raw.Port))"
SPLIT = "import raw; port = raw.Port(); port.info(); print(raw.errno_of(port.split))"


def test_attaching_needs_what_changing_the_netdev_needs(nic):
    assert guest.python(ATTACH, "setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin") == "EPERM"
    assert nic.free() == nic.info.free


def test_without_raw_io_a_socket_is_told_all_and_lent_nothing(nic):
    assert guest.python(ATTACH, *WITHOUT_RAWIO) == "0"
    assert guest.python(SPLIT, *WITHOUT_RAWIO) == "EPERM"
    assert nic.free() == nic.info.free


@contextlib.contextmanager
def netdev_in_a_users_namespace(nic):
    """How to enter it as its root."""
    holder = subprocess.Popen(["unshare", "--user", "--map-root-user", "--net", "cat"], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE)
    try:
        holder.stdin.write(b"x\n")
        holder.stdin.flush()
        holder.stdout.readline()  # it is inside
        inside = ["nsenter", "--target", str(holder.pid), "--user", "--net"]
        guest.run("ip", "link", "set", guest.NETDEV, "netns", holder.pid)
        subprocess.run([*inside, "ip", "link", "set", guest.NETDEV, "up"], check=True)
        yield inside
    finally:
        holder.stdin.close()
        holder.wait()  # a physical netdev falls back to the first namespace
        nic.wait_for_netdev()


def test_root_of_a_namespace_is_told_all_and_lent_nothing(nic):
    """Not even behind an IOMMU: the kernel's own buffers are in the same domain."""
    with netdev_in_a_users_namespace(nic) as inside:
        assert guest.python(ATTACH, *inside) == "0"
        assert guest.python(SPLIT, *inside) == "EPERM"


def descriptor_of(process, number):
    """Another process's open file, here: pidfd_getfd(2)."""
    pidfd_getfd = 438
    found = raw.libc.syscall(pidfd_getfd, os.pidfd_open(process), number, 0)
    assert found >= 0, os.strerror(ctypes.get_errno())
    return found


def test_attaching_again_does_not_raise_a_sockets_rights(nic):
    program = "import raw, sys; port = raw.Port(); print(port.fd, flush=True); sys.stdin.read()"
    with guest.python_beside(program, *WITHOUT_RAWIO) as lesser:
        number = int(lesser.stdout.readline())
        with contextlib.closing(raw.Port(descriptor=descriptor_of(lesser.pid, number))) as port:
            port.attach()
            assert raw.errno_of(port.split) == "EPERM"


USE = "import raw; port = raw.Port(descriptor={}); print(raw.errno_of(port.split)); port.info(); port.give_back()"


def test_who_is_handed_a_socket_has_its_rights_and_is_named_in_the_log_once(nic):
    before = guest.run("dmesg").count("uses a bifurc socket that user 0 attached")
    with contextlib.closing(raw.Port()) as port:
        assert guest.python(USE.format(port.fd), *NOBODY, pass_fds=[port.fd]) == "0"
        assert guest.python(USE.format(port.fd), *NOBODY, pass_fds=[port.fd]) == "0"
    log = guest.run("dmesg")
    assert log.count("uses a bifurc socket that user 0 attached") == before + 1
    assert "of user 65534 uses a bifurc socket" in log


def taint():
    return int(pathlib.Path("/proc/sys/kernel/tainted").read_text())


def test_the_kernel_is_tainted_where_nothing_confines_the_nic(nic):
    nic.pair().close()
    assert bool(taint() & TAINT_USER) == (nic.info.dma == raw.DMA_NONE)


def test_a_domain_that_does_not_translate_is_called_none(nic):
    if nic.info.dma != raw.DMA_IOMMU:
        pytest.skip("no IOMMU in this guest")
    kind = pathlib.Path(f"/sys/bus/pci/devices/{nic.device}/iommu_group/type")
    usual = kind.read_text()
    try:
        with nic.unbound():
            kind.write_text("identity")
        with contextlib.closing(raw.Port()) as port:
            assert port.info().dma == raw.DMA_NONE
            assert raw.errno_of(port.split, 1, raw.FIRST_ANY, raw.SPLIT_STRICT) == "EACCES"
    finally:
        with nic.unbound():
            kind.write_text(usual)
    with contextlib.closing(raw.Port()) as port:
        assert port.info().dma == raw.DMA_IOMMU


def test_a_netdev_of_another_namespace_is_not_there(nic):
    assert guest.python(ATTACH, "ip", "netns", "exec", guest.PEER_NETNS) == "ENODEV"


def test_a_driver_that_cannot_split_says_so(nic):
    assert guest.python("import raw; print(raw.errno_of(raw.Port, 'lo'))") == "ENOTSUP"
