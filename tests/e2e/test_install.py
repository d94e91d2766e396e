# SPDX-License-Identifier: BSD-3-Clause
"""What `meson install` puts where: read from a scratch tree, and laid over /usr in a private mount namespace."""
import os
import pathlib
import subprocess

import pytest

import lab
from testpmd import PROMPT, Testpmd

OVER_USR = 'mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr && exec "$@"'


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    tree = tmp_path_factory.mktemp("installed")
    subprocess.run(["meson", "install", "-C", lab.BUILD, "--no-rebuild", "--destdir", tree], check=True,
                   capture_output=True, timeout=lab.DEADLINE)
    return tree


@pytest.mark.parametrize("pattern", [
    "usr/lib/*/dpdk/pmds-*/librte_bus_bifurc.so", "usr/lib/*/dpdk/pmds-*/librte_net_bifurc.so",
    "**/libbifurc.so.0", "**/pkgconfig/libbifurc.pc", "**/include/bifurc/rte_bifurc.h",
    "**/include/bifurc/bifurc_uapi.h", "**/sbin/bifurc-ctl", "**/bin/bifurc-sim", "**/libbifurc-shim.so",
    "**/man8/bifurc-ctl.8*", "**/man1/bifurc-sim.1*", "**/man3/rte_bifurc.3*"])
def test_installed(tree, pattern):
    assert list(tree.glob(pattern))


def test_a_program_of_its_own_compiles_and_links_by_pkg_config(tree, tmp_path):
    (tmp_path / "own.c").write_text(
        "#include <rte_bifurc.h>\nint main(void) { struct rte_bifurc *nic; struct rte_bifurc_error why;\n"
        'return rte_bifurc_open("no-such-netdev", &nic, &why) == -19 ? 0 : 1; }\n')
    pc = next(tree.glob("**/pkgconfig/libbifurc.pc"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(tree)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "libbifurc"], env=environment, check=True,
                           capture_output=True, text=True).stdout.split()
    subprocess.run(["cc", "own.c", "-o", "own", *flags], cwd=tmp_path, check=True, timeout=lab.DEADLINE)
    library = pathlib.Path(next(tree.glob("**/libbifurc.so.0"))).parent
    assert subprocess.run([tmp_path / "own"], env={**os.environ, "LD_LIBRARY_PATH": str(library)}).returncode == 0


@pytest.mark.skipif("overlay" not in open("/proc/filesystems").read(), reason="this kernel has no overlayfs")
def test_eal_finds_the_installed_drivers_by_itself(tree):
    nic = lab.Nic()
    try:
        pmd = Testpmd(["ip", "netns", "exec", nic.netns, "unshare", "--mount", "sh", "-c", OVER_USR, tree,
                       "dpdk-testpmd", "-l", "0,1", "--no-huge", "-m", "512", "--no-pci", "--file-prefix", nic.netns,
                       "--vdev=rte_bifurc,iface=eth0,qpairs=1", "--", "-i", "--total-num-mbufs=16384"],
                      env=nic._environment())
        nic.programs.append(pmd)
        pmd.wait_for(PROMPT)
        assert "net_bifurc" in pmd.command("show port info 0")
        assert pmd.quit() == 0
    finally:
        nic.close()
