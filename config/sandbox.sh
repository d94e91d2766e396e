# SPDX-License-Identifier: BSD-3-Clause
# A private machine within the machine: own network, mounts and processes, gone with its first process whatever happens.
# Sourced by ./run.
# shellcheck shell=bash disable=SC2154

hugepage_knob=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
# testpmd's default pool: 155456 mbufs of 2304 bytes, in 2 MB pages, and its rings.
testpmd_hugepages=256

# $1: 2 MB hugepages to reserve meanwhile; then the command, which runs where eth0 is a simulated port.
enter_sandbox() {
    local pages=$1 before='' status=0
    shift
    if [ "$pages" -gt 0 ]; then
        [ -e "$hugepage_knob" ] || die "this kernel has no 2 MB hugepages, which a plain dpdk-testpmd wants"
        before=$(cat "$hugepage_knob")
        reserve_hugepages $((before + pages)) || {
            give_hugepages_back "$before"
            die "cannot reserve $pages hugepages of 2 MB: memory is short or fragmented; close programs and try again"
        }
        # shellcheck disable=SC2064
        trap "give_hugepages_back $before" EXIT
    fi
    as_root unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc -- \
        env BIFURC_BUILD="$build" BIFURC_TOP="$top" bash "$top/config/sandbox_inside.sh" "$@" || status=$?
    if [ -n "$before" ]; then
        give_hugepages_back "$before"
        trap - EXIT
    fi
    return "$status"
}

reserve_hugepages() {
    echo "$1" | as_root tee "$hugepage_knob" >/dev/null
    [ "$(cat "$hugepage_knob")" -ge "$1" ]
}

give_hugepages_back() { echo "$1" | as_root tee "$hugepage_knob" >/dev/null; }

join_sandbox() {
    local first
    first=$(pgrep -o -f "^bash $top/config/sandbox_inside.sh") ||
        die "no ./run sim of this checkout is running: start one in another terminal first"
    as_root nsenter --target "$first" --mount --net --uts --ipc --pid -- \
        env BIFURC_SIM_SOCKET=/run/bifurc/sim.sock LD_PRELOAD="$build/lib/shim/libbifurc-shim.so" "$@"
}
