# SPDX-License-Identifier: BSD-3-Clause
# ./run vm selftests: the kernel's own tests that fit a NIC, on the stock driver, on ours, and on ours with a pair lent. Sourced by
# ./run.
# shellcheck shell=bash disable=SC2154

# $1: mode; $2: rounds; $3: what the names of tests have in them, or nothing; then options of kernel/vm. Its results are in
# .cache/vm/selftests-MODE.
selftests_mode() {
    local mode=$1 rounds=$2 share=$cache/vm/selftests-$1 more=(${3:+--only "$3"})
    shift 3
    case $mode in stock) set -- "$@" --stock ;; lent) more+=(--lent) ;; esac
    rm -rf "$share"
    mkdir -p "$share"
    say "the kernel's selftests, $mode (${share#"$top"/}/log)"
    (in_guest "$@" --share "$share" --timeout $((1200 * rounds + 600)) -- "$python" "$top/tests/selftests/inside.py" \
        "$selftests_source" "$rounds" /run/share/results "${more[@]}") >"$share/log" 2>&1 </dev/null ||
        { tail -n 60 "$share/log"; return 1; }
}

# --series, --nic, --rounds and --only; other options go to kernel/vm.
vm_selftests() {
    local series=6.12 nic=igb rounds=1 only='' more=() mode results=() bad=0
    while [ $# -gt 0 ]; do
        case $1 in
            --series) series=$2 && shift ;;
            --nic) nic=$2 && shift ;;
            --rounds) rounds=$2 && shift ;;
            --only) only=$2 && shift ;;
            *) more+=("$1") ;;
        esac
        shift
    done
    selftests_source=$("$top/kernel/build" selftests --series "$series") || return
    for mode in stock hooked lent; do
        selftests_mode "$mode" "$rounds" "$only" --series "$series" --nic "$nic" "${more[@]}" || bad=1
        results+=("$mode=$cache/vm/selftests-$mode/results")
    done
    "$python" "$top/tests/selftests/table.py" "${results[@]}" && [ "$bad" -eq 0 ]
}
