# SPDX-License-Identifier: BSD-3-Clause
"""The part of ./run bench vm that runs in the guest: drivers take turns on eth0, whose wire the guest's end does not see."""
import argparse
import subprocess
import sys

import contestants
import figures
import rounds

NETDEV = "eth0"
PATIENCE = 120  # s, for each of testpmd's prompts: the guest is emulated
FORWARDER, OTHER = 1, 0  # the guest's cores; interrupts of the kernel's first queue go to the latter


class OnNic(contestants.Contestant):
    """A testpmd on eth0. What is received is one flow, which a rule of the kernel's leads to this one's queue."""
    queue = 0
    device = ""

    def open(self, job, size):
        if not self.pmd:
            self.pmd = self.test_pmd([self.device], patience=PATIENCE)
            ethtool("-N", NETDEV, "flow-type", "udp4", "src-port", "1024", "action", str(self.queue), "loc", "1")

    def close(self):
        if self.pmd:
            ethtool("-N", NETDEV, "delete", "1", check=False)  # a rule for a lent queue has gone with its queue
        super().close()


class Bifurc(OnNic):
    name = "bifurc"
    legend = "a lent queue pair, by its own registers and rings"
    device = f"--vdev=rte_bifurc,iface={NETDEV},qpairs=1"

    @property
    def queue(self):
        """The first that is not the kernel's."""
        return kernel_queues()


class AfPacket(OnNic):
    name = "net_af_packet"
    legend = "the kernel's driver and its stack; a copy of each frame, into a ring that is shared with the kernel"
    device = f"--vdev=net_af_packet0,iface={NETDEV}"


class AfXdp(OnNic):
    name = "net_af_xdp"
    legend = "the kernel's driver, zero-copy where it agrees, and an XDP program"
    device = f"--vdev=net_af_xdp0,iface={NETDEV},start_queue=0,queue_count=1"


ALL = [Bifurc, AfPacket, AfXdp]


def ethtool(*arguments, check=True):
    done = subprocess.run(["ethtool", *arguments], capture_output=True, text=True, check=False)
    if check and done.returncode != 0:
        raise RuntimeError(f"ethtool {' '.join(arguments)}: {done.stderr}")
    return done.stdout


def kernel_queues():
    return int(ethtool("-l", NETDEV).rsplit("Combined:", 1)[1].split()[0])


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--size", type=int, nargs="+", required=True)
    parser.add_argument("--job", nargs="+", required=True)
    parser.add_argument("--json", required=True)
    return parser.parse_args()


def main():
    chosen = options()
    ethtool("-K", NETDEV, "ntuple", "on")
    absent = {}
    rates = rounds.compete(chosen, [kind((OTHER, FORWARDER)) for kind in ALL], absent)
    figures.write_json(chosen.json, {
        "machine": figures.machine(), "legends": {kind.name: kind.legend for kind in ALL}, "absent": absent,
        "rates": [[*cell, values] for cell, values in rates.items()]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
