# SPDX-License-Identifier: BSD-3-Clause
"""The demo's steps, in the order in which they are played."""

import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

import traffic

TOP = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(TOP / "tests/e2e"))
from testpmd import PROMPT, Testpmd  # noqa: E402  (the same hands on testpmd as the tests have)

BUILD = pathlib.Path(os.environ["BIFURC_BUILD"])
PAIR = 32  # the first that is not the kernel's
STEERED_PORT, KERNEL_PORT = 5001, 5002
DEADLINE = 60
TESTPMD = ["dpdk-testpmd", "-l", "0,1", "--no-huge", "-m", "256", "--no-pci", "--file-prefix", "demo",
           "--vdev=rte_bifurc,iface=eth0,qpairs=1", "--", "-i", "--total-num-mbufs=8192"]
RULE = ["ethtool", "-N", "eth0", "flow-type", "udp4", "dst-port", str(STEERED_PORT), "action", str(PAIR)]

# Every way in which a received frame can end without an owner, as `ethtool -S` names them.
DROPS = ["rx_filtered", "rx_receive_disabled", "rx_length_errors", "rx_missed_errors", "rx_no_dma_resources",
         "rx_queue_disabled", "rx_fdir_drop", "rx_dma_fault", "rx_bad_descriptor"]


def run(*argv):
    return subprocess.run(argv, check=True, capture_output=True, text=True, timeout=DEADLINE).stdout


def in_peer(*argv):
    return ["ip", "netns", "exec", "peer", *argv]


def statistics():
    return {name: int(value) for name, value in re.findall(r"^ +(\w+): (\d+)$", run("ethtool", "-S", "eth0"), re.M)}


def wait_until(condition, what):
    deadline = time.monotonic() + DEADLINE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"within {DEADLINE} s this did not come true: {what}")
        time.sleep(0.05)


class Stage:
    def __init__(self, report):
        self.report = report
        self.testpmd = None
        self._programs = []

    def __enter__(self):
        run("ethtool", "-K", "eth0", "ntuple", "on")
        return self

    def __exit__(self, *_):
        if self.testpmd:
            self.testpmd.close()
        for program in self._programs:
            if program.poll() is None:
                program.kill()
                program.wait()

    def _start(self, *argv):
        program = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True)
        self._programs.append(program)
        return program

    def _start_testpmd(self):
        self.testpmd = Testpmd(TESTPMD, timeout=DEADLINE)
        self.testpmd.wait_for(PROMPT)

    def _wait_for_queue(self, frames, before):
        """Until the NIC has ended that many frames for the borrowed queue, and testpmd has them; (received, missed)."""

        def ended():
            now = statistics()
            self.report.progress(f"queue {PAIR}: {now[f'rx_queue_{PAIR}_packets']} frames to testpmd, "
                                 f"{now[f'rx_queue_{PAIR}_missed']} dropped; kernel: {now['rx_packets']} frames")
            return self._queue(now, before)

        wait_until(lambda: sum(ended()) >= frames, f"{frames} frames at queue {PAIR}")
        received, missed = ended()
        self.testpmd.wait_for_xstat("rx_good_packets", before["testpmd"] + received)
        return received, missed

    def _queue(self, now, before):
        return (now[f"rx_queue_{PAIR}_packets"] - before[f"rx_queue_{PAIR}_packets"],
                now[f"rx_queue_{PAIR}_missed"] - before[f"rx_queue_{PAIR}_missed"])

    def _before(self):
        return {**statistics(), "testpmd": self.testpmd.xstats()["rx_good_packets"]}

    # The steps.

    def keep_pinging(self):
        self.report.say("the peer pings eth0 ten times a second, until the end")
        self.ping = self._start(*in_peer("ping", "-i", "0.1", "192.0.2.1"))

    def borrow_a_queue(self):
        self.report.say("dpdk-testpmd borrows one queue pair of eth0: --vdev=rte_bifurc,iface=eth0,qpairs=1")
        self._start_testpmd()
        self.testpmd.command("set fwd rxonly")
        self.testpmd.command("start")
        self.report.say(f"$ {' '.join(RULE)}")
        run(*RULE)

    def send_two_flows(self, count):
        self.report.say(f"the peer sends two UDP flows of {count} frames: port {STEERED_PORT} is steered to testpmd's "
                        f"queue {PAIR}, port {KERNEL_PORT} is not")
        receiver = traffic.UdpReceiver(KERNEL_PORT)
        stray = traffic.UdpReceiver(STEERED_PORT)
        before, dropped_before = self._before(), self._kernel_drops()
        steered = traffic.UdpSender("peer", ("192.0.2.1", STEERED_PORT))
        ordinary = traffic.UdpSender("peer", ("192.0.2.1", KERNEL_PORT))
        for first in range(0, count, 1000):
            steered.send(first, 1000)
            ordinary.send(first, 1000)
            self.report.progress(f"{first + 1000} of {count} frames of each flow sent, {receiver.received} at the "
                                 f"kernel's socket")
        received, missed = self._wait_for_queue(count, before)
        wait_until(lambda: receiver.received + self._kernel_drops() - dropped_before >= count,
                   "the kernel's flow to arrive")
        dropped = self._kernel_drops() - dropped_before
        for socket in (receiver, stray, steered, ordinary):
            socket.close()
        good = self.testpmd.xstats()["rx_good_packets"] - before["testpmd"]
        self.report.flow(f"UDP to port {STEERED_PORT} (steered)", count, stray.received, good, missed)
        self.report.flow(f"UDP to port {KERNEL_PORT}", count, len(receiver.numbers), 0, dropped)
        self.report.check("every UDP payload that the kernel got is what was sent", receiver.damaged == 0)
        self.report.check(f"testpmd counts the {received} frames that the NIC gave its queue", good == received)

    @staticmethod
    def _kernel_drops():
        """What the NIC and the kernel's UDP sockets dropped of the kernel's frames."""
        fields = [line.split() for line in open("/proc/net/snmp") if line.startswith("Udp:")]
        udp = dict(zip(fields[0], fields[1]))
        now = statistics()
        queues = sum(value for name, value in now.items() if re.fullmatch(r"rx_queue_\d+_missed", name) and
                     name != f"rx_queue_{PAIR}_missed")
        return int(udp["RcvbufErrors"]) + queues

    def transfer_by_tcp(self, length, seconds):
        self.report.say(f"iperf3 sends by TCP from the peer to eth0's host for {seconds} s, then {length >> 20} MB whose "
                        f"SHA-256 is compared follow")
        server = self._start("iperf3", "--server", "--one-off", "--forceflush")
        for line in server.stdout:
            if "listening" in line:
                break
        client = self._start(*in_peer("iperf3", "--client", "192.0.2.1", "--time", str(seconds), "--json"))
        result = json.loads(client.communicate(timeout=DEADLINE)[0])
        server.communicate(timeout=DEADLINE)
        if "error" in result:
            return self.report.check(f"iperf3 works: {result['error']}", False)
        received, retransmits = result["end"]["sum_received"], result["end"]["sum_sent"].get("retransmits", 0)
        self.report.say(f"iperf3: {received['bits_per_second'] / 1e6:.0f} Mbit/s, {retransmits} retransmits")
        self.report.check("iperf3 carried data by TCP", received["bytes"] > 0)
        sent, arrived = traffic.tcp_transfer("peer", "192.0.2.1", length)
        self.report.check(f"{length >> 20} MB arrived by TCP with the SHA-256 that they were sent with", sent == arrived)

    def answer_through_own_queue(self, count):
        self.report.say(f"testpmd in macswap answers {count} frames through its own transmit queue")
        self.testpmd.command("stop")
        self.testpmd.command("set fwd macswap")
        self.testpmd.command("start")
        before = self._before()
        mac = bytes.fromhex(open("/sys/class/net/eth0/address").read().strip().replace(":", ""))
        echo = traffic.FrameEcho("peer", "p0", mac, STEERED_PORT)
        sent, back, damaged = echo.exchange(count)
        echo.close()
        received, missed = self._wait_for_queue(sent, before)
        self.report.flow("macswap, there", sent, 0, received, missed)
        self.report.check(f"macswap: {back} frames came back whole of the {received} that testpmd received, "
                          f"{damaged} damaged", back == received and damaged == 0 and back > 0)

    def kill_and_start_again(self, count):
        self.report.say("kill -9 on testpmd, with traffic on its queue")
        sender = traffic.UdpSender("peer", ("192.0.2.1", STEERED_PORT))
        sender.send(0, 200)
        self.testpmd.process.send_signal(signal.SIGKILL)
        self.testpmd.close()
        self.testpmd = None
        ctl = str(BUILD / "app/bifurc-ctl/bifurc-ctl")
        info = json.loads(run(ctl, "info", "eth0", "--json"))
        self.report.check(f"all {info['pairs_free']} pairs that are not the kernel's are free again",
                          info["pairs_free"] == info["pairs_total"] - info["pairs_kernel"])
        self.report.check("the rule that pointed to the borrowed queue is gone", "Filter:" not in run(
            "ethtool", "-n", "eth0"))
        self.report.say("a new testpmd, first try")
        self._start_testpmd()
        self.testpmd.command("set fwd rxonly")
        self.testpmd.command("start")
        run(*RULE)
        before = self._before()
        sender.send(0, count)
        received, missed = self._wait_for_queue(count, before)
        sender.close()
        self.report.flow("UDP after kill -9 and a new start", count, 0, received, missed)

    def settle(self):
        self.report.say("adding up")
        self.ping.send_signal(signal.SIGINT)
        text = self.ping.communicate(timeout=DEADLINE)[0]
        sent, answered = map(int, re.search(r"(\d+) packets transmitted, (\d+) received", text).groups())
        self.report.check(f"ping was answered throughout: {answered} of {sent}", answered == sent)
        self.testpmd.quit()
        wait_until(lambda: self._wire() == statistics()["rx_pkts_nic"], "all frames of the peer to reach the NIC")
        now = statistics()
        drops = {name: now[name] for name in DROPS}
        total = now["rx_packets"] + now["rx_split_packets"] + now["rx_pending"] + sum(drops.values())
        named = ", ".join(f"{value} {name}" for name, value in drops.items() if value) or "no drops"
        self.report.check(f"the peer's kernel sent {self._wire()} frames, the NIC received {now['rx_pkts_nic']}",
                          self._wire() == now["rx_pkts_nic"])
        self.report.check(f"{now['rx_pkts_nic']} frames in = {now['rx_packets']} kernel + {now['rx_split_packets']} "
                          f"testpmd + {sum(drops.values())} counted drops ({named})", total == now["rx_pkts_nic"])
        seen = int(open("/sys/class/net/eth0/statistics/rx_packets").read())
        self.report.check(f"the kernel's own count of eth0's frames is {seen}", seen == now["rx_packets"])

    @staticmethod
    def _wire():
        return int(run(*in_peer("cat", "/sys/class/net/p0/statistics/tx_packets")))
