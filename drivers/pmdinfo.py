# SPDX-License-Identifier: BSD-3-Clause
"""pmdinfo.py PMDINFOGEN ARCHIVE OUTPUT: the C source with which dpdk-pmdinfo.py finds a plug-in's names, arguments and PCI ids.

pmdinfogen reads object files, and meson knows those of a library by the library's name only.
"""
import subprocess
import sys


def main(pmdinfogen, archive, output):
    # P: members of a thin archive by the path at which they lie.
    members = subprocess.run(["ar", "tP", archive], check=True, capture_output=True, text=True).stdout.split()
    return subprocess.run([sys.executable, pmdinfogen, "elf", *members, output]).returncode


sys.exit(main(*sys.argv[1:]))
