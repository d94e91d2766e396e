# SPDX-License-Identifier: BSD-3-Clause
# Shared by ./run and the scripts beside this file; sourced, with $top set to the checkout.
# shellcheck shell=bash disable=SC2154

cache=$top/.cache
build=${BIFURC_BUILD:-$top/build}

# Debian's own interpreter: the first python3 in PATH may be another one, without Debian's modules.
python=/usr/bin/python3

say() { printf '== %s\n' "$*"; }

die() {
    printf 'run: %s\n' "$*" >&2
    exit 1
}

# Runs as root: as it is where the caller is root, else through sudo.
as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "'$1' needs root, and there is no sudo: run this as root"
    fi
}

# Runs a command with its output in a log; shows a line that it goes on, and the log's end if it fails.
quietly() {
    local what=$1 log=$2 start=$SECONDS pid shown=0
    shift 2
    mkdir -p "$(dirname "$log")"
    "$@" >"$log" 2>&1 </dev/null &
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        if [ $((SECONDS - start - shown)) -ge 10 ]; then
            shown=$((SECONDS - start))
            printf '   %s: %d s, now: %.90s\n' "$what" "$shown" "$(tail -n 1 "$log" | tr -d '\r')"
        fi
    done
    if ! wait "$pid"; then
        tail -n 40 "$log" >&2
        die "$what failed; the whole output is in ${log#"$top"/}"
    fi
}
