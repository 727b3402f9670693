#!/bin/sh
# Requests of three sizes, on few and many connections, one at a time and 32 in
# flight, and with a connection for each: the same generator for all servers.
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
    # Split into words on purpose.
    # shellcheck disable=SC2086
    "$BUILD/tests/load" $http $options -p "$(server_pid "$server")" \
        -l "$SECTION	$CASE	$server	$round" \
        127.0.0.1 "$(server_port "$server")" "$name" >"$WORK/run/load" &&
        cat "$WORK/run/load" >>"$rows" ||
        echo "$server: errors at $SECTION, $CASE; left out" >&2
}

# cell NAME FIRST: measures all servers in turn, in each round. Round 0 is a
# warm-up; a load by time needs none.
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
