# SPDX-License-Identifier: BSD-3-Clause
# ./run bench: the benchmarks of app/bench. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

bench_help() {
    cat <<'HELP'
usage: ./run bench burst [OPTIONS]   cycles and instructions per packet of the driver alone, side by side with DPDK's own
                                     net_ixgbe and a floor, on rings whose device is memory (10 minutes; the options make
                                     it less: ./run bench burst --help)

Prints a table and writes .cache/bench-burst.json, or what --json says. No root, no NIC.
HELP
}

bench_burst() {
    say "bench burst: some minutes; what else runs on this machine widens the spread"
    "$build/app/bench/bench-burst" --json "$cache/bench-burst.json" "$@"
}

run_bench() {
    case ${1:-} in
        '' | -h | --help) bench_help ;;
        burst) bench_burst "${@:2}" ;;
        *)
            bench_help >&2
            die "there is no benchmark '$1'"
            ;;
    esac
}
