# SPDX-License-Identifier: GPL-2.0
"""A QEMU that knows vfio-user devices and the igb, and how it is told to make a guest."""
import contextlib
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import foreign
from packages import NEXT_RELEASE, Apt, Failed, Unavailable, run, say, unpack

NEEDED = (10, 1)  # the first with vfio-user-pci; the igb came with 8.0
HERE = Path(__file__).resolve().parent
PEER = 'virtio-net-pci,netdev=peer,romfile='
# Memory that a test puts where the NIC's registers were, to find out what a driver does with a removed device: as large as they.
STAND_IN = ['-object', 'memory-backend-ram,id=standin,size=128K', '-device', 'ivshmem-plain,memdev=standin']
FOLDER_CHASSIS = {'root': 2, 'share': 3}
SLOW = 'x-speed=2_5,x-width=1'


class Qemu:
    """The system's if it is new enough; else one from a later release, unpacked beside its own libraries."""

    def __init__(self, cache):
        self.command = ['qemu-system-x86_64']
        if not shutil.which(self.command[0]) or self.version() < NEEDED:
            self.use_private_tree(cache)

    def version(self):
        found = re.search(r'version (\d+)\.(\d+)', run(*self.command, '--version'))
        return int(found.group(1)), int(found.group(2))

    def use_private_tree(self, cache):
        tree = cache / f'qemu-{NEXT_RELEASE}'
        mark = tree / 'complete'
        if not mark.exists():
            say(f'fetching a QEMU from {NEXT_RELEASE}-backports (40 MB)')
            apt = Apt(cache / f'apt-{NEXT_RELEASE}', NEXT_RELEASE)
            apt.update()
            for deb in apt.download_with_dependencies('qemu-system-x86'):
                unpack(deb, tree)
            mark.touch()
        self.command = [*foreign.command(tree, 'usr/bin/qemu-system-x86_64'), '-L', tree / 'usr/share/qemu',
                        '-L', tree / 'usr/share/seabios']
        if self.version() < NEEDED:
            raise Unavailable(f'{NEXT_RELEASE}-backports has only QEMU {".".join(map(str, self.version()))}')


def memory(megabytes):
    """Shared, since a vfio-user device is another process that reads and writes it."""
    return ['-m', megabytes, '-object', f'memory-backend-memfd,id=mem,size={megabytes}M,share=on']


def machine(kvm, iommu, cpus):
    options = ['-accel', 'kvm' if kvm else 'tcg', '-smp', cpus, '-nodefaults', '-display', 'none', '-no-reboot']
    # DPDK wants more than QEMU's default has. Linux forgets about five levels of page tables for a moment at boot, and KASAN
    # calls an interrupt in that moment a wild access.
    options += ['-cpu', 'host' if kvm else 'max,la57=off']
    if not iommu:
        return [*options, '-machine', 'q35,memory-backend=mem']
    return [*options, '-machine', 'q35,memory-backend=mem,kernel-irqchip=split',
            '-device', 'intel-iommu,intremap=on,caching-mode=on']


def folder(path, tag, writable):
    """A folder of this machine for the guest."""
    access = '' if writable else ',readonly=on'
    # Behind a root port, and awake while the guest sleeps: Linux's 9p does not survive a reset of its device.
    return ['-fsdev', f'local,id={tag},path={path},security_model=none,multidevs=remap{access}',
            '-device', f'pcie-root-port,id=above-{tag},chassis={FOLDER_CHASSIS[tag]}',
            '-device', f'virtio-9p-pci,fsdev={tag},mount_tag={tag},bus=above-{tag},x-pcie-pm-no-soft-reset=on']


def above(acs):
    """What the NIC is behind, as in a machine: a root port, to which errors are reported and which resets what is behind it. Of a
    faster one QEMU says that the link stays down. Without ACS a switch between them, whose ports are in the NIC's IOMMU group."""
    if acs:
        return ['-device', f'pcie-root-port,id=above,{SLOW},chassis=1']
    return ['-device', f'pcie-root-port,id=root,{SLOW},chassis=1', '-device', 'x3130-upstream,id=switch,bus=root',
            '-device', 'xio3130-downstream,id=above,bus=switch,chassis=4,slot=1']


@contextlib.contextmanager
def igb(_work, _share, wire):
    """QEMU's own 82576, and at the other end of its wire the guest's second interface."""
    if wire:
        raise Failed("--wire is for the 82599: QEMU's 82576 is plugged into the guest's second interface")
    yield [*STAND_IN, '-netdev', 'hubport,id=nic,hubid=0', '-device', 'igb,netdev=nic,romfile=,bus=above',
           '-netdev', 'hubport,id=peer,hubid=0', '-device', PEER]


@contextlib.contextmanager
def ixgbe(work, share, wire, *options):
    """Our model of the 82599 in a process of its own, on this wire; if that is None, wired to the guest's second interface by
    datagram sockets. Its account is in the shared folder at the end. options: of bifurc-vfio-user."""
    program = Path(os.environ.get('BIFURC_BUILD', HERE.parent / 'build')) / 'app/bifurc-vfio-user/bifurc-vfio-user'
    if not program.exists():
        raise Failed(f'{program} is not built; ninja -C {program.parents[2]} makes it')
    near, far = work / 'nic.wire', work / 'peer.wire'
    peer = [] if wire else ['-device', PEER, '-netdev',
                            f'dgram,id=peer,local.type=unix,local.path={far},remote.type=unix,remote.path={near}']
    device = {'driver': 'vfio-user-pci', 'bus': 'above', 'x-msg-timeout': 600000,
              'socket': {'type': 'unix', 'path': str(work / 'nic')}}
    with subprocess.Popen([program, '--once', '--socket', work / 'nic', '--wire', wire or f'unix:bind={near},peer={far}',
                           '--account', share / 'nic.json', *options], stdout=subprocess.PIPE, text=True) as model:
        try:
            if model.stdout.readline() != 'ready\n':
                raise Failed('the NIC could not be set up')  # it has said why
            yield [*STAND_IN, '-device', json.dumps(device), *peer]
        finally:
            model.terminate()


def boot(command, seconds, interactive, seen):
    """Runs QEMU; its console is shown, and kept line by line in `seen` unless somebody types there."""
    # It ends with us, however we end.
    leash = ['setpriv', '--pdeathsig', 'TERM']
    command = [str(c) for c in command]
    if interactive:
        return subprocess.run([*leash, *command, '-chardev', 'stdio,id=tty,signal=off', '-serial', 'chardev:tty']).returncode
    leash += ['timeout', '--foreground', str(seconds)]
    with subprocess.Popen([*leash, *command, '-serial', 'stdio'], stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, text=True, errors='replace') as guest:
        try:
            for line in guest.stdout:
                print(line, end='', flush=True)
                seen.append(line)
        except BaseException:
            guest.terminate()
            raise
    return guest.returncode
