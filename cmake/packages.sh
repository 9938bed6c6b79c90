#!/bin/sh
# packages.sh DIRECTORY [ARCH...]
# Makes the SDK's packages for each ARCH, x86_64 and aarch64 if none is named, and puts them into DIRECTORY. The command
# in them is that of mvn -Prelease -Pman package, which has to be built before. Fails when a program in them needs a
# glibc above 2.17, or when lintian, where it is installed, finds an error.
set -eu
cd "$(dirname "$0")/.."
directory=$(mkdir -p "$1" && cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- x86_64 aarch64
command=$(ls "$PWD"/java/cli/target/belfry-[0-9]*.tar.gz)
tar -tf "$command" | grep -q man1/belfry.1 ||
	{ echo "belfry: $command has no man pages: mvn -Pman package" >&2; exit 1; }
# Two builds of one commit are the same bytes.
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}
export SOURCE_DATE_EPOCH

# The same files in the order of their names: cpack takes them as the file system gives them.
sort_tar()
{
	unpacked=$(mktemp -d)
	tar -xzf "$1" -C "$unpacked"
	tar -c --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner -C "$unpacked" \
		"$(basename "$1" .tar.gz)" | gzip -9n >"$1.sorted"
	mv "$1.sorted" "$1"
	rm -rf "$unpacked"
}

sort_deb()
{
	unpacked=$(mktemp -d)
	dpkg-deb -R "$1" "$unpacked/package"
	# Not the file system's blocks, but as dpkg-gencontrol counts: kibibytes of each file, and one for each other.
	kibibytes=$(find "$unpacked/package/usr" -printf '%y %s\n' |
		awk '{ n += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print n }')
	sed -i "s/^Installed-Size: .*/Installed-Size: $kibibytes/" "$unpacked/package/DEBIAN/control"
	find "$unpacked/package" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
	dpkg-deb --root-owner-group -b "$unpacked/package" "$1" >/dev/null
	rm -rf "$unpacked"
}

require_old_glibc()
{
	find "$1" -type f -perm -u+x | while read -r program; do
		"$2-linux-gnu-objdump" -T "$program" 2>/dev/null | sed -n 's/.*GLIBC_\([0-9.]*\).*/\1/p'
	done | sort -uV | tail -n 1 | {
		read -r newest
		[ "$(printf '%s\n2.17\n' "$newest" | sort -V | tail -n 1)" = 2.17 ] ||
			{ echo "belfry: a program in $1 needs glibc $newest" >&2; exit 1; }
	}
}

cd c
for arch; do
	build=${BELFRY_BUILD_PREFIX:-}build/sdk-$arch
	cmake --preset "sdk-$arch" --log-level=WARNING -DBELFRY_COMMAND="$command"
	cmake --build --preset "sdk-$arch"
	cpack -G "TGZ;DEB" --config "$build/CPackConfig.cmake" -B "$build/packages"
	require_old_glibc "$build/packages/_CPack_Packages/Linux/TGZ" "$arch"
	sort_tar "$build/packages"/belfry-sdk*.tar.gz
	sort_deb "$build/packages"/belfry-sdk*.deb
	cp "$build/packages"/belfry-sdk* "$directory"
	if command -v lintian >/dev/null; then
		lintian --fail-on error --allow-root "$build/packages"/belfry-sdk*.deb
	fi
done
ls -l "$directory"
