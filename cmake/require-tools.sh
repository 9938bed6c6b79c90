#!/bin/sh
# Says in one line which build tool is missing and how to get it. Called by the Maven build.
fail()
{
	echo "belfry: $1" >&2
	exit 1
}

command -v cmake >/dev/null || fail "CMake 3.24 or newer is needed and not on the PATH (Debian: apt install cmake)"
version=$(cmake --version | sed -n 's/^cmake version \([0-9]*\.[0-9]*\).*/\1/p')
[ "${version%%.*}" -gt 3 ] || [ "${version#*.}" -ge 24 ] ||
	fail "CMake 3.24 or newer is needed, this is $version (Debian: apt install cmake)"
command -v cc >/dev/null ||
	fail "a C compiler is needed and none is on the PATH (Debian: apt install gcc libc6-dev)"
command -v make >/dev/null ||
	fail "make is needed and not on the PATH (Debian: apt install make)"
