#!/bin/sh
# Starts two makes at once in a copy of this tree that has nothing built. Both
# must succeed, each source must be compiled once by one of them, and the
# programs must pass the demo.
# usage: tests/twice.sh
set -eu
cd "$(dirname "$0")/.."

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
cp -R --parents Makefile client common server tests/*/rules.mk "$copy"

failed=
build() {
    make -C "$copy" OPTIMIZE=-O0 HARDENING=-fPIE CFLAGS= >"$copy/log$1" 2>&1
}
build 1 &
build 2 || failed="the make that was started last"
wait $! || failed="the make that was started first"

compiled=$(cat "$copy"/log? | grep -c -e ' -c -o ' || true)
sources=$(find client common server -name '*.c' | wc -l)
[ "$compiled" -eq "$sources" ] ||
    failed="${failed:-$compiled compiler runs for $sources sources}"
[ -n "$failed" ] || tests/demo.sh "$copy/build" >"$copy/log3" ||
    failed="the demo"
[ -z "$failed" ] || {
    tail -n 20 "$copy"/log?
    echo "two makes at once: failed: $failed" >&2
    exit 1
}
echo "two makes at once: $sources sources compiled once each"
