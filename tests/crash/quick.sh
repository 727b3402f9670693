#!/bin/sh
# quick.sh DIR: a few rounds of the crash pack, its suites and its controls
# side by side, since much of it waits. The exit code is 0 only if all pass.

set -u

dir=$1
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
: "${CRASH_ROUNDS=6}"
export CRASH_ROUNDS

run() {
	log=$1
	shift
	"$@" >"$log" 2>&1 && touch "$log.passed"
}

parts=4
part=1
while [ $part -le $parts ]; do
	run "$logs/$part" "$dir/tests/crash" "$dir/fileserv" "$dir/fileget" \
		$part/$parts &
	part=$((part + 1))
done
run "$logs/controls" tests/crash/controls.sh "$dir" &
wait

failed=0
for log in "$logs"/*; do
	[ "$log" = "${log%.passed}" ] || continue
	cat "$log"
	[ -e "$log.passed" ] || failed=1
done
exit $failed
