#!/bin/sh
# attack.sh [-q] DIR: runs the attack pack against the programs in DIR. With -q:
# a tenth of each number, in parts side by side; times are then printed but not
# checked. Exits 0 only if all pass.

set -u
# shellcheck source=tests/parts.sh
. "$(dirname "$0")/../parts.sh"

quick=
if [ "${1-}" = -q ]; then
    shift
    quick=yes
    ATTACK_SCALE=${ATTACK_SCALE:-10}
    export ATTACK_SCALE
fi
if [ $# -ne 1 ] || [ ! -d "$1" ]; then
    echo "usage: tests/attack/attack.sh [-q] BUILD-DIRECTORY" >&2
    exit 2
fi
set -- "$1/tests/attack" "$1/fileserv" "$1/fileget"
if [ -z "$quick" ]; then
    exec "$@"
fi
parts_open 10
parts_start 10 "$@"
parts_close
