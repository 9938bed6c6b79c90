#!/bin/sh
# natives.sh VERSION DIRECTORY HEADERS TIME SKIP
# Builds c/ by its preset release, without its tests if SKIP is true, installs into DIRECTORY what goes into the jar, and
# the public headers into HEADERS. Those have the same permissions and the local time TIME in each build, as an archive of
# them will.
set -e
cd "$(dirname "$0")/../c"
if ! grep -q "^set(PROJECT_VERSION ${1%-SNAPSHOT})$" CMakeLists.txt; then
	echo "belfry: the POM has version $1, c/CMakeLists.txt another" >&2
	exit 1
fi
tests=ON
[ "$5" != true ] || tests=OFF
cmake --preset release --log-level=WARNING -DBELFRY_WERROR=ON -DBELFRY_JNI=ON -DBELFRY_BENCHMARKS=ON \
	-DBELFRY_TESTS=$tests
cmake --build --preset release
rm -rf "${2%/*}" # another build may have left other platforms there
cmake --install "${BELFRY_BUILD_PREFIX}build/release" --strip --component bundle --prefix "$2"
rm -rf "$3"
cmake --install "${BELFRY_BUILD_PREFIX}build/release" --component headers --prefix "$3"
chmod -R u=rwX,go=rX "$3"
find "$3" -exec touch -d "${4%Z}" {} +
