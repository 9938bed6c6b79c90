#!/bin/bash
# heavier-checks.sh [STEP...]
# What takes too long for each build, one step after the other, all if none is named: half an hour. Each ends in a line with
# its time; its output is dist/logs/STEP.log. Fails at the end if a step has failed.
# As root, with debootstrap, qemu-user-static, lintian and Debian's cross compilers (docs/guide/installing.md#natives).
set -euo pipefail
cd "$(dirname "$0")/.."
dist=$PWD/dist
logs=$dist/logs
status=0

consumers()
{
	mvn -B -DskipTests clean package
	mvn -B -Pconsumers -pl java/consumers verify
}

# Into a folder that is a repository, and the SDK's packages beside it.
release()
{
	rm -rf "$dist"/repository "$dist"/belfry*
	mvn -B -Prelease -Pman -DskipTests clean deploy "-DaltDeploymentRepository=belfry::file:$dist/repository"
	cmake/check-release.sh "$dist/repository"
	cmake/packages.sh "$dist"
	cp java/cli/target/belfry-[0-9]*.tar.gz "$dist"
}

# The tests of the jar for every platform.
jar()
{
	mvn -B -Prelease -pl java/core verify -Dskip.ctest=true -Dtest=SignalTest -Dit.test=PackagedIT
}

installing()
{
	cmake/try-installing.sh "$dist"
}

distributions()
{
	cmake/distributions.sh bullseye bookworm trixie
}

musl()
{
	cd c
	cmake --preset musl && cmake --build --preset musl && ctest --preset musl -E '_model|requests_fuzz'
}

# The chroots have a qemu that is new enough.
aarch64()
{
	BELFRY_TESTS=PoolReplyTest,PoolReadyTest,PoolSessionTest cmake/distributions.sh aarch64
	export BELFRY_QEMU="${BELFRY_QEMU:-${BELFRY_CHROOTS:-/var/tmp/belfry-chroots}/trixie/usr/bin/qemu-aarch64}"
	cd c
	cmake --preset musl-aarch64 && cmake --build --preset musl-aarch64
	../cmake/emulate-aarch64.sh ctest --preset musl-aarch64 -E 'model|package|parent|alone|fuzz'
}

reproducible()
{
	cmake/reproducible.sh
}

[ $# -gt 0 ] || set -- consumers release jar installing distributions musl aarch64 reproducible
mkdir -p "$logs"
for step; do
	[ "$(type -t "$step")" = function ] || { echo "belfry: there is no step $step" >&2; exit 2; }
	SECONDS=0
	# A shell of its own: in the condition of an if, set -e would count for nothing.
	if bash -euo pipefail -c "$(declare -f "$step"); dist='$dist'; $step" >"$logs/$step.log" 2>&1; then
		echo "$step: passed in $SECONDS s"
	else
		echo "$step: failed after $SECONDS s, see $logs/$step.log"
		status=1
	fi
done
exit $status
