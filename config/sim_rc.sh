# SPDX-License-Identifier: BSD-3-Clause
# The shell of ./run sim.
# shellcheck shell=bash
PS1='sim:\w\$ '
cat <<'TEXT'

  eth0 is a simulated 82599: 32 queue pairs are the kernel's, 32 are free to borrow. 192.0.2.2 answers at the other end
  of its wire; `ip netns exec peer COMMAND` runs there. ifconfig, ethtool and dpdk-testpmd are your distribution's own.

    ifconfig eth0 promisc
    ethtool -K eth0 ntuple on
    ethtool -N eth0 flow-type udp4 src-ip 0.0.0.0 action 0
    dpdk-testpmd -c 0x3 -n 4 --vdev=rte_bifurc,iface=eth0,qpairs=1 -- -i --rxfreet=32 --txfreet=32 --txrst=32
    ethtool -N eth0 flow-type udp4 src-ip 1.1.1.1 action 32

  The last step wants testpmd to run: `./run join` in another terminal gives a second shell here. `exit` ends it all.

TEXT
