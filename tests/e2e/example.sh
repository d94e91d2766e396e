#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# example.sh DIRECTORY OUTPUT: builds one of DPDK's examples with its own makefile, in a copy, against the installed
# DPDK that pkg-config finds.
set -eu

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$1" "$1/../common" "$work/"
make -s -C "$work/$(basename "$1")" shared
cp -L "$work/$(basename "$1")"/build/*-shared "$2"
