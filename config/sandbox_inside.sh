#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Runs as the first process of the namespaces that config/sandbox.sh made, as root. Sets up
#   eth0            a simulated port with 32 kernel queue pairs, 192.0.2.1/24
#   netns "peer"    the host at the other end of its wire, p0, 192.0.2.2/24
# and runs the command with the shim in place. Nothing of this is seen outside.
set -euo pipefail

state=/run/bifurc
build=$BIFURC_BUILD

die() {
    printf 'run: %s\n' "$*" >&2
    exit 1
}

private_mounts() {
    mount --make-rprivate /
    mount -t tmpfs -o mode=0755 tmpfs /run
    mkdir -p "$state" /run/netns
    mount -t sysfs sysfs /sys
    mkdir "$state/hugepages"
    mount -t hugetlbfs hugetlbfs "$state/hugepages" 2>/dev/null || rmdir "$state/hugepages"
}

# EAL loads every plug-in of one directory: the distribution's and, here only, ours. It takes none from below a directory
# which everybody may write to, as a checkout in /tmp is: hence the mount of the build directory.
show_plugins() {
    local dirs=(/usr/lib/*/dpdk/pmds-*) file
    [ -d "${dirs[0]}" ] || die "there is no DPDK plug-in directory /usr/lib/*/dpdk/pmds-*: is the package dpdk installed?"
    mkdir "$state/distribution" "$state/plugins" "$state/build"
    mount --bind "$build" "$state/build"
    mount --bind "${dirs[0]}" "$state/distribution"
    for file in "$state/distribution"/* "$state"/build/drivers/bus/bifurc/librte_bus_bifurc.so* \
        "$state"/build/drivers/net/bifurc/librte_net_bifurc.so*; do
        if [ -f "$file" ]; then ln -sf "$file" "$state/plugins/"; fi
    done
    mount --bind "$state/plugins" "${dirs[0]}"
}

peer_host() {
    ip link set lo up
    ip netns add peer
    ip link add wire0 type veth peer name p0 netns peer
    # What leaves the peer is seen as it lies on the wire: no checksum left to hardware, no frames above the MTU.
    ip netns exec peer ethtool -K p0 tx off tso off gso off gro off sg off >/dev/null 2>&1
    ethtool -K wire0 gro off >/dev/null 2>&1
    sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
    ip netns exec peer sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
    ip -n peer link set lo up
    ip -n peer addr add 192.0.2.2/24 dev p0
    ip -n peer link set p0 up
    ip link set wire0 up
}

# Waits for the simulator's word that its ports are up.
start_simulator() {
    mkfifo "$state/ready"
    "$build/app/bifurc-sim/bifurc-sim" --socket "$state/sim.sock" --account "$state/account.json" \
        --port name=eth0,queues=32,wire=if:wire0 >"$state/ready" 2>"$state/sim.log" </dev/null &
    simulator=$!
    local word=''
    exec 9<"$state/ready"
    read -r -t 30 word <&9 || true
    [ "$word" = ready ] || die "the simulator did not start: $(tail -n 3 "$state/sim.log")"
    ip addr add 192.0.2.1/24 dev eth0
    ip link set eth0 up
}

private_mounts
show_plugins
peer_host
start_simulator
export BIFURC_SIM_SOCKET=$state/sim.sock BIFURC_SIMULATOR=$simulator BIFURC_STATE=$state
status=0
LD_PRELOAD=$build/lib/shim/libbifurc-shim.so "$@" || status=$?
kill -TERM "$simulator"
wait "$simulator" || {
    printf 'run: the simulator reports:\n%s\n' "$(cat "$state/sim.log")" >&2
    [ "$status" -ne 0 ] || status=1
}
exit "$status"
