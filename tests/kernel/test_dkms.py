# SPDX-License-Identifier: BSD-3-Clause
"""The DKMS package on the distribution's kernels: it takes their place while it builds, and leaves them alone when not.

dkms changes /usr/src, /lib/modules and /var/lib/dkms: here those are file systems in memory above the machine's own, in a
mount namespace that ends with the tests (config/vm.sh makes it)."""
import contextlib
import os
import pathlib
import shutil
import subprocess

import pytest
from conftest import TOP, modules, mount_namespace_is_our_own, packages, run

NAME = "bifurc/0.1.0"
DRIVERS = pathlib.Path("kernel/drivers/net/ethernet/intel")
SERIES = ("6.1", "7.3")  # the oldest, and the newest as its update


def put_above(folder, memory):
    """What is written to this folder from now on stays in memory."""
    upper, work = memory / folder.strip("/") / "upper", memory / folder.strip("/") / "work"
    upper.mkdir(parents=True)
    work.mkdir()
    run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={folder},upperdir={upper},workdir={work}", folder)


def headers_of(release):
    """Unpacked, of this machine's release or of the next one."""
    return next(packages.CACHE.glob(f"headers*/usr/src/linux-headers-{release}"))


class Kernel:
    """A distribution kernel as if it were installed: headers to build against, and its own drivers."""

    def __init__(self, series):
        self.release = packages.release_of(modules(series)[0])
        self.folder = pathlib.Path("/lib/modules") / self.release
        self.headers = headers_of(self.release)

    def install(self):
        _, stock = packages.kernel_image(self.release, packages.CACHE)
        for driver in ("igb", "ixgbe"):
            shutil.copytree(stock / DRIVERS / driver, self.folder / DRIVERS / driver)
        for name in ("modules.order", "modules.builtin", "modules.builtin.modinfo"):
            shutil.copy(stock / name, self.folder)
        (self.folder / "build").symlink_to(self.headers)
        run("depmod", self.release)

    def header(self, name):
        return self.headers.with_name(self.headers.name.replace("-amd64", "-common")) / "include" / name

    def driver(self, name):
        """Which file modprobe would take, below the kernel's folder."""
        return pathlib.Path(self.said("filename", name).strip()).resolve().relative_to(self.folder.resolve())

    def is_stock(self):
        return all(self.driver(name).parts[0] == "kernel" for name in ("igb", "ixgbe"))

    def said(self, what, name):
        return run("modinfo", "-k", self.release, "-F", what, name).stdout

    def is_ours(self):
        return all(self.driver(name).parts[0] == "updates" and "bifurc" in self.said("depends", name) and
                   NAME.endswith(f"/{self.said('version', name).strip()}") for name in ("igb", "ixgbe"))


def use_tools_of(kernel, memory):
    """Where its headers lie, whose compiler is found as if it were installed; what a test changes there stays in memory."""
    root = kernel.headers.parents[2]
    put_above(str(root), memory)
    os.environ["PATH"] += f":{root}/usr/bin"


@pytest.fixture(scope="module")
def kernels(tmp_path_factory):
    """One for each series, on file systems of their own."""
    if not mount_namespace_is_our_own():
        pytest.skip("dkms changes the system: run this as root below `unshare --mount`")
    memory = tmp_path_factory.mktemp("memory")
    run("mount", "-t", "tmpfs", "tmpfs", memory)
    pathlib.Path("/usr/lib/modules").mkdir(exist_ok=True)
    for folder in ("/usr/src", "/usr/lib/modules", "/var/lib"):
        put_above(folder, memory)
    try:
        found = [Kernel(series) for series in SERIES]
        for kernel in found:
            use_tools_of(kernel, memory)
        for kernel in found:
            kernel.install()
    except packages.Unavailable as reason:
        pytest.skip(str(reason))
    return found


@pytest.fixture
def source():
    """The package's own tree, as doc/install.md makes it; afterwards nothing of it is installed."""
    folder = pathlib.Path("/usr/src/bifurc-0.1.0")
    run(TOP / "kernel/build", "dkms", "--out", folder)
    yield folder
    run("dkms", "remove", NAME, "--all", check=False)


def test_it_is_installed_follows_a_kernel_update_and_can_be_removed(kernels, source):
    first, update = kernels
    assert first.is_stock()
    run("dkms", "install", NAME, "-k", first.release)
    assert first.is_ours()
    run("dkms", "autoinstall", "-k", update.release)  # what a kernel package's installation calls
    assert update.is_ours()
    run("dkms", "remove", NAME, "--all")
    assert first.is_stock() and update.is_stock()


def patches_that_do_not_fit(source, _kernel):
    """The driver has changed where we change it."""
    for patch in source.glob("ixgbe/hooks-*.patch"):
        yield patch, "\n ", "\n  "


def code_that_does_not_compile(source, _kernel):
    """The kernel has changed something that we call."""
    yield source / "ixgbe/ixgbe_bifurc.c", "ixgbe_store_reta(", "ixgbe_no_such_thing("


def an_adapter_that_is_not_found(source, _kernel):
    """The driver keeps it in a way that nobody has seen."""
    yield source / "Kbuild", "ixgbe_from_netdev.struct", "ixgbe_from_elsewhere.struct"


def a_socket_that_is_asked_in_another_way(_source, kernel):
    """The kernel has done away with a call that we replace."""
    yield kernel.header("linux/net.h"), "(*getsockopt)(struct socket", "(*getsockopt_anew)(struct socket"


@contextlib.contextmanager
def edited(edits):
    before = {}
    for path, old, new in edits:
        before[path] = path.read_text()
        assert old in before[path], f"{path} has no {old}"
        path.write_text(before[path].replace(old, new))
    yield
    for path, text in before.items():
        path.write_text(text)


@pytest.mark.parametrize("spoil", [patches_that_do_not_fit, code_that_does_not_compile, an_adapter_that_is_not_found,
                                   a_socket_that_is_asked_in_another_way], ids=lambda spoil: spoil.__name__)
def test_what_does_not_build_leaves_the_kernels_own_drivers(kernels, source, spoil):
    kernel = kernels[-1]
    with edited(spoil(source, kernel)):
        done = subprocess.run(["dkms", "install", NAME, "-k", kernel.release], text=True, capture_output=True, timeout=1200)
    assert done.returncode != 0, done.stdout
    assert kernel.is_stock()
    assert not (kernel.folder / "updates").exists()
