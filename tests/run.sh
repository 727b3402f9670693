#!/bin/sh
# run.sh DIR [SUITE...]: runs DIR/tests/unit, DIR/tests/fuzz on its corpora, and
# DIR/tests/e2e (all suites, or those named) against the programs in DIR, side
# by side. Runs all of them even after one fails, and exits 0 only if all pass.
# A program in which a sanitizer finds an error exits with 99, a code that no
# test expects.

set -u
# shellcheck source=tests/parts.sh
. "$(dirname "$0")/parts.sh"

if [ $# -lt 1 ] || [ ! -d "$1" ]; then
    echo "usage: tests/run.sh BUILD-DIRECTORY [SUITE...]" >&2
    exit 2
fi
dir=$1
shift

: "${ASAN_OPTIONS=exitcode=99:detect_leaks=1:strict_string_checks=1}"
: "${UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1:exitcode=99}"
: "${LSAN_OPTIONS=suppressions=$PWD/tests/libedit.supp:print_suppressions=0}"
: "${TSAN_OPTIONS=halt_on_error=1:exitcode=99}"
export ASAN_OPTIONS LSAN_OPTIONS UBSAN_OPTIONS TSAN_OPTIONS

e2e() {
    "$dir/tests/e2e" "$dir/fileserv" "$dir/fileget" "$1"
}

# Two end-to-end parts need up to 750 MB for their files, all six 1.5 GB.
places=9
room=$(df -Pk "${TMPDIR:-/tmp}" | awk 'NR == 2 { print $4 }')
if [ "$room" -lt 3000000 ]; then
    echo "$room KB are free in ${TMPDIR:-/tmp}: two parts at a time"
    places=2
fi

parts_open $places
parts_start 4 "$dir/tests/unit"
part "$dir/tests/fuzz" "$(dirname "$0")/fuzz/corpus"
if [ $# -eq 0 ]; then
    parts_start 6 e2e
fi
for suite; do
    part e2e "$suite"
done
parts_close
