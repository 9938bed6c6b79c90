#!/bin/sh
# Fails when -Xcheck:jni has found something. $1-*.log: what the VMs wrote during the tests.
for log in "$1"-*.log; do
	[ -s "$log" ] || { echo "belfry: $log: the VM wrote no log, so nothing was checked" >&2; exit 1; }
	if grep -n -A 8 -E '^(WARNING|FATAL ERROR)' "$log" >&2; then
		echo "belfry: $log: -Xcheck:jni found the above" >&2
		exit 1
	fi
done
echo "belfry: -Xcheck:jni found nothing"
