#!/bin/sh
# Guard against slower code: counts the instructions of fileserv and fileget for
# fixed work (valgrind's callgrind gives the same count on a busy machine) and
# fails if one exceeds tests/bench/baseline.txt by over 10 %.
# usage: tests/bench/guard.sh [-r] BUILD_DIR
# -r records a new baseline, after a change that is worth its price or with
# another compiler.
set -eu

record=
[ "$1" != -r ] || { record=1; shift; }
here=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$1" && pwd)
baseline=$here/baseline.txt
command -v valgrind >/dev/null || {
    echo "valgrind: not installed, instructions are not counted" >&2
    exit 0
}

work=$(mktemp -d)
# No settings of the user take part.
export XDG_CONFIG_HOME="$work" FILEGET_OPTIONS=
server=
finish() {
    code=$?
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    [ $code -eq 0 ] || [ ! -f "$work/log" ] || cat "$work/log" >&2
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' HUP INT PIPE TERM

mkdir -p "$work/served/tree"
head -c 33554432 /dev/zero >"$work/served/large"
head -c 1024 /dev/zero >"$work/served/1k"
head -c 10240 /dev/zero | split -b 1024 -a 2 -d - "$work/served/1k"
for name in 0 1 2 3 4 5 6 7 8 9; do
    mkdir "$work/served/tree/$name"
    head -c 204800 /dev/zero |
        split -b 4096 -a 2 -d - "$work/served/tree/$name/"
done

# serve PREFIX...: starts fileserv after the words PREFIX; sets port. Its known
# warnings are shown only if a case fails.
serve() {
    : >"$work/serving"
    "$@" "$build/fileserv" -q --no-sandbox -d "$work/served" \
        -a 127.0.0.1 -p 0 >"$work/serving" 2>>"$work/log" &
    server=$!
    until [ -s "$work/serving" ]; do
        kill -0 "$server" || exit 1
        sleep 0.05
    done
    port=$(sed -n 's/^fileget [^ ]* \([0-9]*\) NAME$/\1/p' "$work/serving")
}

stop() {
    kill "$server"
    wait "$server" || true
    server=
}

# counted NAME: appends thousands of instructions, from the output of callgrind.
counted() {
    awk -v name="$1" '/^(summary|totals):/ { n = $2 }
        END { printf "%s\t%d\n", name, n / 1000 }' "$work/$1.out" \
        >>"$work/counts"
}

server_case() {
    name=$1
    shift
    serve env LD_PRELOAD="$build/tests/openat2.so" valgrind -q \
        --tool=callgrind --callgrind-out-file="$work/$name.out"
    "$@" >/dev/null
    stop
    counted "$name"
}
ping() { "$build/tests/load" -n 3000 127.0.0.1 "$port" 1k; }
pipelined() { "$build/tests/load" -d 32 -n 6000 127.0.0.1 "$port" 1k; }
in_turn() { "$build/tests/load" -d 32 -m 10 -n 6000 127.0.0.1 "$port" 1k; }
large() { "$build/fileget" -q -o "$work/got" 127.0.0.1 "$port" large; }
tree() { "$build/fileget" -q -r -o "$work/tree" 127.0.0.1 "$port" tree; }

client_case() {
    name=$1
    shift
    rm -rf "$work/got" "$work/tree"
    env LD_PRELOAD="$build/tests/openat2.so" valgrind -q --tool=callgrind \
        --callgrind-out-file="$work/$name.out" "$build/fileget" -q --no-sandbox "$@"
    counted "$name"
}

: >"$work/counts"
server_case server-ping ping
server_case server-pipelined pipelined
server_case server-in-turn in_turn
server_case server-large large
server_case server-tree tree
serve
client_case client-large -o "$work/got" 127.0.0.1 "$port" large
client_case client-tree -r -o "$work/tree" 127.0.0.1 "$port" tree
stop

compiler=$("${CC:-cc}" --version | head -n 1)
if [ -n "$record" ]; then
    {
        echo "# Thousands of instructions (callgrind); make bench-baseline"
        echo "# $(uname -m), $compiler"
        cat "$work/counts"
    } >"$baseline"
    cat "$baseline"
    exit 0
fi
[ -s "$baseline" ] || {
    echo "no baseline yet: 'make bench-baseline' records one" >&2
    exit 1
}
same=1
grep -qxF "# $(uname -m), $compiler" "$baseline" || {
    echo "the baseline is another compiler's: told, but nothing fails"
    same=0
}
# A case of the baseline without a new count fails too.
awk -F '\t' -v same=$same '
FNR == NR {
    if ($0 !~ /^#/)
        was[$1] = $2
    next
}
{
    ratio = was[$1] > 0 ? $2 / was[$1] : 99
    verdict = ratio > 1.1 ? "WORSE" : ratio < 0.9 ? "better: record it" : ""
    printf "%-18s %10d k  was %10d k  %6.3f  %s\n", $1, $2, was[$1], ratio, verdict
    bad += ratio > 1.1
    delete was[$1]
}
END {
    for (name in was) {
        printf "%-18s is not measured any more\n", name
        bad++
    }
    if (bad)
        print "over 10 % more instructions than recorded; if it is worth it: make bench-baseline"
    exit bad && same
}' "$baseline" "$work/counts"
