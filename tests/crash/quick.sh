#!/bin/sh
# quick.sh DIR: runs the suites and the controls of the crash pack side by side,
# CRASH_ROUNDS (6) rounds of each. Exits 0 only if all pass.

set -u
# shellcheck source=tests/parts.sh
. "$(dirname "$0")/../parts.sh"

: "${CRASH_ROUNDS=6}"
export CRASH_ROUNDS

parts_open 5
parts_start 4 "$1/tests/crash" "$1/fileserv" "$1/fileget"
part tests/crash/controls.sh "$1"
parts_close
