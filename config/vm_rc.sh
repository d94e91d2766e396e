# SPDX-License-Identifier: BSD-3-Clause
# The shell of ./run vm shell.
# shellcheck shell=bash
PS1='\[\e[1m\]vm\[\e[0m\] \w \$ '
PATH=$BIFURC_BUILD/app/bifurc-ctl:$PATH
cat <<'TEXT'
eth0 is a NIC under our driver, 198.18.0.1; the host at the other end of its wire is: ip netns exec peer COMMAND
dpdk-testpmd has its hugepages and our drivers:
  dpdk-testpmd -l 0,1 -n 4 --no-pci --vdev=rte_bifurc,iface=eth0,qpairs=1 -- -i --rxfreet=32 --txfreet=32 --txrst=32
bifurc-ctl info eth0 says what is in force. What this shell writes is forgotten, save in /run/share. exit ends the guest.
TEXT
