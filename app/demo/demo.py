# SPDX-License-Identifier: BSD-3-Clause
"""The main job on real traffic: one port, shared by the kernel and the distribution's dpdk-testpmd.

Runs inside the sandbox of ./run demo: eth0 is a simulated 82599, netns "peer" holds the host at the other end of its
wire. Exit status 0 only if every number adds up.
"""

import sys

import story
from report import Report


def main():
    report = Report()
    with story.Stage(report) as stage:
        stage.keep_pinging()
        stage.borrow_a_queue()
        stage.send_two_flows(20_000)
        stage.transfer_by_tcp(64 << 20, seconds=3)
        stage.answer_through_own_queue(5_000)
        stage.kill_and_start_again(2_000)
        stage.settle()
    return report.finish()


sys.exit(main())
