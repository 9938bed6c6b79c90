#!/bin/sh
# memcheck.sh PROGRAM [ARGUMENT...]
# Runs PROGRAM, and the programs that it starts, under valgrind. Prints memcheck's findings in all of them and fails
# with 99 if there are any; also those of a program that was killed or whose standard error goes elsewhere.
logs=$(mktemp -d) || exit 1
valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
	--suppressions="$(dirname "$0")/memcheck.supp" \
	--trace-children=yes --fair-sched=yes --log-file="$logs/%p" "$@"
status=$?
if cat "$logs"/* | grep . >&2; then
	status=99
fi
rm -r "$logs"
exit $status
