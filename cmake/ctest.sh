#!/bin/sh
# ctest.sh [PRESET SKIP]...
# Configures, builds and tests c/ by each PRESET whose SKIP isn't true. Called by the Maven build.
set -e
cd "$(dirname "$0")/../c"
while [ $# -ge 2 ]; do
	if [ "$2" != true ]; then
		cmake --preset "$1" --log-level=WARNING -DBELFRY_JNI=ON -DBELFRY_BENCHMARKS=ON
		cmake --build --preset "$1"
		ctest --preset "$1"
	fi
	shift 2
done
