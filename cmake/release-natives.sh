#!/bin/sh
# release-natives.sh DIRECTORY
# Puts the natives of every platform, built by c/'s preset release-all, in the place of those in DIRECTORY.
set -e
cd "$(dirname "$0")/../c"
cmake --preset release-all --log-level=WARNING
cmake --build --preset release-all
ctest --preset release-all
rm -rf "$1"
cmake --install "${BELFRY_BUILD_PREFIX}build/release-all" --component bundle --prefix "$1"
