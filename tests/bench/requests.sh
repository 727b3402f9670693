#!/bin/sh
# Requests of three sizes, over few and many connections, one after the other
# and 32 under way, and a connection for each: the same generator for all.
# Called by bench.sh, which sets the variables in capitals.
set -u
# shellcheck source=/dev/null
. "$HERE/servers.sh"

# load SERVER ROUND NAME
load() {
    server=$1
    round=$2
    name=$3
    rows=$RAW
    [ "$round" -ne 0 ] || rows=/dev/null
    http=
    case $server in fileserv | unconfined) ;; *) http=-H ;; esac
    # Options are split on purpose.
    # shellcheck disable=SC2086
    "$BUILD/tests/load" $http $options -p "$(server_pid "$server")" \
        -l "$SECTION	$CASE	$server	$round" \
        127.0.0.1 "$(server_port "$server")" "$name" >"$WORK/run/load" &&
        cat "$WORK/run/load" >>"$rows" ||
        echo "$server: errors at $SECTION, $CASE; left out" >&2
}

# cell NAME FIRST: all servers in turn, round after round; a load by time is
# its own warm-up, others have a round 0.
cell() {
    round=$2
    while [ "$round" -le "$LAPS" ]; do
        for server in $SERVERS; do
            ! server_runs "$server" || load "$server" "$round" "$1"
        done
        round=$((round + 1))
    done
}

SECTION=requests
SERVERS='fileserv nginx nginx+cache lighttpd'
for size in $SIZES; do
    echo "requests of $size"
    for connections in $CALLERS; do
        seconds=$SECONDS_EACH
        [ "$size" != 1k ] || [ "$connections" -gt 64 ] || seconds=$MARK_SECONDS
        for depth in 1 32; do
            CASE="$size $connections $depth"
            options="-c $connections -d $depth -t $seconds"
            cell "$size" 1
        done
    done
done

echo "requests for many files"
SECTION=many
CASE='1k 64 32'
options="-c 64 -d 32 -m 32 -t $MARK_SECONDS"
cell 1k 1

echo "with and without confinement"
SECTION=confined
SERVERS='fileserv unconfined'
for depth in 1 32; do
    CASE="1k 64 $depth"
    options="-c 64 -d $depth -m 32 -t $MARK_SECONDS"
    cell 1k 1
done
SERVERS='fileserv nginx nginx+cache lighttpd'

echo "a connection for each request"
SECTION=connects
for connections in 1 64; do
    CASE="1k $connections"
    options="-r -c $connections -n $CONNECTS"
    cell 1k 0
done
