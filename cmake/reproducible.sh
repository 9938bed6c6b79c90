#!/bin/sh
# Builds the release twice, from copies of this tree on paths of different length, under another umask and time zone,
# and compares all that it deploys, byte for byte. Tests are left out; what was deployed is checked.
set -eu
cd "$(dirname "$0")/.."
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT

# deploy TREE FOLDER UMASK ZONE
deploy()
{
	mkdir -p "$1"
	git ls-files -z | tar -c --null -T - | (umask "$3" && tar -x --no-same-permissions -C "$1")
	(cd "$1" && umask "$3" && TZ=$4 mvn -B -q -Prelease -DskipTests deploy \
		"-DaltDeploymentRepository=local::file://$2")
}

# Its files but the lists of versions, which have the time in them.
files()
{
	(cd "$1" && find . -type f ! -name 'maven-metadata*' | sort)
}

one=$temporary/one
other=$temporary/other
deploy "$temporary/a" "$one" 022 UTC
deploy "$temporary/another/folder/and-a-longer-name" "$other" 027 Asia/Tokyo
cmake/check-release.sh "$one"
files "$one" >"$temporary/files"
files "$other" | diff "$temporary/files" -
while read -r file; do
	cmp "$one/$file" "$other/$file"
done <"$temporary/files"
echo "belfry: $(wc -l <"$temporary/files") deployed files are the same from both folders"
