#!/bin/bash
# check-release.sh FOLDER [signed]
# Says what is missing in FOLDER, a repository that mvn -Prelease deploy has filled: for each artifact its files with
# their checksums, the licence in each jar, the elements of the POMs that a public repository asks for. With `signed`
# also a signature, which gpg has to find good, beside each file.
set -euo pipefail
folder=$(cd "$1" && pwd)/io/github/belfry
signed=${2:-}
cd "$(dirname "$0")/.."
version=$(sed -n 's,^    <version>\(.*\)</version>,\1,p' pom.xml)
missing=0

miss()
{
	echo "belfry: $1" >&2
	missing=1
}

# The text between two tags of a POM, on one line.
element()
{
	tr -d '\n' <"$2" | grep -o "<$1[ >].*</$1>" || true
}

check_file()
{
	local file=$1

	[ -s "$file" ] || { miss "no $file"; return 0; }
	[ "$(sha1sum <"$file" | cut -d ' ' -f 1)" = "$(cut -c -40 "$file.sha1" 2>/dev/null)" ] || miss "$file: its checksum"
	case $file in
	*.jar)
		unzip -p "$file" META-INF/LICENSE 2>/dev/null | cmp -s - LICENSE || miss "$file: no META-INF/LICENSE"
		if unzip -l "$file" | grep -q META-INF/native/; then
			unzip -p "$file" META-INF/NOTICE 2>/dev/null | grep -q musl || miss "$file: no META-INF/NOTICE"
		fi
		;;
	*.json) grep -q '"bomFormat" *: *"CycloneDX"' "$file" || miss "$file is no SBOM of CycloneDX" ;;
	esac
	if [ -n "$signed" ]; then
		gpg --quiet --verify "$file.asc" "$file" 2>/dev/null || miss "$file: no good signature"
	fi
}

# What a POM lacks its parent may have, but for the name.
check_pom()
{
	local pom=$1 parent=$folder/belfry-parent/$version/belfry-parent-$version.pom tag

	[ -n "$(element name "$pom")" ] || miss "$pom: no name"
	grep -q '<parent>' "$pom" || parent=$pom
	for tag in description url licenses developers scm; do
		[ -n "$(element $tag "$pom")$(element $tag "$parent")" ] || miss "$pom: no $tag"
	done
	! grep -q SNAPSHOT "$pom" || miss "$pom: a SNAPSHOT"
}

# check_artifact NAME SUFFIX...: its POM and SBOM, and NAME-VERSION with each suffix, and no other file.
check_artifact()
{
	local base="$folder/$1/$version/$1-$version" expected suffix

	expected=$(printf '%s\n' .pom -cyclonedx.json "${@:2}" | sort)
	for suffix in $expected; do
		check_file "$base$suffix"
	done
	check_pom "$base.pom"
	diff <(echo "$expected") <(find "$folder/$1/$version" -type f ! -name '*.sha1' ! -name '*.md5' ! -name '*.asc' \
		-printf "%f\n" | sed "s/^$1-$version//" | sort) >&2 || miss "$1: other files (>) than these (<)"
}

jars=(.jar -sources.jar -javadoc.jar)
check_artifact belfry-parent
check_artifact belfry-bom
check_artifact belfry "${jars[@]}" .inczip
check_artifact belfry-cli "${jars[@]}" .tar.gz
check_artifact belfry-micrometer "${jars[@]}"
artifacts="belfry belfry-bom belfry-cli belfry-micrometer belfry-parent"
if [ -e "$folder/belfry-ffm" ]; then
	check_artifact belfry-ffm "${jars[@]}"
	artifacts="belfry belfry-bom belfry-cli belfry-ffm belfry-micrometer belfry-parent"
else
	echo "belfry: without belfry-ffm, which JDK 22 and newer build"
fi
[ "$(ls "$folder" | xargs)" = "$artifacts" ] || miss "other artifacts than $artifacts: $(ls "$folder" | xargs)"

cli=$folder/belfry-cli/$version/belfry-cli-$version
for inside in belfry picocli HdrHistogram; do
	! grep -q "<artifactId>$inside</artifactId>" "$cli.pom" || miss "$cli.pom: $inside, which is in the jar"
	grep -q "\"name\" *: *\"$inside\"" "$cli-cyclonedx.json" || miss "$cli-cyclonedx.json: no $inside, which is in the jar"
done
for part in belfry belfry-cli belfry-ffm belfry-micrometer; do
	tr -d ' \n' <"$folder/belfry-bom/$version/belfry-bom-$version.pom" |
		grep -q "<artifactId>$part</artifactId><version>\(\${project.version}\|$version\)</version>" ||
		miss "belfry-bom: no $part $version"
done
[ $missing = 0 ] || exit 1
echo "belfry: the release $version in $1 is whole${signed:+, and signed}"
