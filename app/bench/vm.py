# SPDX-License-Identifier: BSD-3-Clause
"""Ours, net_af_packet and net_af_xdp on the same NIC, kernel and guest: frames a second of dpdk-testpmd, taking turns.

The NIC is the model of the 82599 under Linux's own ixgbe; its generator or sink is outside of the guest."""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import contestants
import figures
import rounds

HERE = pathlib.Path(__file__).resolve().parent
SIZES = [64, 1518]
GUEST = ["--nic", "82599", "--series", "6.12", "--shared-pages", "--timeout", "3600"]


def options():
    parser = argparse.ArgumentParser(prog="./run bench vm", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="turns of each contestant (%(default)s)")
    parser.add_argument("--seconds", type=float, default=2, help="of each measurement (%(default)s)")
    parser.add_argument("--size", type=int, nargs="+", default=SIZES, help="frames with FCS (%(default)s)")
    parser.add_argument("--job", nargs="+", choices=contestants.JOBS, default=contestants.JOBS, help="(all)")
    parser.add_argument("--kvm", action="store_true", help="use the hardware instead of software emulation")
    parser.add_argument("--json", default=str(contestants.TOP / ".cache/bench-vm.json"), help="(%(default)s)")
    return parser.parse_args()


def guests(chosen):
    """What each guest's NIC is plugged into, and what is measured there: wire, sizes, jobs."""
    receiving = [job for job in chosen.job if job != "txonly"]
    if receiving:
        yield from ((f"gen:size={size}", [size], receiving) for size in chosen.size)
    if "txonly" in chosen.job:
        yield "sink", chosen.size, ["txonly"]


def measure(chosen, wire, sizes, jobs):
    """What vm_guest.py wrote. Ends with the guest's status if there is none: kernel/vm has said why."""
    with tempfile.TemporaryDirectory(prefix="bifurc-bench-") as share:
        command = [contestants.TOP / "run", "vm", *GUEST, *(["--kvm"] if chosen.kvm else []), "--wire", wire, "--share", share,
                   "--", "/usr/bin/python3", "-B", HERE / "vm_guest.py", "--rounds", chosen.rounds, "--seconds", chosen.seconds,
                   "--size", *sizes, "--job", *jobs, "--json", "/run/share/bench.json"]
        done = subprocess.run([str(part) for part in command], stdin=subprocess.DEVNULL, check=False)
        if done.returncode != 0:
            sys.exit(done.returncode)
        return json.loads((pathlib.Path(share) / "bench.json").read_text())


def main():
    chosen = options()
    about = figures.machine()
    legends, absent, rates = {}, {}, {}
    for guest in guests(chosen):
        found = measure(chosen, *guest)
        about["guest_kernel"] = found["machine"]["kernel"]
        legends |= found["legends"]
        absent |= found["absent"]
        rates |= {tuple(cell): values for *cell, values in found["rates"]}
    print()
    print(figures.machine_line(about))
    rounds.report(chosen, legends, absent, rates)
    figures.write_json(chosen.json, rounds.as_json("vm", chosen, about, legends, absent, rates))
    return 0 if rounds.whole(rates, absent) else 1


if __name__ == "__main__":
    sys.exit(main())
