#!/bin/sh
# Curves: requests a second over the number of connections, and the time for a
# file over its size. Called by bench.sh, which sets the variables in capitals.
set -u
# shellcheck source=/dev/null
. "$HERE/servers.sh"
# shellcheck source=/dev/null
. "$HERE/data.sh"

# load SERVER ROUND CONNECTIONS
load() {
    rows=$RAW
    [ "$2" -ne 0 ] || rows=/dev/null
    http=
    [ "$1" = fileserv ] || http=-H
    # An optional word.
    # shellcheck disable=SC2086
    "$BUILD/tests/load" $http -c "$3" -t "$SECONDS_EACH" \
        -p "$(server_pid "$1")" -l "callers	$3	$1	$2" \
        127.0.0.1 "$(server_port "$1")" 1k >"$WORK/run/load" &&
        cat "$WORK/run/load" >>"$rows" ||
        echo "$1: errors with $3 connections; left out" >&2
}

# lap SERVER CASE CONTENDER ROUND COMMAND...
lap() {
    rows=$RAW
    [ "$4" -ne 0 ] || rows=/dev/null
    label="sizes	$2	$3	$4"
    shift 4
    rm -f "$SHM/grown"
    timeout 300 "$BUILD/tests/lap" -l "$label" -o "$rows" "$@" >/dev/null ||
        echo "failed: $label" >&2
}

echo "growth: connections"
for connections in $GROWN_CALLERS; do
    [ "$connections" -le "$MOST" ] || connections=$MOST
    round=1
    while [ $round -le "$LAPS" ]; do
        for server in fileserv nginx+cache; do
            ! server_runs $server || load $server $round "$connections"
        done
        round=$((round + 1))
    done
done

echo "growth: sizes"
kib=1
while [ $kib -le $((GROWN_MIB * 1024)) ]; do
    if [ $kib -ge 1048576 ] && [ "$(date +%s)" -gt "$ENOUGH" ]; then
        echo "no time left for a file of $((kib / 1024)) MiB" >&2
        break
    fi
    if [ $kib -lt 16384 ]; then
        data_random $((kib * 1024)) >"$SERVED/grown"
    else
        data_file grown $((kib / 1024))
    fi
    round=0 last=$LAPS
    # The largest take as long as all others together, and vary less once their
    # memory is obtained.
    if [ $kib -ge 1048576 ]; then
        cp "$SERVED/grown" "$SHM/grown"
        round=1 last=1
    fi
    while [ $round -le "$last" ]; do
        lap '' $kib cp $round cp "$SERVED/grown" "$SHM/grown"
        lap fileserv $kib fileget $round "$BUILD/fileget" -q -o "$SHM/grown" \
            127.0.0.1 "$(server_port fileserv)" grown
        ! server_runs nginx || lap nginx $kib curl $round curl -sf \
            -o "$SHM/grown" "http://127.0.0.1:$(server_port nginx)/grown"
        round=$((round + 1))
    done
    # The last step is the full size.
    [ $kib -lt $((GROWN_MIB * 1024)) ] || break
    kib=$((kib * 16))
    [ $kib -le $((GROWN_MIB * 1024)) ] || kib=$((GROWN_MIB * 1024))
done
rm -f "$SHM/grown" "$SERVED/grown"
