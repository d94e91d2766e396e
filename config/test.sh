# SPDX-License-Identifier: BSD-3-Clause
# ./run test: every suite on every variant, then one closing line that adds all numbers up. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

forget_counts() { passed=0 failed=0 skipped=0; }
forget_counts

add_up() {
    passed=$((passed + $1))
    failed=$((failed + $2))
    skipped=$((skipped + $3))
}

# The sum of all, on which everything is judged.
closing_line() {
    printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
    [ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
}

# $1: exit status of what ran, then the XML files, one per binary, that it wrote: adds its tests up, and sets $counts to a line
# that tells of them. A suite that ran nothing, or crashed, counts as failed.
count_results() {
    counts=$("$python" "$top/config/count_tests.py" "$@")
    # shellcheck disable=SC2046
    add_up $(tr -dc '0-9 ' <<<"$counts")
}

# $1: variant. All GoogleTest binaries of the build, each with a deadline.
unit_suites() {
    local dir status=0
    dir=$(variant_dir "$1")
    # meson has each GoogleTest binary write its cases to a file of the test's name there. Its deadline is for what hangs,
    # not for what a busy machine or a sanitizer makes slow.
    rm -f "$dir"/*.xml
    say "unit tests ($1)"
    UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1 \
        meson test -C "$dir" --suite unit --no-rebuild --print-errorlogs --timeout-multiplier 10 \
        >"$cache/log/unit-$1.log" 2>&1 || status=$?
    if [ "$status" -ne 0 ]; then tail -n 150 "$cache/log/unit-$1.log"; fi
    count_results "$status" "$dir"/*.xml
    printf '   %s\n' "$counts"
}

# $1: what its results are called; $2: a file or folder below tests/; then what to run it by, if anything.
pytest_suite() {
    local results=$build/results-$1.xml status=0
    rm -f "$results"
    "${@:3}" env BIFURC_BUILD="$build" PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -rs -p no:cacheprovider \
        --junitxml="$results" "$top/tests/$2" </dev/null || status=$?
    count_results "$status" "$results"
}

# The end-to-end tests need namespaces and TAP devices, hence root.
e2e_suite() {
    say "end-to-end tests: the distribution's testpmd, ethtool, ping and iperf3 on the simulator"
    pytest_suite e2e e2e as_root
}

# $1: variant. The ABI's suite with that build of the simulator; all else is the ordinary build, since a sanitizer's
# runtime cannot be loaded into unmodified programs. A finding ends the simulator with another status than 0, and that
# fails the test.
sanitized_simulator() {
    say "the ABI's conformance suite on the simulator under sanitizers ($1)"
    pytest_suite "simulator-$1" e2e/test_abi.py as_root env BIFURC_SIM="$(variant_dir "$1")/app/bifurc-sim/bifurc-sim" \
        UBSAN_OPTIONS=print_stacktrace=1:halt_on_error=1 TSAN_OPTIONS=halt_on_error=1 timeout 300
}

# Each fuzzer runs for $1 inputs, so that a run says the same on every machine.
fuzz_suite() {
    local dir target name log
    dir=$(variant_dir clang)
    for target in "$dir"/tests/fuzz/fuzz_*; do
        if [ ! -f "$target" ] || [ ! -x "$target" ]; then continue; fi
        name=$(basename "$target")
        log=$cache/log/$name.log
        say "fuzzing: $name, $1 inputs"
        if (cd "$dir" && timeout 300 "$target" -runs="$1" -max_total_time=60 -seed=1 >"$log" 2>&1); then
            add_up 1 0 0
        else
            tail -n 40 "$log"
            add_up 0 1 0
        fi
    done
}

# Runs a function beside what comes next; what it says begins with its name ($1). join_beside adds up what it counted.
beside() {
    rm -f "$cache"/beside.{pid,counts}
    (
        echo "$BASHPID" >"$cache/beside.pid"
        forget_counts
        "${@:2}"
        echo "$passed $failed $skipped" >"$cache/beside.counts"
    ) </dev/null 2>&1 | sed -u "s/^/$1 | /" &
    trap 'kill "$(cat "$cache/beside.pid")" 2>/dev/null' EXIT
}

join_beside() {
    wait  # until all has been said
    trap - EXIT
    # shellcheck disable=SC2046
    add_up $(cat "$cache/beside.counts" 2>/dev/null || echo 0 1 0)
}

# Guests leave half of two processors idle; what runs beside them gives way to them.
test_all() {
    local variant
    build_variant gcc
    unit_suites gcc
    e2e_suite
    beside vm vm_guest_suites
    renice -n 10 -p $$ >/dev/null
    for variant in asan tsan clang; do
        build_variant "$variant"
        unit_suites "$variant"
    done
    sanitized_simulator asan
    sanitized_simulator tsan
    fuzz_suite 20000
    lint || add_up 0 1 0
    next_debian_suite
    join_beside
    closing_line
}
