#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs in a guest of kernel/vm (or on a machine with two cabled ports: doc/install.md), as root. Sets up, in the manner of
# sandbox_inside.sh,
#   eth0            the NIC, 198.18.0.1/16
#   netns "peer"    the host at the other end of its wire, p0, 198.18.0.2/16, if that is here
# with our drivers among EAL's plug-ins, and runs the command. The whole goes with the guest.
set -euo pipefail
: "${BIFURC_BUILD:?}"

# EAL takes no plug-in from below a directory which everybody may write to, as a checkout in /tmp is: hence the mount.
seen=/run/bifurc/build
mkdir -p "$seen"
mount --bind "$BIFURC_BUILD" "$seen"
for folder in /usr/lib/*/dpdk/pmds-*; do
    ln -sf "$seen"/drivers/bus/bifurc/librte_bus_bifurc.so* "$seen"/drivers/net/bifurc/librte_net_bifurc.so* "$folder/"
done
# As many as a plain dpdk-testpmd wants. Without an IOMMU only they are contiguous for the NIC.
echo 256 >/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
mkdir -p /dev/hugepages
mount -t hugetlbfs hugetlbfs /dev/hugepages

sysctl -q -e -w net.ipv6.conf.all.disable_ipv6=1
ip addr add 198.18.0.1/16 dev eth0
[ -e /sys/class/net/eth1 ] || exec "$@"
ip netns add peer
ip link set eth1 netns peer name p0
ip netns exec peer sysctl -q -e -w net.ipv6.conf.all.disable_ipv6=1
# What is seen there is what was on the wire.
ip netns exec peer ethtool -K p0 gro off
ip -n peer link set lo up
ip -n peer link set p0 mtu 9600 promisc on up
ip -n peer addr add 198.18.0.2/16 dev p0
exec "$@"
