#!/bin/sh
# natives.sh VERSION DIRECTORY
# Builds c/ by its preset release and installs into DIRECTORY what goes into the jar. Called by the Maven build.
set -e
cd "$(dirname "$0")/../c"
if ! grep -q "^project(belfry VERSION ${1%-SNAPSHOT} " CMakeLists.txt; then
	echo "belfry: the POM has version $1, c/CMakeLists.txt another" >&2
	exit 1
fi
cmake --preset release --log-level=WARNING -DBELFRY_WERROR=ON -DBELFRY_JNI=ON -DBELFRY_BENCHMARKS=ON
cmake --build --preset release
cmake --install "${BELFRY_BUILD_PREFIX}build/release" --strip --component bundle --prefix "$2"
