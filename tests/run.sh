#!/bin/sh
# run.sh DIR [SUITE...]: runs DIR/tests/unit, DIR/tests/fuzz with its corpora,
# and DIR/tests/e2e (or only these suites of it) against the programs in DIR,
# side by side, since most of it waits. All run in any case; the exit code is 0 only if none fails. A
# sanitizer's finding ends a program with an exit code of its own, which no
# test takes for success.

set -u

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

parts=6
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
run() {
	log=$1
	shift
	"$@" >"$log" 2>&1 && touch "$log.passed"
}
e2e() {
	run "$logs/e2e$1" "$dir/tests/e2e" "$dir/fileserv" "$dir/fileget" "$2"
}
# Those of these suites whose turn it is, one after the other.
suites_of() {
	part=$1
	shift
	number=0
	for suite; do
		number=$((number + 1))
		[ $((number % parts)) -ne "$part" ] || e2e "-$suite" "$suite"
	done
}
part=0
while [ $part -lt $parts ]; do
	if [ $# -eq 0 ]; then
		e2e "$part" "$((part + 1))/$parts" &
	else
		suites_of $part "$@" &
	fi
	part=$((part + 1))
done
run "$logs/unit" "$dir/tests/unit"
run "$logs/fuzz" "$dir/tests/fuzz" "$(dirname "$0")/fuzz/corpus"
wait

failed=0
for log in "$logs"/unit "$logs"/fuzz "$logs"/e2e*; do
	[ "$log" = "${log%.passed}" ] || continue
	cat "$log"
	[ -e "$log.passed" ] || failed=1
done
exit $failed
