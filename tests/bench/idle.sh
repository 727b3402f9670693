#!/bin/sh
# Idle connections: the memory of one, and the latency of an active client beside
# them. Each run starts a server of its own, because memory once used is not given
# back.
# Called by bench.sh, which sets the variables in capitals.
set -u
# shellcheck source=/dev/null
. "$HERE/servers.sh"
trap servers_stop EXIT
trap 'exit 130' HUP INT PIPE TERM

# run SERVER CONNECTIONS ROUND: a server that fails is not tried again with as many.
run() {
    server_start "$1" || return
    http=
    [ "$1" = fileserv ] || http=-H
    # An optional word.
    # shellcheck disable=SC2086
    if "$BUILD/tests/load" $http -i "$2" -t "$SECONDS_EACH" \
        -p "$(server_pid "$1")" -l "idle	$2	$1	$3" \
        127.0.0.1 "$(server_port "$1")" 1k >"$WORK/run/load"; then
        cat "$WORK/run/load" >>"$RAW"
    else
        echo "$1: errors with $2 idle connections; left out" >&2
        out="$out $1"
    fi
    server_stop "$1"
}

running=
for server in fileserv nginx nginx+cache lighttpd; do
    ! server_runs $server || running="$running $server"
done
servers_stop
for connections in $IDLE; do
    [ "$connections" -le "$MOST" ] || connections=$MOST
    echo "$connections idle connections"
    round=1 out=
    while [ $round -le "$LAPS" ]; do
        for server in $running; do
            case " $out " in *" $server "*) continue ;; esac
            run "$server" "$connections" $round
        done
        round=$((round + 1))
    done
done
