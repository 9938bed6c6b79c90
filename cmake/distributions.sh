#!/bin/sh
# distributions.sh SUITE...
# Tries the jar of every platform on other systems: releases of Debian (bullseye, bookworm, trixie) with their C library
# and Java, each in a chroot; aarch64 is Debian bookworm for that processor under qemu-user. On each it runs belfry demo
# and the tests BELFRY_TESTS (those of WorkerPool) of java/core, and at last says what passed.
# As root, with debootstrap; the chroots are below BELFRY_CHROOTS and stay there.
set -eu
cd "$(dirname "$0")/.."
chroots=${BELFRY_CHROOTS:-/var/tmp/belfry-chroots}
tests=${BELFRY_TESTS:-Pool*Test}
mirror=${BELFRY_MIRROR:-}
target=$PWD/java/core/target
logs=$target/distributions
status=0

make_chroot()
{
	root=$chroots/$1
	[ ! -e "$root/.made" ] || return 0
	java=openjdk-17-jre-headless
	[ "$1" != trixie ] || java=openjdk-21-jre-headless
	rm -rf "$root"
	case $1 in
	aarch64)
		# Unpacked only: what a package's scripts would do isn't needed.
		debootstrap --foreign --arch=arm64 --variant=minbase --include="$java,procps" bookworm "$root" $mirror
		for package in "$root"/var/cache/apt/archives/*.deb; do
			dpkg-deb -x "$package" "$root"
		done
		ln -sf "$(cd "$root" && echo usr/lib/jvm/java-17-openjdk-*)/bin/java" "$root/java"
		;;
	*)
		debootstrap --variant=minbase "$1" "$root" $mirror
		DEBIAN_FRONTEND=noninteractive cmake/in-chroot.sh "$root" sh -c \
			"apt-get install -y -qq --no-install-recommends $java procps"
		ln -sf /usr/bin/java "$root/java"
		;;
	esac
	touch "$root/.made"
}

# For aarch64: a qemu that has CLONE_PIDFD.
find_qemu()
{
	[ -z "${BELFRY_QEMU:-}" ] || return 0
	make_chroot trixie
	BELFRY_QEMU=$chroots/trixie/usr/bin/qemu-aarch64
	export BELFRY_QEMU
	[ -x "$BELFRY_QEMU" ] || DEBIAN_FRONTEND=noninteractive cmake/in-chroot.sh "$chroots/trixie" sh -c \
		"apt-get install -y -qq --no-install-recommends qemu-user"
}

# A directory like a JDK's, whose java runs in the chroot.
make_jvm()
{
	mkdir -p "$logs/$1/bin"
	emulate=
	[ "$1" != aarch64 ] || emulate="\"$PWD/cmake/emulate-aarch64.sh\" "
	printf '#!/bin/sh\nexec %s"%s" "%s" /java "$@"\n' "$emulate" "$PWD/cmake/in-chroot.sh" "$chroots/$1" \
		>"$logs/$1/bin/java"
	chmod +x "$logs/$1/bin/java"
}

# The programs that the tests start, static; the libraries that they load, with glibc.
make_programs()
{
	musl=musl glibc=x86_64
	[ "$1" != aarch64 ] || musl=musl-aarch64 glibc=aarch64
	for preset in $musl $glibc; do
		(cd c && BELFRY_BUILD_PREFIX=$target/ cmake --build --preset $preset) >"$logs/$1/build.log" 2>&1
	done
	rm -rf "$logs/$1/programs"
	mkdir -p "$logs/$1/programs/tests"
	find "$target/build/$musl/tests" -maxdepth 1 -type f -perm -u+x ! -name '*.so' \
		-exec cp {} "$logs/$1/programs/tests" \;
	cp "$target/build/$glibc/tests/"*.so "$logs/$1/programs/tests"
	mkdir "$logs/$1/programs/workers"
	cp "$target/build/$musl/workers/echo" "$logs/$1/programs/workers"
}

try()
{
	"$logs/$1/bin/java" -version 2>&1 | head -n 1
	if "$logs/$1/bin/java" -jar java/cli/target/belfry.jar demo >"$logs/$1/demo.log" 2>&1; then
		echo "$1: the demo ran: $(tail -n 1 "$logs/$1/demo.log")"
	else
		echo "$1: the demo failed: $logs/$1/demo.log"
		status=1
	fi
	if mvn -o -B -Prelease -pl java/core surefire:test -Djvm="$logs/$1/bin/java" "-Dtest=$tests" \
		-Dc.build="$logs/$1/programs" -Dtest.seconds=3600 >"$logs/$1/tests.log" 2>&1; then
		passed=the
	else
		passed='not all'
		status=1
	fi
	echo "$1: $passed tests passed: $(grep -E '^\[[A-Z]*\] Tests run:.*[0-9]$' "$logs/$1/tests.log" | tail -n 1)"
}

if [ ! -e java/cli/target/belfry.jar ] || [ ! -e "$target/classes/META-INF/native/linux-aarch64" ]; then
	mvn -B -q -Prelease -DskipTests package
fi
for suite; do
	mkdir -p "$logs/$suite"
	[ "$suite" != aarch64 ] || find_qemu
	make_chroot "$suite" >"$logs/$suite/chroot.log" 2>&1
	make_jvm "$suite"
	make_programs "$suite"
	try "$suite"
done
exit $status
