#!/bin/sh
# in-chroot.sh ROOT COMMAND...
# Runs COMMAND with ROOT as the root directory, in which this tree and Maven's files are at their paths. The mounts are
# those of this command alone.
set -eu
tree=$(cd "$(dirname "$0")/.." && pwd)
root=$1
shift
exec unshare --mount sh -ec '
	tree=$1 root=$2 directory=$3
	shift 3
	for mount in /proc /dev "$tree" "$HOME/.m2"; do
		mkdir -p "$root$mount"
		mount --rbind "$mount" "$root$mount"
	done
	exec chroot "$root" sh -c '\''cd "$0" && exec "$@"'\'' "$directory" "$@"' sh "$tree" "$root" "$PWD" "$@"
