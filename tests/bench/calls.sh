#!/bin/sh
# System calls of fileserv for each request, counted by strace.
# Called by bench.sh, which sets the variables in capitals.
set -u
# shellcheck source=/dev/null
. "$HERE/servers.sh"

command -v strace >/dev/null || {
    echo "strace: not installed, system calls are not counted" >&2
    exit 0
}
REQUESTS=5000
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
}
trap finish EXIT
trap 'exit 130' HUP INT PIPE TERM

# The server's known warnings are shown only if a case fails.
failed() {
    echo "$1" >&2
    cat "$WORK/run/calls.log" >&2
}

traced() {
    # -D: strace is the child, so that $! is the server's.
    exec strace -D -f -c -U calls,name -o "$WORK/run/calls" \
        "$BUILD/fileserv" -q -d "$SERVED" -a 127.0.0.1 -p 0 \
        --max-per-address 4096 >"$WORK/run/serving" 2>"$WORK/run/calls.log"
}

await() {
    tries=0
    until [ -s "$1" ]; do
        tries=$((tries + 1))
        [ $tries -le 200 ] || return 1
        sleep 0.05
    done
}

# count CASE DIVISOR COMMAND...: counts calls while COMMAND runs, with the server's
# port in PORT.
count() {
    case=$1
    divisor=$2
    shift 2
    rm -f "$WORK/run/calls" "$WORK/run/serving"
    traced &
    server=$!
    if await "$WORK/run/serving"; then
        PORT=$(sed -n 's/^fileget [^ ]* \([0-9]*\) NAME$/\1/p' "$WORK/run/serving")
        export PORT
        "$@" >/dev/null || failed "calls, $case: errors"
    fi
    kill "$server"
    wait "$server"
    server=
    if ! await "$WORK/run/calls"; then
        failed "strace does not work here: system calls are not counted"
        exit 0
    fi
    [ "$case" != none ] || mv "$WORK/run/calls" "$WORK/run/calls-none"
    [ "$case" = none ] || awk -v divisor="$divisor" -v label="calls	$case	fileserv	1" '
        NF != 2 || $1 + 0 == 0 || $2 == "total" { next }
        FNR == NR { none[$2] = $1; next }
        { printf "%s\t%s\t%.4f\n", label, $2, ($1 - none[$2]) / divisor }
    ' "$WORK/run/calls-none" "$WORK/run/calls" >>"$RAW"
}

once() {
    "$BUILD/tests/load" -n 1 127.0.0.1 "$PORT" 1k
}

ping() {
    "$BUILD/tests/load" -n $REQUESTS 127.0.0.1 "$PORT" 1k
}

pipelined() {
    "$BUILD/tests/load" -c 64 -d 32 -n $((REQUESTS * 4)) 127.0.0.1 "$PORT" 1k
}

pipelined_files() {
    "$BUILD/tests/load" -c 64 -d 32 -m 32 -n $((REQUESTS * 4)) 127.0.0.1 "$PORT" 1k
}

take() {
    rm -f "$SHM/big"
    "$BUILD/fileget" -q "$@" -o "$SHM/big" 127.0.0.1 "$PORT" big
}

echo "system calls"
# Start, stop and a connection alone, to be subtracted.
count none 1 once
count 'ping-pong' $REQUESTS ping
count 'pipelined' $((REQUESTS * 4)) pipelined
count 'pipelined, 32 files' $((REQUESTS * 4)) pipelined_files
count 'file, verified' "$MIB" take
count 'file, --no-verify' "$MIB" take --no-verify
rm -f "$SHM/big"
