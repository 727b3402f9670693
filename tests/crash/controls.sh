#!/bin/sh
# controls.sh DIR: the crash pack against builds of fileget that lack one of
# its defences (control_*.c). Each must fail, and with the words that go with
# it; a test that does not notice proves nothing.

set -u

dir=$1
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0

# expect NAME SUITE CASE WORDS
expect() {
    name=$1
    suite=$2
    words=$4
    if CRASH_ROUNDS=12 CK_RUN_CASE=$3 "$dir/tests/crash" "$dir/fileserv" \
        "$dir/tests/control-$name" "$suite" >"$log" 2>&1; then
        if grep -q "skipped" "$log"; then
            echo "control $name: skipped"
            return
        fi
        echo "control $name: $suite has not noticed"
        failed=1
    elif grep -q "$words" "$log"; then
        echo "control $name: noticed by $suite"
    else
        echo "control $name: $suite has failed with other words:"
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
