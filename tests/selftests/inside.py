# SPDX-License-Identifier: BSD-3-Clause
"""The kernel's own tests that fit a NIC, inside the guest that config/vm_inside.sh has set up.

inside.py SOURCE ROUNDS RESULTS [--lent]: SOURCE is what `kernel/build selftests` prints. RESULTS gets a line for each case of
each round: round, test, case, what became of it, why. --lent: a program drives a borrowed queue pair meanwhile.
"""
import argparse
import contextlib
import json
import os
import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "vm"))
import raw  # noqa: E402

NETDEV, NETNS, PEER = "eth0", "peer", "p0"
# Below tools/testing/selftests. Those that a series does not have are left out.
TESTS = ["drivers/net/ping.py", "drivers/net/queues.py", "drivers/net/stats.py", "drivers/net/hw/csum.py",
         "drivers/net/hw/rss_ctx.py", "drivers/net/hw/ntuple.py", "drivers/net/hds.py", "drivers/net/ring_reconfig.py",
         "drivers/net/xdp.py", "net/psock_tpacket"]
SECONDS = 1200  # for one test: it is there for what hangs
ENVIRONMENT = {"NETIF": NETDEV, "LOCAL_V4": "198.18.0.1", "REMOTE_V4": "198.18.0.2", "LOCAL_V6": "fd00:198::1",
               "REMOTE_V6": "fd00:198::2", "REMOTE_TYPE": "netns", "REMOTE_ARGS": NETNS, "PYTHONDONTWRITEBYTECODE": "1"}
# Debian's 6.12 has a csum.py that asks for remote_ifname, which its own environment does not know yet.
START = f"""
import runpy, sys
sys.argv = sys.argv[1:]
sys.path.insert(0, sys.argv[0].rpartition('/')[0])
from lib.py import NetDrvEpEnv
if not hasattr(NetDrvEpEnv, 'remote_ifname'):
    NetDrvEpEnv.remote_ifname = '{PEER}'
runpy.run_path(sys.argv[0], run_name='__main__')
"""


def run(*argv):
    subprocess.run(argv, check=True, capture_output=True)


def set_up():
    """IPv6 as well, which config/vm_inside.sh leaves out, and rules where the NIC has them."""
    subprocess.run(["ethtool", "-K", NETDEV, "ntuple", "on"], check=False, capture_output=True)
    for prefix, netdev, address in (((), NETDEV, "fd00:198::1"), (("ip", "netns", "exec", NETNS), PEER, "fd00:198::2")):
        for name in ("all", netdev):
            run(*prefix, "sysctl", "-q", "-w", f"net.ipv6.conf.{name}.disable_ipv6=0")
        run(*prefix, "ip", "addr", "replace", f"{address}/64", "dev", netdev, "nodad")


def diagnosis():
    return "".join(subprocess.run(argv, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout for argv in (
        ["ip", "-s", "addr", "show", NETDEV], ["ip", "neigh"], ["ethtool", "-x", NETDEV], ["ethtool", "-l", NETDEV]))


def reachable():
    """A test may have left the link coming up, but it has to come."""
    run("ip", "link", "set", NETDEV, "up")
    return all(subprocess.run(["ping", "-c", "1", "-w", "60", address], capture_output=True).returncode == 0
               for address in ("198.18.0.2", "fd00:198::2"))


def lend(stack):
    """The last pair, which lies beyond all channels that a test may ask for: what would take a lent one is refused on purpose."""
    with contextlib.closing(raw.Port()) as port:
        last = port.info().total - 1
    pair = raw.Pair(first=last)
    stack.callback(pair.close)
    pair.start_rx()
    pair.start_tx()


def cases(output):
    """Of TAP: the name of each case, pass, fail or skip, and what it says of that."""
    for verdict, name, note in re.findall(r"^(ok|not ok) \d+ -? ?([^#\n]*?) *(?:# *(.*))?$", output, re.M):
        if note.upper().startswith(("SKIP", "XFAIL")):
            yield name, "skip", note
        else:
            yield name, "pass" if verdict == "ok" else "fail", note


def run_test(source, test):
    """Its cases, and its output."""
    path = source / "tools/testing/selftests" / test
    argv = [sys.executable, "-c", START, path] if test.endswith(".py") else [path]
    tools = {"PATH": f"{source}/bifurc-tools/usr/sbin:{os.environ['PATH']}"}
    done = subprocess.run(argv, cwd=path.parent, env=os.environ | ENVIRONMENT | tools, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", timeout=SECONDS)
    found = list(cases(done.stdout))
    if not found:  # one that only has a status
        found = [(pathlib.Path(test).stem, "skip" if done.returncode == 4 else "fail" if done.returncode else "pass", "")]
    return found, done.stdout


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("source", type=pathlib.Path)
    parser.add_argument("rounds", type=int)
    parser.add_argument("results", type=pathlib.Path)
    parser.add_argument("--lent", action="store_true")
    parser.add_argument("--only", help="tests whose name has this in it")
    args = parser.parse_args()
    set_up()
    reachable()
    tests = [t for t in TESTS if (args.source / "tools/testing/selftests" / t).exists() and (args.only or "") in t]
    with contextlib.ExitStack() as stack, open(args.results, "w") as results:
        if args.lent:
            lend(stack)
        for number in range(args.rounds):
            for test in tests:
                found, output = run_test(args.source, test)
                found.append((f"{pathlib.Path(test).stem}, then ping", "pass" if reachable() else "fail", ""))
                for case, verdict, note in found:
                    print(json.dumps([number, test, case, verdict, note]), file=results, flush=True)
                counts = ", ".join(f"{sum(v == verdict for _, v, _ in found)} {verdict}" for verdict in ("pass", "fail", "skip"))
                print(f"round {number}: {test}: {counts}", flush=True)
                if any(verdict == "fail" for _, verdict, _ in found):
                    print(output, diagnosis(), sep="", flush=True)
                set_up()


if __name__ == "__main__":
    main()
