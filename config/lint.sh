# SPDX-License-Identifier: BSD-3-Clause
# ./run lint: what needs no build. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

lint() {
    local bad=0 file
    local -a cxx text
    cd "$top" || return 1
    mapfile -t cxx < <(find lib drivers app tests -name '*.cpp' -o -name '*.hpp' -o -path 'lib/bifurc/*_uapi.h' -prune -o -name '*.h' -print | sort)
    mapfile -t text < <(find lib drivers app tests config -type f \( -name '*.cpp' -o -name '*.h' -o -name '*.py' -o -name '*.sh' -o -name meson.build \) | sort)
    say "lint: shellcheck, format, licence lines, tests that documents name"
    # With what ./run sources; the others are started by themselves.
    shellcheck --external-sources --check-sourced run .ci/run config/{sandbox,vm}_inside.sh config/{sim,vm}_rc.sh kernel/guest.sh tests/e2e/example.sh || bad=1
    for file in "${text[@]}"; do
        head -n 3 "$file" | grep -q SPDX-License-Identifier || { echo "$file: no SPDX line"; bad=1; }
    done
    for file in "${cxx[@]}"; do
        case $file in lib/bifurc/rte_bifurc.h | lib/bifurc/bifurc_uapi.h | drivers/bus/bifurc/bus_bifurc_driver.h) continue ;; esac
        clang-format --dry-run --Werror "$file" 2>/dev/null || { echo "$file: not formatted (clang-format -i)"; bad=1; }
    done
    "$python" -B "$top/config/named_tests.py" "$top" || bad=1
    return $bad
}
