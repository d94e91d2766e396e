# SPDX-License-Identifier: BSD-3-Clause
# Installs what is missing: Debian packages, the DPDK driver SDK headers, DPDK's examples. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

package_installed() { dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

# The clang runtime's package carries the version of the release's default clang.
package_name() {
    if [ "$1" = libclang-rt-dev ]; then
        apt-cache depends clang | sed -n 's/^ *Depends: clang-\([0-9]*\)$/libclang-rt-\1-dev/p'
    else
        printf '%s\n' "$1"
    fi
}

install_packages() {
    local name missing=()
    command -v dpkg-query >/dev/null || die "this set-up knows Debian and its relatives only; config/packages.txt lists what to install by hand"
    while read -r name _; do
        case $name in '' | '#'*) continue ;; esac
        [ "$name" != libclang-rt-dev ] || name=$(package_name "$name")
        [ -z "$name" ] || package_installed "$name" || missing+=("$name")
    done <"$top/config/packages.txt"
    if ! package_installed clang; then missing+=(libclang-rt-dev); fi
    [ ${#missing[@]} -gt 0 ] || return 0

    say "installing ${#missing[@]} Debian packages with apt-get (config/packages.txt says why each)"
    quietly "apt-get update" "$cache/log/apt-update.log" as_root apt-get update -q
    local wanted=()
    for name in "${missing[@]}"; do wanted+=("$(package_name "$name")"); done
    quietly "apt-get install" "$cache/log/apt-install.log" \
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${wanted[@]}"
}

# Debian packages DPDK without the headers that drivers need, and without its examples. They come from the source package
# of the same version, through an apt state of our own: the machine's sources with deb turned into deb-src, its
# configuration untouched.
private_apt() {
    apt-get -q -o Dir::Etc::SourceList=/dev/null -o "Dir::Etc::SourceParts=$1/sources" \
        -o "Dir::State::Lists=$1/lists" -o "Dir::Cache=$1/cache" -o Debug::NoLocking=1 \
        -o APT::Sandbox::User=root "${@:2}"
}

derive_source_lists() {
    local to=$1 file
    for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -e "$file" ] || continue
        sed -n 's/^[[:space:]]*deb\([[:space:]]\)/deb-src\1/p' "$file" >"$to/$(basename "$file" .list)-src.list"
    done
    for file in /etc/apt/sources.list.d/*.sources; do
        [ -e "$file" ] || continue
        sed 's/^Types:.*/Types: deb-src/' "$file" >"$to/$(basename "$file")"
    done
}

# Downloads and unpacks the source package of the installed DPDK into $1/src.
fetch_dpdk_source() {
    local work=$1 version
    version=$(dpkg-query -W -f '${source:Version}' libdpdk-dev)
    mkdir -p "$work"/{sources,lists/partial,cache/archives/partial,src}
    derive_source_lists "$work/sources"
    # A source of somebody else that does not answer matters only if it is DPDK's: the next step tells.
    private_apt "$work" update || echo "some of the machine's apt sources do not answer"
    # apt-get writes to the directory it stands in, and verifies what it writes by the signed index.
    (cd "$work/src" && private_apt "$work" source --download-only "dpdk=$version") || {
        echo "The machine's apt sources have no source package dpdk $version, which is what libdpdk-dev was built from." \
            "If the mirror has moved on: apt-get update && apt-get install libdpdk-dev dpdk dpdk-dev, then ./run setup."
        return 1
    }
    dpkg-source --no-check -x "$work"/src/dpdk_*.dsc "$work/src/dpdk"
}

# The programs of DPDK's that the end-to-end tests build and run.
dpdk_examples=(skeleton l2fwd l3fwd l3fwd-power)

# $1: the unpacked source, $2: where all goes. Of the headers only what the installed DPDK lacks.
collect_sdk() {
    local src=$1 to=$2 header name
    mkdir -p "$to"/{ixgbe_base,e1000_base,buildtools,examples}
    for header in "$src"/lib/*/*driver*.h "$src"/lib/eal/include/*driver*.h "$src"/lib/ethdev/ethdev_{vdev,pci}.h \
        "$src"/drivers/bus/*/bus_*_driver.h; do
        name=$(basename "$header")
        [ ! -e "$header" ] || [ -e "/usr/include/dpdk/$name" ] || cp "$header" "$to/"
    done
    local intel=$src/drivers/net/intel
    [ -d "$intel/ixgbe" ] || intel=$src/drivers/net  # until 24.11
    cp "$intel"/ixgbe/base/*.h "$to/ixgbe_base/"
    cp "$intel"/e1000/base/*.h "$to/e1000_base/"
    cp "$src"/buildtools/{pmdinfogen,coff}.py "$to/buildtools/"
    for name in common "${dpdk_examples[@]}"; do cp -r "$src/examples/$name" "$to/examples/"; done
}

# Sets $sdk. Whole or not there: it is built beside its place and renamed.
install_sdk() {
    local version work
    version=$(dpkg-query -W -f '${source:Version}' libdpdk-dev) || die "libdpdk-dev is not installed: ./run setup installs it"
    sdk=$cache/sdk/$version
    [ ! -d "$sdk/examples" ] || return 0
    say "fetching the driver SDK headers and examples of DPDK $version (about half a minute)"
    work=$(mktemp -d "${TMPDIR:-/tmp}/bifurc-sdk.XXXXXX")
    # shellcheck disable=SC2064
    trap "rm -rf '$work'" EXIT
    quietly "fetching the source package of DPDK $version" "$cache/log/sdk.log" fetch_dpdk_source "$work"
    collect_sdk "$work/src/dpdk" "$work/sdk"
    [ -e "$work/sdk/ethdev_driver.h" ] || [ -e /usr/include/dpdk/ethdev_driver.h ] ||
        die "the source package of DPDK $version has no ethdev_driver.h where this script looks: $work/src/dpdk/lib/ethdev"
    mkdir -p "$cache/sdk"
    rm -rf "$sdk" "$sdk.new" && cp -r "$work/sdk" "$sdk.new" && mv "$sdk.new" "$sdk"
    rm -rf "$work"
    trap - EXIT
}
