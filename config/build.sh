# SPDX-License-Identifier: BSD-3-Clause
# One build directory per variant; the variants that ./run test covers. Sourced by ./run.
# shellcheck shell=bash disable=SC2154

# With sanitizers in all that is inlined, any optimization takes minutes a file, and the tests take seconds without.
sanitized="-Db_lundef=false -Doptimization=0"

# variant: compiler, meson options
variant_options() {
    case $1 in
        gcc) echo "gcc g++" ;;
        clang) echo "clang clang++ -Dfuzz=true" ;;
        asan) echo "gcc g++ -Db_sanitize=address,undefined $sanitized" ;;
        tsan) echo "gcc g++ -Db_sanitize=thread $sanitized" ;;
        *) die "there is no build variant '$1'" ;;
    esac
}

variant_dir() { if [ "$1" = gcc ]; then echo "$build"; else echo "$build-$1"; fi; }

build_variant() {
    local variant=$1 dir c cxx options
    dir=$(variant_dir "$variant")
    read -r c cxx options <<<"$(variant_options "$variant")"
    if [ ! -e "$dir/build.ninja" ]; then
        # shellcheck disable=SC2086
        CC=$c CXX=$cxx quietly "configuring ($variant)" "$cache/log/meson-$variant.log" \
            meson setup "$dir" "$top" -Ddriver_sdk="$sdk" $options
    elif [ "$sdk" -nt "$dir/build.ninja" ]; then
        # What is in the SDK decides what is built, and meson does not watch it.
        quietly "configuring again ($variant)" "$cache/log/meson-$variant.log" meson setup --reconfigure "$dir" "$top"
    fi
    say "building ($variant)"
    quietly "building ($variant)" "$cache/log/build-$variant.log" ninja -C "$dir"
}
