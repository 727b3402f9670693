#!/bin/sh
# Inside TLS 1.3 with AES-128-GCM: one large file, verified, beside curl from nginx;
# handshakes, one and 64 at a time; the memory of idle connections. Both servers
# have a key of P-256, and neither resumes a session.
# Called by bench.sh, which sets the variables in capitals; or alone:
# BUILD=build tests/bench/tls.sh
set -u

HERE=$(cd "$(dirname "$0")" && pwd)
alone=
if [ -z "${WORK-}" ]; then
    alone=$(mktemp -d "${BENCH_SHM:-/dev/shm}/fileserv-tls.XXXXXX")
    BUILD=$(cd "${BUILD:-$HERE/../../build}" && pwd)
    WORK=$alone SHM=$alone/shm SERVED=$alone/served RAW=$alone/rows
    MIB=1024 LAPS=${LAPS:-5} HANDSHAKES=${HANDSHAKES:-2000} IDLE=1000
    MOST=1500 LIMIT=10000
    mkdir "$SHM" "$SERVED" "$WORK/run"
    chmod 755 "$WORK"
fi
# shellcheck source=/dev/null
. "$HERE/servers.sh"
# shellcheck source=/dev/null
. "$HERE/data.sh"
finish() {
    server_stop fileserv+tls
    server_stop nginx+tls
    [ -z "$alone" ] || rm -rf "$alone"
}
trap finish EXIT
trap 'exit 130' HUP INT PIPE TERM

if [ -n "$alone" ]; then
    head -c 16777216 /dev/urandom >"$WORK/block"
    echo hello >"$SERVED/hello"
    data_random 1024 >"$SERVED/1k"
    data_file big "$MIB"
    prlimit --pid $$ --nofile="$LIMIT:"
fi
if ! "$BUILD/fileserv" --help | grep -q -e --tls; then
    echo "no TLS: left out" >&2
    exit 0
fi
server_start fileserv+tls || exit 0
server_start nginx+tls || true
key=$(server_key)

# The processor's ceiling: one thread encrypts records of 16 KiB in its cache.
ceiling() {
    openssl speed -seconds 1 -bytes 16384 -evp aes-128-gcm 2>/dev/null |
        awk -v round="$round" '/^AES-128-GCM/ {
            printf "tls\tceiling\topenssl\t%d\tMiB/s\t%.0f\n", round, $2 * 1000 / 1048576
        }' >>"$rows"
}

# take CONTENDER: copies the large file onto tmpfs.
take() {
    server=fileserv+tls
    rm -f "$SHM/big"
    case $1 in
    fileget) set -- "$BUILD/fileget" -q ;;
    fileget-j2) set -- "$BUILD/fileget" -q -j 2 ;;
    curl)
        server=nginx+tls
        set -- curl -sf --cacert "$WORK/run/cert.pem" -o "$SHM/big" \
            "https://127.0.0.1:$(server_port nginx+tls 2>/dev/null)/big"
        ;;
    esac
    [ "$server" = nginx+tls ] || set -- "$@" --key "$key" -o "$SHM/big" \
        127.0.0.1 "$(server_port fileserv+tls)" big
    timeout 300 "$BUILD/tests/lap" -l "tls	file	$contender	$round" -o "$rows" \
        -p "$(server_pid "$server")" "$@" >/dev/null
}

# load SERVER CASE OPTIONS...: asks it for 1 KiB inside TLS.
load() {
    server=$1 label="tls	$2	$1	$round"
    shift 2
    http=
    [ "$server" = fileserv+tls ] || http=-H
    # An optional word.
    # shellcheck disable=SC2086
    "$BUILD/tests/load" -S $http "$@" -p "$(server_pid "$server")" -l "$label" \
        127.0.0.1 "$(server_port "$server")" 1k >"$WORK/run/load" &&
        cat "$WORK/run/load" >>"$rows" ||
        echo "$server: errors at ${label%	*}; left out" >&2
}

# Round 0 is a warm-up.
printf 'fact\ttls mib\t%s\n' "$MIB" >>"$RAW"
echo "inside TLS: one file of $MIB MiB, handshakes, $IDLE idle connections"
round=0
while [ $round -le "$LAPS" ]; do
    rows=$RAW
    [ $round -ne 0 ] || rows=/dev/null
    ceiling
    for contender in fileget fileget-j2 curl; do
        [ $contender != curl ] || server_runs nginx+tls || continue
        take $contender || echo "$contender: failed inside TLS" >&2
        [ $round -ne 0 ] || cmp -s "$SERVED/big" "$SHM/big" ||
            echo "$contender: another file inside TLS" >&2
        rm -f "$SHM/big"
    done
    for server in fileserv+tls nginx+tls; do
        server_runs $server || continue
        for callers in 1 64; do
            load "$server" "handshakes $callers" -r -c $callers -n "$HANDSHAKES"
        done
    done
    round=$((round + 1))
done

# Memory once used is not given back: a server of its own for each round.
most=${IDLE##* }
[ "$most" -le "$MOST" ] || most=$MOST
round=1 rows=$RAW
while [ $round -le 3 ]; do
    for server in fileserv+tls nginx+tls; do
        server_runs $server || continue
        server_restart $server && load $server "idle $most" -i "$most" -t 0.1
    done
    round=$((round + 1))
done
[ -z "$alone" ] || awk -v alone=1 -f "$HERE/rows.awk" -f "$HERE/tls.awk" "$RAW"
