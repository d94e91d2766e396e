# SPDX-License-Identifier: GPL-2.0
"""Programs of another release of Debian on this machine: each is run by that release's own loader, with its libraries."""
import os
import shlex
from pathlib import Path

LOADER = 'usr/lib64/ld-linux-x86-64.so.2'
LIBRARIES = 'usr/lib/x86_64-linux-gnu'


def command(tree, program):
    """How a program of this tree is started."""
    return [tree / LOADER, '--library-path', tree / LIBRARIES, tree / program]


def is_program(path):
    if path.is_symlink() or not path.is_file() or not os.access(path, os.X_OK):
        return False
    with open(path, 'rb') as file:
        return file.read(4) == b'\x7fELF'


def put_script_before(program, tree):
    """The program's place is taken by a script that starts it: so others find it as they would at home."""
    moved = program.with_name(f'{program.name}.elf')
    program.rename(moved)
    loader, libraries, moved = (shlex.quote(str(path)) for path in (tree / LOADER, tree / LIBRARIES, moved))
    program.write_text(f'#!/bin/sh\nexec {loader} --argv0 "$0" --library-path {libraries} {moved} "$@"\n')
    program.chmod(0o755)


def make_runnable(tree, *folders):
    """All programs in these folders of the tree, once."""
    for folder in folders:
        for path in sorted((tree / folder).rglob('*')):
            if path.suffix != '.elf' and is_program(path):
                put_script_before(path, tree)
