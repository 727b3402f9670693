#!/bin/sh
# fileserv on bindfs, a FUSE file system that shows another folder. Its mount is
# below the served folder; it ends and is made anew, which gives every file
# another id.
# usage: bindfs.sh BUILD-DIRECTORY
set -u
# shellcheck source=tests/machines/steps.sh
. "$(dirname "$0")/steps.sh"
need bindfs bindfs
[ -c /dev/fuse ] || skip 'there is no /dev/fuse'
apart "$@"
begin
large=$((64 << 20))

mount_folder() {
    start bindfs.log bindfs -f source served/sub
    bindfs=$pid
    wait_until 20 test -e served/sub/large
}

# Ends the program behind the mount, as an out-of-memory kill does.
end_mount() {
    kill -KILL "$bindfs"
    wait "$bindfs" 2>/dev/null
    umount -l served/sub
}

mkdir -p source served/sub
head -c $large /dev/urandom >source/large
echo 'line 1' >source/log
mount_folder || skip "the mount cannot be made: $(tail -n 1 bindfs.log)"
start_server server served
start follow.log "$build/fileget" -f -o followed 127.0.0.1 "$port" sub/log
follow=$pid

step='a whole folder'
"$build/fileget" -q -r -o tree 127.0.0.1 "$port" sub >>get.log 2>&1 ||
    failed "$step"
expect_same tree/large source/large "$step"

step='a download goes on where it was after a remount'
start again.log "$build/fileget" -v --limit-rate 16M --retry 20 -o one \
    127.0.0.1 "$port" sub/large
get=$pid
await_part one 8000000
end_mount
echo 'line 2' >>source/log
mount_folder || failed 'the folder is mounted again'
expect_exit 0 "$get" "$step"
grep -qE 'goes on from byte [0-9]{7}' again.log || failed "$step"
expect_same one source/large "$step"

step='another run goes on where one was interrupted before a remount'
start two.log "$build/fileget" --limit-rate 16M -o two 127.0.0.1 "$port" \
    sub/large
get=$pid
await_part two 8000000
kill -TERM "$get"
expect_exit 130 "$get" "$step"
end_mount
mount_folder || failed 'the folder is mounted again'
"$build/fileget" -v -o two 127.0.0.1 "$port" sub/large >>two.log 2>&1 ||
    failed "$step"
grep -qE 'goes on from byte [0-9]{7}' two.log || failed "$step"
expect_same two source/large "$step"

step='a log is followed through both'
echo 'line 3' >>source/log
printf 'line %s\n' 1 2 3 >lines
wait_until 60 cmp -s followed lines || failed "$step"
kill -TERM "$follow"
expect_exit 130 "$follow" "$step"
expect_same followed lines "$step"
