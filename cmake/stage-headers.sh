#!/bin/sh
# stage-headers.sh BUILD DIRECTORY TIME
# Installs the public headers of a CMake build, all last changed at TIME with the same permissions everywhere, so that
# an archive of them is the same in each build. An archive holds local time, so TIME is taken as local.
set -e
rm -rf "$2"
cmake --install "$1" --component headers --prefix "$2" --default-directory-permissions u=rwx,g=rx,o=rx
find "$2" -exec touch -d "${3%Z}" {} +
