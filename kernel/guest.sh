#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=dash disable=SC1091,SC2086,SC2153
# The guest's first process. guest.conf beside it sets:
#   ROOT_MODULES     for the file systems
#   NIC_MODULES      in the order of loading, after bifurc
#   DRIVER           the NIC's driver
#   COMMAND          what to run, quoted for a shell, in the folder WHERE
#   KERNEL, INITRAMFS  what this guest was booted from: files of this machine, for a command that boots anew
#   INTERACTIVE      1: give it the console, and judge nothing
#   TERMINAL         what the console shows on, for stty: a serial line does not tell
# The root is this machine's own, read-only, below a file system in memory. What the command shall leave behind belongs into
# /run/share.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
HERE=$(dirname "$0")  # /, later /run/guest
[ "$HERE" = / ] && HERE=
. "$HERE/guest.conf"

end() {
    echo "bifurc-vm: status $1"
    poweroff -f
    exit
}
load() { for module in "$@"; do insmod "$HERE/modules/$module.ko" || end 103; done; }

# The root is changed for good, not by chroot: a process below one may not make user namespaces.
if [ -z "$HERE" ]; then
    /bin/busybox --install -s /bin
    mount -t proc proc /proc
    mount -t sysfs sys /sys
    mount -t devtmpfs dev /dev
    load $ROOT_MODULES
    OPTIONS=trans=virtio,version=9p2000.L,msize=512000
    mount -t 9p -o "$OPTIONS,ro,cache=loose" root /host || end 103
    mount -t tmpfs tmpfs /memory
    mkdir /memory/upper /memory/work
    mount -t overlay -o lowerdir=/host,upperdir=/memory/upper,workdir=/memory/work overlay /root || end 103
    for name in proc sys dev; do mount --move /$name /root/$name; done
    mkdir -p /root/dev/pts /root/dev/shm
    mount -t devpts -o ptmxmode=666 devpts /root/dev/pts
    mount -t tmpfs tmpfs /root/dev/shm
    mount -t tmpfs -o mode=755 tmpfs /root/run
    mkdir /root/run/share
    mount -t 9p -o "$OPTIONS,cache=none" share /root/run/share || end 103
    mkdir /root/run/guest
    cp -r /modules /guest.conf /init /bin/busybox /root/run/guest/
    exec switch_root /root /run/guest/busybox sh /run/guest/init
fi

load $NIC_MODULES
ip link set lo up
ip link set eth0 up
waited=0
while [ "$(cat /sys/class/net/eth0/carrier)" != 1 ] && [ $waited -lt 30 ]; do sleep 1; waited=$((waited + 1)); done

if [ "$INTERACTIVE" = 1 ]; then
    setsid cttyhack /bin/sh -c "stty $TERMINAL; cd '$WHERE'; $COMMAND"
    end 0
fi
/bin/sh -c "cd '$WHERE'; $COMMAND" </dev/null
status=$?
sleep 3  # the counters of pinned pages are gathered once a second
pinned() { grep "nr_foll_pin_$1" /proc/vmstat | cut -d' ' -f2; }
[ "$(pinned acquired)" = "$(pinned released)" ] || { echo "bifurc-vm: pages stayed pinned"; status=100; }
if ! rmmod "$DRIVER" || { [ -e /sys/module/bifurc ] && ! rmmod bifurc; }; then
    echo "bifurc-vm: the modules cannot be removed"
    status=101
fi
leaks=/sys/kernel/debug/kmemleak
mount -t debugfs debugfs /sys/kernel/debug 2>/dev/null
if [ -e $leaks ]; then
    # What was freed a moment ago may still be on somebody's stack: what the second look sees has leaked.
    echo scan >$leaks
    sleep 6
    echo scan >$leaks
    if grep . $leaks; then
        echo "bifurc-vm: memory leaked"
        status=104
    fi
fi
# A fault that a test provokes on purpose is one that it reads and clears from the log.
if dmesg | grep -E 'WARNING:|BUG:|Oops|DMAR:.*[Ff]ault'; then
    echo "bifurc-vm: warnings in the log"
    status=102
fi
end "$status"
