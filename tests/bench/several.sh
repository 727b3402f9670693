#!/bin/sh
# One file from three servers at once, limited to 5, 20 and 80 MiB/s in total:
# the share of the 105 MiB/s that fileget -j 6 reaches.
# Called by bench.sh, which sets the variables in capitals; or alone:
# BUILD=build tests/bench/several.sh
set -eu

HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=$(cd "${BUILD:-$HERE/../../build}" && pwd)
OWN=$(mktemp -d "${SHM:-/dev/shm}/fileserv-several.XXXXXX")
pids=
finish() {
    # Each is a process of our own.
    # shellcheck disable=SC2086
    [ -z "$pids" ] || kill $pids 2>/dev/null || true
    rm -rf "$OWN"
}
trap finish EXIT
trap 'exit 130' HUP INT PIPE TERM

# The rates of all servers together, MiB/s, and the seconds that a run may take.
SUM=105
SECONDS_EACH_RUN=${SEVERAL_SECONDS:-8}
mib=$((SUM * SECONDS_EACH_RUN))
mkdir "$OWN/served" "$OWN/here"
head -c "${mib}M" /dev/urandom >"$OWN/served/big"

servers=
for rate in 5 20 80; do
    "$BUILD/fileserv" -q -d "$OWN/served" -a 127.0.0.1 -p 0 \
        --limit-total "${rate}M" >"$OWN/$rate" 2>"$OWN/$rate.log" &
    pids="$pids $!"
    until [ -s "$OWN/$rate" ]; do sleep 0.1; done
    servers=$servers,127.0.0.1:$(sed -n '1s/.*://p' "$OWN/$rate")
done

round=1
while [ "$round" -le 3 ]; do
    began=$(date +%s%N)
    "$BUILD/fileget" -q -j 6 -P "$OWN/here" "${servers#,}" big
    took=$((($(date +%s%N) - began) / 1000000))
    rm "$OWN/here/newbig"
    printf 'several\t5, 20, 80 MiB/s\tfileget\t%d\tshare\t%d.%d\n' "$round" \
        $((mib * 100000 / took / SUM)) $((mib * 1000000 / took / SUM % 10)) |
        tee -a "${RAW:-/dev/null}"
    round=$((round + 1))
done
