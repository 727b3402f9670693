#!/bin/sh
# run.sh DIR...: runs DIR/tests/faults against the programs in DIR, in parts side
# by side, for each DIR, and prints how many faults were injected. Fails also if
# a fault of the tables was never injected.
# With FAULTS_QUICK in the environment: only some calls and some errors.

set -u
# shellcheck source=tests/parts.sh
. "$(dirname "$0")/../parts.sh"

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
    echo "usage: tests/faults/run.sh BUILD-DIRECTORY..." >&2
    exit 2
fi

: "${UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=99}"
: "${LSAN_OPTIONS=suppressions=$PWD/tests/faults/glibc.supp:print_suppressions=0}"
export LSAN_OPTIONS UBSAN_OPTIONS

parts_open 6
FAULTS_TALLY=$parts/tally
export FAULTS_TALLY
failed=0
for dir; do
    rm -f "$FAULTS_TALLY"
    parts_start 6 "$dir/tests/faults" "$dir/fileserv" "$dir/fileget"
    parts_close || failed=1
    awk -F '\t' -v dir="$dir" '
    {
        runs += $1
        met[$2] += $1
    }
    END {
        for (fault in met) {
            faults++
            if (met[fault] > 0)
                continue
            print "never injected: " fault
            missed = 1
        }
        print dir ": " faults " faults injected into " runs " calls"
        exit missed
    }' "$FAULTS_TALLY" || failed=1
done
exit $failed
