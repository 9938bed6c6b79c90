#!/bin/sh
# Fails when -Xcheck:jni has found something. $1: what the VM wrote during the tests.
[ -s "$1" ] || { echo "belfry: $1: the VM wrote no log, so nothing was checked" >&2; exit 1; }
if grep -n -A 8 -E '^(WARNING|FATAL ERROR)' "$1" >&2; then
	echo "belfry: $1: -Xcheck:jni found the above" >&2
	exit 1
fi
echo "belfry: -Xcheck:jni found nothing"
