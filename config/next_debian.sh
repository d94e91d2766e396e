# SPDX-License-Identifier: BSD-3-Clause
# The next Debian's compiler and DPDK, in a tree of their own: everything is built there, and the units run. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

next_debian=trixie  # Debian 13: gcc 14, DPDK 24.11
next_tree=${XDG_CACHE_HOME:-$HOME/.cache}/bifurc/$next_debian

# Whole or not there. The archives are the machine's own.
make_next_tree() {
    local sources uri
    [ ! -e "$next_tree" ] || return 0
    sources=$(PYTHONPATH=$top/kernel "$python" -Bc "import packages; print(packages.archives('$next_debian'))")
    uri=$(awk '/^URIs:/ { print $2; exit }' <<<"$sources")
    mkdir -p "$(dirname "$next_tree")"
    as_root rm -rf "$next_tree.new"
    quietly "fetching a minimal $next_debian" "$cache/log/next-debootstrap.log" \
        as_root debootstrap --variant=minbase --include=ca-certificates "$next_debian" "$next_tree.new" "$uri"
    as_root rm -f "$next_tree.new/etc/apt/sources.list"
    as_root tee "$next_tree.new/etc/apt/sources.list.d/debian.sources" <<<"$sources" >/dev/null
    as_root mv "$next_tree.new" "$next_tree"
}

# The checkout's files as they are now, in /root/bifurc there. The headers that were fetched stay.
fill_next_tree() {
    local place=$next_tree/root/bifurc
    as_root mkdir -p "$place"
    as_root find "$place" -mindepth 1 -maxdepth 1 ! -name .cache -exec rm -rf {} +
    git -C "$top" ls-files -z | tar -C "$top" --null -T - -c | as_root tar -C "$place" --no-same-owner -x
}

# Runs a command there; all its processes and mounts end with it.
# shellcheck disable=SC2016
in_next_tree() {
    as_root unshare --mount --pid --fork --kill-child -- bash -c '
        cd "$1" && shift
        mount -t proc proc proc && mount --rbind /sys sys && mount --rbind /dev dev && mount -t tmpfs -o mode=755 tmpfs run &&
        exec chroot . env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb bash -c "cd /root/bifurc && $*"
        ' bash "$next_tree" "$@" </dev/null
}

# What builds and tests there: everything, if its archive has the driver SDK headers, in DPDK's source package.
next_build="./run build && meson test -C build --suite unit --no-rebuild --print-errorlogs"
next_build_without_drivers="meson setup build -Ddrivers=false && ninja -C build && ${next_build#* && }"

next_debian_suite() {
    local status=0 build_there=$next_build
    say "build and units with the next Debian's compiler and DPDK ($next_debian; some minutes)"
    if ! (make_next_tree && fill_next_tree); then
        echo "   skipped: what was said above cannot be had"
        add_up 0 0 1
        return
    fi
    if ! (quietly "preparing $next_debian" "$cache/log/next-setup.log" in_next_tree ./run setup) 2>/dev/null; then
        echo "   skipped for $next_debian: drivers/ and its tests, whose headers cannot be had (.cache/log/next-setup.log)"
        add_up 0 0 1
        build_there=$next_build_without_drivers
    fi
    (quietly "building and testing ($next_debian)" "$cache/log/next-debian.log" in_next_tree "$build_there") || status=$?
    count_results "$status" "$next_tree"/root/bifurc/build/*.xml
    printf '   %s\n' "$counts"
}
