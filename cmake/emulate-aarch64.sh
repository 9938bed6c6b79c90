#!/bin/sh
# emulate-aarch64.sh COMMAND...
# Runs COMMAND where programs for aarch64 can be started on another processor: by qemu-user, which is registered with
# the kernel in a user namespace of this command alone (Linux 6.7 or newer), so the machine stays as it is.
# BELFRY_QEMU names a static qemu-aarch64 of version 10 or newer; older ones lack CLONE_PIDFD.
set -eu
qemu=${BELFRY_QEMU:-$(command -v qemu-aarch64-static || command -v qemu-aarch64 || true)}
[ -x "$qemu" ] || { echo "belfry: no qemu-aarch64 (Debian: apt install qemu-user); BELFRY_QEMU names one" >&2; exit 1; }

# Magic and mask of an ELF header for aarch64. P: with its argv[0]; O: opened before, as a memfd may have no name; F: qemu
# is found in a chroot too.
magic='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
mask='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'
export BELFRY_BINFMT=":qemu-aarch64:M::$magic:$mask:$qemu:POF"
# Tests leave out what needs more of Linux than an emulator has.
export BELFRY_EMULATED=1
export QEMU_LD_PREFIX="${QEMU_LD_PREFIX:-/usr/aarch64-linux-gnu}"
exec unshare --user --map-root-user --mount sh -ec '
	mount -t binfmt_misc binfmt_misc /proc/sys/fs/binfmt_misc
	printf "%s" "$BELFRY_BINFMT" >/proc/sys/fs/binfmt_misc/register
	unset BELFRY_BINFMT
	exec "$@"' sh "$@"
