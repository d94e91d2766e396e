# SPDX-License-Identifier: BSD-3-Clause
# ./run bench: the benchmarks of app/bench. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

burst_hugepages=512  # of 2 MB: bench-burst's default of --memory

bench_help() {
    cat <<'HELP'
usage: ./run bench                   all of these, one after the other (half an hour)
       ./run bench burst [OPTIONS]   cycles and instructions per packet of the driver alone, side by side with DPDK's own
                                     net_ixgbe and a floor, on rings whose device is memory (5 minutes; ./run bench burst
                                     --help)
       ./run bench system [OPTIONS]  frames a second that dpdk-testpmd moves on one core, ours on the simulator beside
                                     net_memif, net_af_packet, net_af_xdp, net_tap, net_ring and net_null (7 minutes;
                                     ./run bench system --help)
       ./run bench scale [OPTIONS]   the same for 1 to 16 queue pairs and 1 to 8 ports of ours, memory per queue, and
                                     how long borrowing and giving back take, after kill -9 too (6 minutes;
                                     ./run bench scale --help)
       ./run bench vm [OPTIONS]      ours, net_af_packet and net_af_xdp on the same NIC, kernel and guest of ./run vm
                                     (13 minutes; ./run bench vm --help)

Each prints a table and writes .cache/bench-NAME.json, or what --json says. None needs a NIC. vm needs no root; system and
scale run in the sandbox of ./run sim, with 512 MB of hugepages meanwhile, burst with 1 GB.
HELP
}

# Then nothing is reserved and nobody becomes root.
asks_for_help() { [[ " $* " = *" --help "* || " $* " = *" -h "* ]]; }

bench_burst() {
    local status=0
    if asks_for_help "$@"; then
        "$build/app/bench/bench-burst" --help
        return
    fi
    say "bench burst: some minutes; what else runs on this machine widens the spread"
    borrow_hugepages "$burst_hugepages"
    as_root "$build/app/bench/bench-burst" --json "$cache/bench-burst.json" "$@" || status=$?
    wait_for_hugepages
    return "$status"
}

# $1: system or scale
bench_in_sandbox() {
    if asks_for_help "${@:2}"; then
        "$python" "$top/app/bench/$1.py" --help
    else
        enter_sandbox "$testpmd_hugepages" "$python" "$top/app/bench/$1.py" "${@:2}"
    fi
}

run_bench() {
    case ${1:-} in
        -h | --help) bench_help ;;
        '')
            local name status=0
            for name in burst system scale vm; do "$top/run" bench "$name" || status=$?; done
            return "$status"
            ;;
        burst) bench_burst "${@:2}" ;;
        vm) "$python" -B "$top/app/bench/vm.py" "${@:2}" ;;
        system | scale) bench_in_sandbox "$@" ;;
        *)
            bench_help >&2
            die "there is no benchmark '$1'"
            ;;
    esac
}
