# SPDX-License-Identifier: BSD-3-Clause
# A private machine within the machine: own network, mounts and processes, gone with its first process whatever happens.
# Sourced by ./run.
# shellcheck shell=bash disable=SC2154

hugepage_knob=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages
# testpmd's default pool: 155456 mbufs of 2304 bytes, in 2 MB pages, and its rings.
testpmd_hugepages=256

# Runs its arguments in its own place until the process $0 ends, however it ends; what unshare started ends with it. The
# caller need not be the parent: sudo may stand between, which outlives a caller that was killed. The watcher ends with
# what it watches over, so that a reused process number is never meant.
# shellcheck disable=SC2016
dies_with_caller='
    with_parent="setpriv --pdeathsig KILL"
    $with_parent bash -c "$with_parent tail -f /dev/null --pid=$0; kill -KILL $$" >/dev/null 2>&1 </dev/null &
    exec "$@"'

# $1: 2 MB hugepages to reserve meanwhile; then the command, which runs where eth0 is a simulated port.
enter_sandbox() {
    local pages=$1 status=0
    shift
    if [ "$pages" -gt 0 ]; then borrow_hugepages "$pages"; fi
    as_root bash -c "$dies_with_caller" "$$" \
        unshare --mount --net --uts --ipc --pid --fork --kill-child --mount-proc -- \
        env BIFURC_BUILD="$build" BIFURC_TOP="$top" bash "$top/config/sandbox_inside.sh" "$@" || status=$?
    if [ "$pages" -gt 0 ]; then wait_for_hugepages; fi
    return "$status"
}

# The keeper gives the pages back when nobody holds the other end of its pipe any more: we and all that we started have
# ended, be it by kill -9. It subtracts, since others may have reserved some meanwhile.
borrow_hugepages() {
    local before granted
    [ -e "$hugepage_knob" ] || die "this kernel has no 2 MB hugepages, which a plain dpdk-testpmd wants"
    before=$(cat "$hugepage_knob")
    add_hugepages "$1"
    granted=$(($(cat "$hugepage_knob") - before))
    exec {keeper_pipe}> >(trap '' HUP INT TERM; cat >/dev/null; add_hugepages "-$granted")
    keeper=$!
    [ "$granted" -ge "$1" ] ||
        die "cannot reserve $1 hugepages of 2 MB: memory is short or fragmented; close programs and try again"
}

wait_for_hugepages() {
    exec {keeper_pipe}>&-
    wait "$keeper"
}

add_hugepages() { echo $(($(cat "$hugepage_knob") + $1)) | as_root tee "$hugepage_knob" >/dev/null; }

join_sandbox() {
    local first
    first=$(pgrep -o -f "^bash $top/config/sandbox_inside.sh") ||
        die "no ./run sim of this checkout is running: start one in another terminal first"
    # Its root: it may be another than its mounts' (chroot).
    as_root nsenter --target "$first" --mount --net --uts --ipc --pid --root --wd -- \
        env BIFURC_SIM_SOCKET=/run/bifurc/sim.sock LD_PRELOAD="$build/lib/shim/libbifurc-shim.so" "$@"
}
