#!/bin/sh
# memcheck.sh PROGRAM [ARGUMENT...]
# Runs PROGRAM, and whom it starts, under valgrind. Fails with all that memcheck found in any of them, also in one
# that was killed or whose standard error somebody else reads.
logs=$(mktemp -d) || exit 1
valgrind -q --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible \
	--trace-children=yes --fair-sched=yes --log-file="$logs/%p" "$@"
status=$?
if cat "$logs"/* | grep . >&2; then
	status=99
fi
rm -r "$logs"
exit $status
