#!/bin/sh
# Measures fileserv and fileget side by side with other programs for the same
# work, all on loopback, and writes tests/bench/RESULTS.md and its charts.
# usage: tests/bench/bench.sh [-q] BUILD_DIR
# -q: smaller sizes, and only prints the results.
# BENCH_DISK=DIR and BENCH_SHM=DIR (/var/tmp, /dev/shm): folders for its data.
set -eu

quick=
[ "$1" != -q ] || { quick=1; shift; }
HERE=$(cd "$(dirname "$0")" && pwd)
BUILD=$(cd "$1" && pwd)
started=$(date +%s)

# All data is in two new folders, removed at exit.
WORK=$(mktemp -d "${BENCH_DISK:-/var/tmp}/fileserv-bench.XXXXXX")
SHM=$(mktemp -d "${BENCH_SHM:-/dev/shm}/fileserv-bench.XXXXXX")
SERVED=$WORK/served
DISK=$WORK/disk
RAW=$WORK/rows
export HERE BUILD WORK SHM SERVED DISK RAW
# No settings of the user take part.
export XDG_CONFIG_HOME="$WORK" FILEGET_OPTIONS=
# shellcheck source=/dev/null
. "$HERE/servers.sh"
# shellcheck source=/dev/null
. "$HERE/data.sh"
section=
finish() {
    [ -z "$section" ] || kill "$section" 2>/dev/null || true
    servers_stop
    rm -rf "$WORK" "$SHM"
}
trap finish EXIT
trap 'exit 130' HUP INT PIPE TERM
mkdir "$SERVED" "$DISK" "$WORK/run"
chmod 755 "$WORK"

# ---- sizes ----------------------------------------------------------------
if [ -n "$quick" ]; then
    MIB=256 GROWN_MIB=64 SMALL=2000 MIXED=500 LAPS=5 SECONDS_EACH=0.1 MARK_SECONDS=0.1 ROUND_SECONDS=7
    SIZES='1k 64k' CALLERS='1 64' CONNECTS=500 GROWN_CALLERS='1 100'
    IDLE='1000' HANDSHAKES=300
else
    MIB=2048 GROWN_MIB=4096 SMALL=10000 MIXED=3000 LAPS=5 SECONDS_EACH=0.1 MARK_SECONDS=0.3 ROUND_SECONDS=25
    SIZES='1k 64k 1m' CALLERS='1 64 1000' CONNECTS=5000
    GROWN_CALLERS='1 10 100 1000 10000' IDLE='100 1000 10000' HANDSHAKES=2000
fi

mib_free() {
    df -Pk "$1" | awk 'NR == 2 { print int($4 / 1024) }'
}
# A file and its copy must fit into memory: the size is halved until they do.
memory=$(awk '/^MemAvailable/ { print int($2 / 1024) }' /proc/meminfo)
shrink() {
    fits=$1
    while [ "$fits" -gt 16 ] && { [ $((fits * 5 / 2)) -gt "$memory" ] ||
        [ $((fits * 3)) -gt "$(mib_free "$WORK")" ] ||
        [ $((fits * 5 / 4)) -gt "$(mib_free "$SHM")" ]; }; do
        fits=$((fits / 2))
    done
    [ "$fits" -eq "$1" ] ||
        echo "too little room for $1 MiB: $fits MiB instead" >&2
    echo "$fits"
}
WANTED_MIB=$MIB
MIB=$(shrink "$MIB")
GROWN_MIB=$(shrink "$GROWN_MIB")

# A server needs a second descriptor for each busy connection; few are busy at
# one time.
hard=$(prlimit --pid $$ --nofile -o HARD --noheadings | tr -d ' ')
prlimit --pid $$ --nofile=40000:40000 2>/dev/null ||
    prlimit --pid $$ --nofile="$hard:$hard"
LIMIT=$(prlimit --pid $$ --nofile -o SOFT --noheadings | tr -d ' ')
MOST=$(((LIMIT - 200) / 2))
[ "$LIMIT" -lt 15000 ] || MOST=10000
[ -n "$quick" ] || [ "$MOST" -eq 10000 ] ||
    echo "$LIMIT descriptors: $MOST connections instead of 10000" >&2
export MIB SMALL MIXED GROWN_MIB LAPS SECONDS_EACH MARK_SECONDS SIZES CALLERS
export CONNECTS GROWN_CALLERS IDLE HANDSHAKES LIMIT MOST ROUND_SECONDS

# Processor time that other programs use: reported with the results.
busy() {
    awk '/^cpu / { print $2 + $3 + $4 + $7 + $8 + $9, $5 + $6 }' /proc/stat
}
before=$(busy)
sleep 1
others=$(printf '%s\n' "$before" "$(busy)" | awk '
    { busy = $1 - was; idle = $2 - rest; was = $1; rest = $2 }
    END { printf "%.0f %%", 100 * busy / (busy + idle) }')

# ---- measurements ----------------------------------------------------------
echo "making data"
data_make
# A virtual machine may have returned free memory to its host, and a program that
# writes a large file then pays several times the price for getting it back. So
# memory that the laps do not need is filled with page cache, by reading a sparse
# file; the kernel drops it when memory is needed.
hold_memory() {
    spare=$(($(awk '/^MemFree/ { print int($2 / 1024) }' /proc/meminfo) - MIB - 1024))
    [ "$spare" -le 32768 ] || spare=32768
    [ -z "$quick" ] && [ "$spare" -gt 0 ] || return 0
    truncate -s "${spare}M" "$WORK/held"
    cat "$WORK/held" >/dev/null
}
hold_memory
# The first copy only obtains the memory.
cp "$SERVED/big" "$DISK/big"
rm "$DISK/big"
server_start fileserv
server_start unconfined
for name in nginx nginx+cache lighttpd rsyncd; do
    server_start $name || true
done
for program in curl wget aria2c; do
    command -v $program >/dev/null ||
        echo "$program: not installed, goes without" >&2
done
# The largest files of the curves are left out when time is short: the bench must
# end within ten minutes.
ENOUGH=$((started + 500))
export ENOUGH
for name in transfers several requests calls tls growth idle; do
    # In the background: the shell handles a signal during wait, not during a command.
    "$HERE/$name.sh" &
    section=$!
    wait $section
    section=
    rm -f "$WORK/held"
    # Large files are smaller now if a round of them took too long.
    MIB=$(cat "$WORK/run/mib")
    [ $((MIB * 2)) -ge "$GROWN_MIB" ] || GROWN_MIB=$((MIB * 2))
    echo "    ... $(($(date +%s) - started)) s"
done

# ---- report ---------------------------------------------------------------
fact() {
    printf 'fact\t%s\t%s\n' "$1" "$2" >>"$RAW"
}
version() {
    said=$("$@" 2>&1 | head -n 1) || true
    ! command -v "$1" >/dev/null || [ -z "$said" ] || fact "$1" "$said"
}
fact date "$(date -u '+%Y-%m-%d %H:%M UTC')"
fact took "$(($(date +%s) - started)) s"
fact machine "$(nproc) x$(awk -F: '/^model name/ { print $2; exit }' /proc/cpuinfo), $(awk '/^MemTotal/ { printf "%.0f GiB", $2 / 1048576 }' /proc/meminfo)"
fact others "$others"
fact kernel "$(uname -sr)"
fact disk "$(stat -f -c %T "$WORK")"
fact congestion "$(cat /proc/sys/net/ipv4/tcp_congestion_control 2>/dev/null || echo unknown)"
fact tmpfs "$(stat -f -c %T "$SHM")"
fact descriptors "$LIMIT"
fact slabinfo "$([ -r /proc/slabinfo ] && echo yes || echo no)"
fact mib "$MIB"
fact 'wanted mib' "$WANTED_MIB"
fact small "$SMALL"
fact mixed "$MIXED files, $(du -sm --apparent-size "$SERVED/mixed" | cut -f1) MiB"
fact rounds "$LAPS"
fact seconds "$SECONDS_EACH s for each load of requests, $MARK_SECONDS s for those with a goal, timed from when every connection has had a reply, but at the latest from a second after the first one"
version cp --version
version nginx -v
version lighttpd -v
version rsync --version
version curl --version
version wget --version
version aria2c --version
version "${CC:-cc}" --version

mkdir -p "$BUILD/bench"
cp "$RAW" "$BUILD/bench/rows.tsv"
"$HERE/report.sh" "$BUILD/bench/rows.tsv" "$BUILD/bench"
if [ -n "$quick" ]; then
    cat "$BUILD/bench/RESULTS.md"
else
    cp "$BUILD/bench/RESULTS.md" "$HERE/RESULTS.md"
    ! ls "$BUILD"/bench/*.svg >/dev/null 2>&1 ||
        cp "$BUILD"/bench/*.svg "$HERE/"
    cat "$HERE/RESULTS.md"
fi
echo "took $(($(date +%s) - started)) s; every row is in $BUILD/bench/rows.tsv"
