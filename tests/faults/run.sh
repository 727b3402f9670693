#!/bin/sh
# run.sh DIR PROGRAMS...: runs DIR/tests/faults against the programs in each of
# these folders, in parts side by side, and says how many faults were met. A
# fault in the tables that no call ever met fails, too.
# FAULTS_QUICK in the environment: not every call, nor every error.

set -u

if [ $# -lt 2 ] || [ ! -d "$1" ] || [ ! -d "$2" ]; then
	echo "usage: tests/faults/run.sh BUILD-DIRECTORY PROGRAMS..." >&2
	exit 2
fi
dir=$1
shift

: "${UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=99}"
export UBSAN_OPTIONS

parts=6
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
failed=0
for programs; do
	rm -f "$logs"/*
	FAULTS_TALLY=$logs/tally
	export FAULTS_TALLY
	part=1
	while [ $part -le $parts ]; do
		{
			"$dir/tests/faults" "$programs/fileserv" \
				"$programs/fileget" "$part/$parts" \
				>"$logs/$part.log" 2>&1 &&
				touch "$logs/$part.passed"
		} &
		part=$((part + 1))
	done
	wait
	part=1
	while [ $part -le $parts ]; do
		cat "$logs/$part.log"
		[ -e "$logs/$part.passed" ] || failed=1
		part=$((part + 1))
	done
	awk -F '\t' -v programs="$programs" '
	{
		runs += $1
		met[$2] += $1
	}
	END {
		for (fault in met) {
			faults++
			if (met[fault] > 0)
				continue
			print "never met: " fault
			missed = 1
		}
		print programs ": " faults " faults met by " runs " calls"
		exit missed
	}' "$FAULTS_TALLY" || failed=1
done
exit $failed
