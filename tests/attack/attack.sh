#!/bin/sh
# attack.sh [-q] DIR: the attack pack against the programs in DIR. -q: a tenth
# of it, in parts side by side, since most of it waits; times are then only
# told, not judged. The exit code is 0 only if nothing fails.

set -u

parts=1
if [ "${1-}" = -q ]; then
	shift
	parts=10
	ATTACK_SCALE=${ATTACK_SCALE:-10}
	export ATTACK_SCALE
fi
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
	echo "usage: tests/attack/attack.sh [-q] BUILD-DIRECTORY" >&2
	exit 2
fi
dir=$1

logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT
attack() {
	"$dir/tests/attack" "$dir/fileserv" "$dir/fileget" "$@"
}
if [ $parts -eq 1 ]; then
	attack
	exit
fi
part=1
while [ $part -le $parts ]; do
	{ attack $part/$parts && touch "$logs/$part.passed"; } \
		>"$logs/$part" 2>&1 &
	part=$((part + 1))
done
wait

failed=0
part=1
while [ $part -le $parts ]; do
	cat "$logs/$part"
	[ -e "$logs/$part.passed" ] || failed=1
	part=$((part + 1))
done
exit $failed
