#!/bin/sh
# controls.sh DIR: runs the crash pack against builds of fileget that lack one
# defence each (control_*.c). Each run must fail with the expected message,
# which proves that the tests detect the missing defence.

set -u

dir=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# expect NAME SUITE CASE MESSAGE
expect() {
    name=$1
    suite=$2
    message=$4
    if CRASH_ROUNDS=12 CK_RUN_CASE=$3 "$dir/tests/crash" "$dir/fileserv" \
        "$dir/tests/control-$name" "$suite" >"$log" 2>&1; then
        if grep -q "skipped" "$log"; then
            echo "control $name: skipped"
            return
        fi
        echo "control $name: $suite did not detect it"
        failed=1
    elif grep -q "$message" "$log"; then
        echo "control $name: detected by $suite"
    else
        echo "control $name: $suite failed with another message:"
        cat "$log"
        failed=1
    fi
}

expect fsync power 'after exit' 'right_after_exit.*\(is gone\|old nor new\|are new\)'
expect direct killed_client file 'neither old nor new'
expect resume killed_client file 'bytes here: '
expect signals room 'from the start' 'exit -25 instead of 10'
expect leftovers room 'from the start' 'full, not to go on from'
exit $failed
