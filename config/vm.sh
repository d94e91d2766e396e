# SPDX-License-Identifier: BSD-3-Clause
# ./run vm: the real kernel drivers in virtual machines; the machinery is kernel/vm. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

vm_help() {
    cat <<'HELP'
usage: ./run vm test [--debug-kernel]                       all suites on all rungs, and the build with the next Debian's
                                                            compiler and DPDK; or all suites on a kernel with KASAN,
                                                            lockdep and kmemleak
       ./run vm soak                                        testpmd killed 100 times, and 1000 pools that come and go, on each
                                                            rung; random borrowers on the debug kernel (some hours)
       ./run vm selftests [--nic igb] [--series 6.12] [--rounds 1] [--only TEST]
                                                            the kernel's own tests: stock driver, ours, ours with a pair lent
       ./run vm shell [--nic 82599] [--series 7.3] [--iommu]
                                                            a prompt in a guest whose eth0 is such a NIC: 82599, our model
                                                            of it; igb (if nothing is said), QEMU's own 82576
       ./run vm [options as for shell] -- PROGRAM ARGS...    one program of this machine there

Common options: --kvm (hardware virtualisation instead of software emulation), --cache FOLDER; with --nic 82599 also
--shared-pages (its queues' registers are memory that it polls, instead of trapped accesses).
HELP
}

# What each run is made of: name, the suites (below tests/vm, with commas between; . is all), then options of kernel/vm. The
# newest kernel runs all, the others what depends on the kernel most; ./run vm soak runs all on them, too.
vm_rungs() {
    cat <<'RUNGS'
igb-7.3-iommu     .                   --nic igb --series 7.3 --iommu
82599-7.3-iommu   .                   --nic 82599 --series 7.3 --iommu
igb-6.1           test_abi.py,test_lifetime.py,test_reset.py,test_endings.py,test_locks.py,test_pinned.py,test_rights.py,test_isolation.py,test_fuzz.py --nic igb --series 6.1
82599-6.1         test_abi.py,test_lifetime.py,test_reset.py,test_endings.py,test_locks.py,test_pinned.py,test_rights.py,test_isolation.py,test_fuzz.py --nic 82599 --series 6.1
igb-6.12-iommu    test_abi.py,test_reset.py,test_rights.py --nic igb --series 6.12 --iommu
82599-6.12-iommu  test_abi.py,test_reset.py,test_rights.py --nic 82599 --series 6.12 --iommu
82599-stock       .                   --nic 82599 --series 7.3 --iommu --stock
82599-five-steps  test_five_steps.py  --nic 82599 --series 7.3 --cpus 32
82599-shared      test_traffic.py     --nic 82599 --series 7.3 --iommu --shared-pages
igb-kexec         kexec.py            --nic igb --series 7.3 --iommu
RUNGS
}

# And all suites where ./run vm test has some of them.
vm_soak_rungs() {
    vm_rungs | awk '$2 == "." && !/--stock/ { $1 = $1 "-soak"; $2 = "test_lifetime.py,test_memory.py"; print }
                    $2 ~ /,/ { $1 = $1 "-soak"; $2 = "."; print }'
    cat <<'RUNGS'
igb-fuzz    test_fuzz.py  --nic igb --series 7.3 --debug-kernel --iommu
82599-fuzz  test_fuzz.py  --nic 82599 --series 6.12 --debug-kernel --iommu
RUNGS
}

vm_unavailable=77   # kernel/vm: what it needs cannot be had
vm_timeout=3600     # seconds: many times of what a rung takes in software emulation, be the machine never so busy

vm_debug_rungs() {
    cat <<'RUNGS'
igb-7.3-debug-iommu    .  --nic igb --series 7.3 --debug-kernel --iommu
82599-7.3-debug-iommu  .  --nic 82599 --series 7.3 --debug-kernel --iommu
igb-6.12-debug         .  --nic igb --series 6.12 --debug-kernel
82599-6.12-debug-iommu .  --nic 82599 --series 6.12 --debug-kernel --iommu
RUNGS
}

# Prints why a machine cannot run guests at all; nothing if it can try.
vm_obstacle() {
    local folder=${XDG_CACHE_HOME:-$HOME/.cache} free
    [ "$(uname -m)" = x86_64 ] || { echo "the guests are x86-64, this machine is $(uname -m)"; return; }
    mkdir -p "$folder" 2>/dev/null || { echo "cannot write to $folder"; return; }
    free=$(df -Pk "$folder" | awk 'NR == 2 { print int($4 / 1024) }')
    [ -d "$folder/bifurc/kernel/image" ] || [ "$free" -ge 6144 ] ||
        { echo "$folder has $free MB free, kernels, their headers and the next Debian need 6144"; return; }
    free=$(awk '/^MemAvailable:/ { print int($2 / 1024) }' /proc/meminfo)
    [ "$free" -ge 2560 ] || echo "$free MB of memory are free, a guest needs 2560"
}

# Options of kernel/vm, then --, then the program. Becomes kernel/vm.
in_guest() {
    local options=()
    while [ "$1" != -- ]; do
        options+=("$1")
        shift
    done
    shift
    exec "$top/kernel/vm" "${options[@]}" -- env BIFURC_BUILD="$build" BIFURC_TOP="$top" BIFURC_VM="${options[*]}" \
        ${BIFURC_ROUNDS:+BIFURC_ROUNDS="$BIFURC_ROUNDS"} ${BIFURC_FUZZ_SECONDS:+BIFURC_FUZZ_SECONDS="$BIFURC_FUZZ_SECONDS"} \
        ${BIFURC_CHURN:+BIFURC_CHURN="$BIFURC_CHURN"} ${BIFURC_SEED:+BIFURC_SEED="$BIFURC_SEED"} \
        bash "$top/config/vm_inside.sh" "$@"
}

# $1: name; $2: suites; then options of kernel/vm. Becomes the guest; what it says goes to the rung's log.
vm_rung() {
    local suites share=$cache/vm/$1
    IFS=, read -ra suites <<<"$2"
    shift 2
    rm -rf "$share"
    mkdir -p "$share"
    exec >"$share/log" 2>&1 </dev/null
    in_guest "$@" --share "$share" --timeout "$vm_timeout" -- /usr/bin/python3 -m pytest -v --color=no --tb=short -rs \
        -p no:cacheprovider --junitxml=/run/share/results.xml "${suites[@]/#/$top/tests/vm/}"
}

# $1: name; $2: status of its guest. Fails if what it needs cannot be had: the others need the same.
vm_rung_result() {
    local share=$cache/vm/$1
    if [ "$2" -eq "$vm_unavailable" ]; then
        printf '   %s: skipped: %s\n' "$1" "$(tail -n 1 "$share/log")"
        add_up 0 0 1
        return 1
    fi
    count_results "$2" "$share"/*.xml
    if [ "$2" -ne 0 ]; then tail -n 200 "$share/log"; else grep '^SKIPPED' "$share/log" || true; fi
    printf '   %s: %s\n' "$1" "$counts"
}

declare -A vm_running=()  # rung -> process
vm_cannot=                # not empty: a rung found that it cannot be

# Until fewer than $1 rungs run; tells what became of those that end, and each half minute where the others are.
vm_wait_below() {
    local name status shown=$SECONDS
    while :; do
        for name in "${!vm_running[@]}"; do
            if kill -0 "${vm_running[$name]}" 2>/dev/null; then continue; fi
            status=0
            wait "${vm_running[$name]}" || status=$?
            unset "vm_running[$name]"
            vm_rung_result "$name" "$status" || vm_cannot=yes
        done
        [ "${#vm_running[@]}" -ge "$1" ] || return 0
        sleep 1
        [ $((SECONDS - shown)) -ge 30 ] || continue
        shown=$SECONDS
        for name in "${!vm_running[@]}"; do
            printf '   %s: %.100s\n' "$name" "$(tail -n 20 "$cache/vm/$name/log" | grep -v '^[[:space:]]*$' | tail -n 1)"
        done
    done
}

# How many guests at a time: each has two processors, and memory of its own.
vm_at_once() {
    awk -v cpus="$(nproc)" '/^MemAvailable:/ {
        n = int($2 / 1024 / 4608); if (n > cpus / 2) n = int(cpus / 2); print n < 1 ? 1 : n }' /proc/meminfo
}

# $1: what lists the rungs; then more options for all. Fails if what they need cannot be had.
vm_suites() {
    local list=$1 name suites options at_once
    shift
    at_once=$(vm_at_once)
    trap 'kill "${vm_running[@]}" 2>/dev/null; exit 143' INT TERM
    while read -r name suites options; do
        vm_wait_below "$at_once"
        [ -z "$vm_cannot" ] || break
        say "in a virtual machine: $name (some minutes; .cache/vm/$name/log)"
        # shellcheck disable=SC2086
        vm_rung "$name" "$suites" $options "$@" &
        vm_running[$name]=$!
    done < <("$list")
    vm_wait_below 1
    trap - INT TERM
    [ -z "$vm_cannot" ]
}

# The kernel side on this machine itself.
kernel_suites() {
    say "the kernel side: W=1, sparse and checkpatch (some minutes)"
    pytest_suite kernel-build kernel/test_build.py
    say "what is no protection by an IOMMU (a minute)"
    pytest_suite kernel-protection kernel/test_protection.py
    say "packet sockets of a kernel that nobody has seen (two minutes)"
    pytest_suite kernel-odd-packet kernel/test_odd_packet.py
    say "the DKMS package on two kernels (some minutes)"
    pytest_suite kernel-dkms kernel/test_dkms.py as_root unshare --mount --
    say "./run vm shell (some minutes)"
    pytest_suite kernel-guest kernel/test_guest.py
    say "./run bench vm, its shortest (a minute)"
    pytest_suite kernel-bench kernel/test_bench.py
}

# In guests, then what else belongs to the kernel side; options go to kernel/vm.
vm_guest_suites() {
    local obstacle
    obstacle=$(vm_obstacle)
    if [ -n "$obstacle" ]; then
        say "suites in virtual machines: skipped, $obstacle"
        add_up 0 0 1
    elif vm_suites vm_rungs "$@"; then
        kernel_suites
    fi
}

vm_test() {
    if [ "${1:-}" = --debug-kernel ]; then
        vm_repeat vm_debug_rungs 2 "${@:2}"  # each round takes a minute there
    else
        vm_guest_suites "$@"
        next_debian_suite
        closing_line
    fi
}

# $1: what lists the rungs; $2: how many rounds of testpmd in each state, if nobody says otherwise.
vm_repeat() {
    local obstacle
    obstacle=$(vm_obstacle)
    [ -z "$obstacle" ] || die "no guest can run here: $obstacle"
    BIFURC_ROUNDS=${BIFURC_ROUNDS:-$2} vm_suites "$1" "${@:3}" || true
    closing_line
}

# The fuzzer: on each NIC a quarter of an hour, half of it with allocations that fail. And a thousand pools that come and go.
vm_soak() { BIFURC_FUZZ_SECONDS=${BIFURC_FUZZ_SECONDS:-450} BIFURC_CHURN=${BIFURC_CHURN:-1000} vm_repeat vm_soak_rungs 20 "$@"; }

run_vm() {
    local options=()
    case ${1:-} in
        '' | -h | --help) vm_help ;;
        test) vm_test "${@:2}" ;;
        selftests) vm_selftests "${@:2}" ;;
        soak) vm_soak "${@:2}" ;;
        shell) in_guest --interactive "${@:2}" -- bash --noprofile --rcfile "$top/config/vm_rc.sh" ;;
        *)
            while [ $# -gt 0 ] && [ "$1" != -- ]; do
                options+=("$1")
                shift
            done
            [ $# -gt 1 ] || die "after -- comes the program to run in the guest: ./run vm --help"
            in_guest "${options[@]}" "$@"
            ;;
    esac
}
