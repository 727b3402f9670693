# Sourced by what runs tests: parts of them side by side, since most of a test
# waits. All of them run, whatever becomes of the others.
#
# parts_open N              from here on at most N run at once; what they say is
#                           kept in the folder $parts, removed when all is over
# part COMMAND...           starts one, once there is a place for it
# parts_start N COMMAND...  starts N, with 1/N to N/N as their last argument
# parts_close               waits for all; prints what they have said, one after
#                           the other as they were started. 0 only if all were
#                           0. After it, others can be started.
#
# A command may be a function, one that returns. Descriptor 9 is in use.
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
