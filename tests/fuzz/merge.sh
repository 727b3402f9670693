#!/bin/sh
# merge.sh DIR TARGET...: adds to each target's corpus the inputs found by run.sh
# that reach new code, and removes inputs that no longer add coverage. Such
# inputs are named by the first 12 digits of their hash; inputs with other names
# were written by hand and stay.

set -eu

if [ $# -lt 2 ]; then
    echo "usage: tests/fuzz/merge.sh BUILD-DIRECTORY TARGET..." >&2
    exit 2
fi
dir=$1
shift

here=$(dirname "$0")
for target; do
    corpus=$here/corpus/$target
    merged=$dir/merged/$target
    rm -rf "$merged"
    mkdir -p "$merged" "$corpus" "$dir/new/$target"
    "$dir/tests/fuzz_$target" -merge=1 -use_counters=0 -timeout=20 "$merged" "$corpus" \
        "$dir/new/$target" >"$dir/logs/$target.merge" 2>&1
    find "$corpus" -type f -name '????????????' ! -name '*[!0-9a-f]*' \
        -delete
    for file in "$merged"/*; do
        cp "$file" "$corpus/$(basename "$file" | cut -c 1-12)"
    done
    echo "$target: $(find "$corpus" -type f | wc -l) inputs," \
        "$(du -sb "$corpus" | cut -f 1) bytes"
done
