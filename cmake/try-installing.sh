#!/bin/bash
# try-installing.sh DIST [KIND...]
# Runs the commands of docs/guide/installing.md, those of each KIND of user (java, tar, deb, fetch, command; all if none
# is named), on each release of Debian that the page names, in a new installation. DIST has what the page says how to
# make. As root, with debootstrap; the installations are below BELFRY_CHROOTS and stay there as they are: what a KIND
# changes is in a layer of its own, which is thrown away.
#
# In the page, before a block: <!-- try: KIND SUITE... --> are commands, <!-- file: KIND SUITE... --> a file that they
# need.
set -euo pipefail
cd "$(dirname "$0")/.."
page=docs/guide/installing.md
chroots=${BELFRY_CHROOTS:-/var/tmp/belfry-chroots}
dist=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- java tar deb fetch command
temporary=$(mktemp -d)
trap 'rm -rf "$temporary"' EXIT
status=0

# The page's blocks of this kind: commands with "try", the file in this language with "file".
blocks()
{
	awk -v mark="^<!-- $1: $2[ >]" -v language="${3:-}" '
		$0 ~ mark { wanted = 1; next }
		/^```/ && inside { inside = 0; next }
		/^```/ && wanted { wanted = 0; inside = language == "" || $0 == "```" language; skip = !inside; next }
		inside { print }' "$page"
}

# The README's first block in this language that has this text.
readme()
{
	awk -v language="$1" -v text="$2" -v RS='```' '
		NR % 2 == 0 && index($0, language "\n") == 1 && index($0, text) {
			print substr($0, length(language) + 2)
			exit
		}' README.md
}

make_chroot()
{
	local root=$chroots/new-$1

	[ ! -e "$root/.made" ] || return 0
	rm -rf "$root"
	debootstrap --variant=minbase "$1" "$root" ${BELFRY_MIRROR:-} >"$temporary/debootstrap.log" 2>&1 ||
		{ cat "$temporary/debootstrap.log" >&2; return 1; }
	printf 'APT::Get::Assume-Yes "true";\nAPT::Get::Quiet "2";\nDpkg::Use-Pty "0";\n' >"$root/etc/apt/apt.conf.d/90try"
	touch "$root/.made"
}

# A user's directory for this kind: the files of DIST, and the project.
make_home()
{
	cp "$dist"/belfry-* "$1"
	case $2 in
	java)
		cp -r "$dist" "$1/dist"
		mkdir -p "$1/src/main/java"
		blocks file java xml >"$1/pom.xml"
		blocks file java java >"$1/src/main/java/Hello.java"
		;;
	tar | deb)
		readme c belfry_worker_run >"$1/shout.c"
		readme cmake find_package >"$1/CMakeLists.txt"
		;;
	fetch)
		readme c belfry_worker_run >"$1/shout.c"
		blocks file fetch cmake >"$1/CMakeLists.txt"
		# In the place of the public repository this one, as it is committed.
		git clone -q --bare . "$1/belfry.git"
		git --git-dir="$1/belfry.git" branch -f main HEAD 2>/dev/null || true
		printf '[url "/root/belfry.git"]\n\tinsteadOf = https://github.com/belfry/belfry.git\n' >"$1/.gitconfig"
		;;
	esac
	{
		echo 'set -ex'
		blocks try "$2"
	} >"$1/try.sh"
}

# In a layer over the installation of this suite, with a home of its own. Maven's repository is this machine's, in such a
# layer too.
try()
{
	local root=$chroots/new-$1 work=$temporary/$2-$1

	make_chroot "$1"
	mkdir -p "$work"/{home,log}
	make_home "$work/home" "$2"
	unshare --mount bash -ec '
		root=$1 work=$2
		mount -t tmpfs -o size=4g none "$work/log"
		mkdir "$work"/log/{upper,inner,root,m2,m2-inner}
		mount -t overlay -o "lowerdir=$root,upperdir=$work/log/upper,workdir=$work/log/inner" none "$work/log/root"
		mount --rbind /proc "$work/log/root/proc"
		mount --rbind /dev "$work/log/root/dev"
		mount --bind "$work/home" "$work/log/root/root"
		if [ -d "$HOME/.m2/repository" ]; then
			mkdir -p "$work/log/root/root/.m2/repository"
			mount -t overlay -o "lowerdir=$HOME/.m2/repository,upperdir=$work/log/m2,workdir=$work/log/m2-inner" \
				none "$work/log/root/root/.m2/repository"
			rm -rf "$work/log/root/root/.m2/repository/io/github/belfry"
		fi
		exec env -i HOME=/root LANG=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive chroot "$work/log/root" sh -c "cd && apt update && sh try.sh"' \
		bash "$root" "$work" >"$temporary/log" 2>&1
}

for kind; do
	for suite in $(sed -n "s/^<!-- try: $kind \(..*\) -->/\1/p" "$page" | head -n 1); do
		if try "$suite" "$kind"; then
			echo "$kind, $suite: ran: $(tail -n 1 "$temporary/log")"
		else
			echo "$kind, $suite: failed:"
			tail -n 30 "$temporary/log"
			status=1
		fi
	done
done
exit $status
