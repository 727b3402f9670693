# For scripts that run tests: runs commands ("parts") side by side, because most
# tests wait most of the time. A part that fails does not end the others.
#
# parts_open N              allows N parts at once; creates the folder $parts for
#                           their output, removed when the script exits
# part COMMAND...           waits until fewer than N parts run, then starts one
# parts_start N COMMAND...  starts N parts with 1/N to N/N as last argument
# parts_close               waits for all parts and prints their output in the
#                           order they were started. Returns 0 only if all did.
#                           More parts may be started afterwards.
#
# A command may be a function that returns. Uses file descriptor 9.
# shellcheck shell=sh

parts_open() {
    parts=$(mktemp -d)
    trap 'rm -rf "$parts"' EXIT
    mkfifo "$parts/places"
    exec 9<>"$parts/places"
    seq "$1" >&9
    parts_n=0
    parts_pids=
}

part() {
    read -r parts_place <&9
    parts_n=$((parts_n + 1))
    {
        "$@" 9<&-
        parts_code=$?
        echo "$parts_place" >&9
        exit $parts_code
    } >"$parts/$parts_n" 2>&1 &
    parts_pids="$parts_pids $!"
}

parts_start() {
    parts_all=$1
    shift
    for parts_i in $(seq "$parts_all"); do
        part "$@" "$parts_i/$parts_all"
    done
}

parts_close() {
    parts_failed=0
    parts_n=0
    for parts_pid in $parts_pids; do
        parts_n=$((parts_n + 1))
        wait "$parts_pid" || parts_failed=1
        cat "$parts/$parts_n"
    done
    parts_n=0
    parts_pids=
    return $parts_failed
}
