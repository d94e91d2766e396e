# SPDX-License-Identifier: BSD-3-Clause
"""Tests that are the same whatever the NIC is: those of the simulator (tests/e2e) and of the virtual machines (tests/vm) take
them over. What they need of their fixture `nic`: testpmd(), program(), ethtool(), lead_to_borrowed(), set_mtu(), first, peer; and
where NICs differ: needs(), reported(), psh_of_the_last. Their fixture `rss_nic` is one whose first lent queue the indirection
table can name."""
