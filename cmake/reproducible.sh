#!/bin/sh
# Builds the release twice, from copies of this tree on paths of different length, in different time zones, and compares
# all that it deploys and the SDK's packages, byte for byte. Tests are left out; what was deployed is checked. The umask
# is the same: Maven's plugins put the files' modes into the jars of sources and API pages.
set -eu
cd "$(dirname "$0")/.."
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
umask 022
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)
export SOURCE_DATE_EPOCH

# deploy TREE FOLDER ZONE
deploy()
{
	mkdir -p "$1"
	git ls-files -z | tar -c --null -T - | tar -x --no-same-permissions -C "$1"
	(cd "$1" && TZ=$3 mvn -B -q -Prelease -Pman -DskipTests deploy \
		"-DaltDeploymentRepository=local::file://$2" && cmake/packages.sh "$2/packages" >/dev/null)
}

# Its files but the lists of versions, which have the time in them.
files()
{
	(cd "$1" && find . -type f ! -name 'maven-metadata*' | sort)
}

one=$temporary/one
other=$temporary/other
deploy "$temporary/a" "$one" UTC
deploy "$temporary/another/folder/and-a-longer-name" "$other" Asia/Tokyo
cmake/check-release.sh "$one"
files "$one" >"$temporary/files"
files "$other" | diff "$temporary/files" -
different=0
while read -r file; do
	cmp "$one/$file" "$other/$file" || different=1
done <"$temporary/files"
[ $different = 0 ] || exit 1
echo "belfry: $(wc -l <"$temporary/files") files are the same from both folders"
