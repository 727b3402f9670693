#!/bin/sh
# run.sh DIR SECONDS TARGET...: runs each fuzz target of DIR/tests for SECONDS,
# one per processor at a time, starting from its corpus and the inputs that
# earlier runs found. Prints a line for each target; exits 0 only if no input
# failed. A failing input is left in DIR/found.
# With FUZZ_RUNS=N in the environment: N inputs instead of SECONDS.

set -u

if [ $# -lt 3 ]; then
    echo "usage: tests/fuzz/run.sh BUILD-DIRECTORY SECONDS TARGET..." >&2
    exit 2
fi
dir=$1
seconds=$2
shift 2

if [ $# -gt 1 ]; then
    printf '%s\n' "$@" |
        xargs -n 1 -P "$(nproc)" "$0" "$dir" "$seconds" && exit
    echo "failing inputs: $dir/found" >&2
    exit 1
fi
target=$1

: "${ASAN_OPTIONS=detect_leaks=1:malloc_context_size=8:quarantine_size_mb=16}"
: "${UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1}"
export ASAN_OPTIONS UBSAN_OPTIONS

here=$(dirname "$0")
new=$dir/new/$target
log=$dir/logs/$target.log
mkdir -p "$new" "$dir/found" "$dir/logs"
# Targets create folders here; a target that is killed does not remove its own.
TMPDIR=$(mktemp -d)
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT
trap 'exit 1' HUP INT TERM

limit=-max_total_time=$seconds
[ -z "${FUZZ_RUNS:-}" ] || limit=-runs=$FUZZ_RUNS
set -- "$limit" -timeout=20 -print_final_stats=1 \
    -artifact_prefix="$dir/found/$target-"
[ ! -e "$here/$target.dict" ] || set -- "$@" -dict="$here/$target.dict"

nice -n 10 "$dir/tests/fuzz_$target" "$@" "$new" "$here/corpus/$target" \
    >"$log" 2>&1
code=$?
runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
rate=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
printf '%-15s %12s runs %8s/s\n' "$target" "${runs:-?}" "${rate:-?}"
[ $code -eq 0 ] && exit
echo "== FAILED ($code): $target"
tail -n 40 "$log"
exit 1
