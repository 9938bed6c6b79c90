#!/bin/sh
# Builds a copy of this tree on a path with a space, under another umask and time zone, and compares what comes out with
# what mvn package has built here, byte for byte. Then builds the library there as if there were no zlib to link.
set -eu
cd "$(dirname "$0")/.."
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
elsewhere="$temporary/a b"
umask 027
mkdir "$elsewhere"
git ls-files -z | tar -c --null -T - | tar -x --no-same-permissions -C "$elsewhere"

(cd "$elsewhere" && TZ=Asia/Tokyo mvn -B -q -T 2 -DskipTests -Dmaven.test.skip=true package)
artifacts="java/core/target/*.jar java/core/target/*.inczip java/cli/target/belfry.jar"
artifacts="$artifacts java/cli/target/belfry-*.tar.gz benchmarks/target/benchmarks.jar"
artifacts="$artifacts java/micrometer/target/belfry-micrometer-*.jar"
# Built on JDK 22 and newer; here one may be left from another JDK's build.
[ ! -d "$elsewhere/java/ffm/target" ] || artifacts="$artifacts java/ffm/target/belfry-ffm-*.jar"
for built in $artifacts; do
	cmp "$built" "$elsewhere/$built"
done

cd "$elsewhere"
echo 'set(BELFRY_ZLIB OFF)' >no-zlib.cmake
CMAKE_TOOLCHAIN_FILE="$PWD/no-zlib.cmake" mvn -B -q -DskipTests -Dmaven.test.skip=true -Dmaven.main.skip=true \
	-pl java/core clean process-classes
if find java/core/target/classes -name zlib | grep .; then
	echo "belfry: the build has found zlib all the same" >&2
	exit 1
fi
echo "belfry: the build elsewhere gives the same bytes, and that without zlib succeeds"
