#!/bin/sh
# fileserv on GlusterFS: a volume of two bricks that replicate each other,
# mounted by FUSE. A brick dies during a download, files are written meanwhile,
# the brick comes back and is healed, and the mount is made anew. The network is
# the script's own, since glusterd refuses loopback addresses.
# usage: gluster.sh BUILD-DIRECTORY
set -u
# shellcheck source=tests/machines/steps.sh
. "$(dirname "$0")/steps.sh"
need glusterd glusterfs-server
need glusterfs glusterfs-client
need pgrep procps
[ -c /dev/fuse ] || skip 'there is no /dev/fuse'
apart "$@"
begin
address=10.91.0.1
large=$((64 << 20))

# The bricks, and all that glusterd writes, are on a disk in memory.
make_volume() {
    ip address add $address/32 dev lo &&
        mkdir -p disk mount /var/lib/glusterd /run/gluster \
            /var/log/glusterfs &&
        mount -t tmpfs -o size=600M none disk &&
        mkdir disk/lib disk/run disk/log disk/brick1 disk/brick2 &&
        mount --bind disk/lib /var/lib/glusterd &&
        mount --bind disk/run /run/gluster &&
        mount --bind disk/log /var/log/glusterfs &&
        glusterd &&
        wait_until 20 gluster --mode=script volume list &&
        gluster --mode=script volume create v replica 2 \
            $address:"$work/disk/brick1" $address:"$work/disk/brick2" force &&
        gluster --mode=script volume start v
}

mount_volume() {
    mount -t glusterfs $address:/v mount
}

# Ends the program behind the mount, as an out-of-memory kill does.
end_mount() {
    for client in $(pgrep -x glusterfs); do
        grep -qz -- "$work/mount" "/proc/$client/cmdline" &&
            kill -KILL "$client"
    done
    umount -l mount
}

make_volume >gluster.log 2>&1 ||
    skip "no volume can be made: $(tail -n 1 gluster.log)"
mount_volume >>gluster.log 2>&1 || skip 'the volume cannot be mounted'

head -c $large /dev/urandom >truth
cp truth mount/large
echo 'line 1' >mount/log
start_server server mount --drain 1
server=$pid
start follow.log "$build/fileget" -f --retry 20 -o followed 127.0.0.1 "$port" log
follow=$pid

step='a download while a brick dies'
start get.log "$build/fileget" --limit-rate 16M -o one 127.0.0.1 "$port" large
get=$pid
await_part one 8000000
kill -KILL "$(cat disk/run/vols/v/*brick1.pid)"
expect_exit 0 "$get" "$step"
expect_same one truth "$step"

step='files that are written with one brick'
head -c 3000000 /dev/urandom >new
cp new mount/new
head -c 500000 /dev/urandom |
    dd of=mount/large bs=4096 seek=300 conv=notrunc 2>/dev/null
cp mount/large truth
echo 'line 2' >>mount/log
"$build/fileget" -q -r -o written 127.0.0.1 "$port" . >>get.log 2>&1 ||
    failed "$step"
cmp -s written/new new || failed "$step"
expect_same written/large truth "$step"

step='a download after the brick is healed'
is_healed() {
    gluster --mode=script volume heal v
    cmp -s disk/brick1/large disk/brick2/large &&
        cmp -s disk/brick1/log disk/brick2/log &&
        cmp -s disk/brick1/new disk/brick2/new
}
gluster --mode=script volume start v force >>gluster.log 2>&1
wait_until 60 is_healed || failed 'the brick is healed'
"$build/fileget" -q -o healed 127.0.0.1 "$port" large >>get.log 2>&1 ||
    failed "$step"
expect_same healed truth "$step"

step='the server ends when the mount of its folder is gone'
start again.log "$build/fileget" -v --limit-rate 8M --retry 20 -o two \
    127.0.0.1 "$port" large
get=$pid
await_part two 8000000
end_mount
expect_exit 1 "$server" "$step"
passed "$step"

step='a download goes on where it was after a remount'
mount_volume >>gluster.log 2>&1 || failed 'the volume is mounted again'
echo 'line 3' >>mount/log
start_server remounted mount -p "$port"
expect_exit 0 "$get" "$step"
grep -qE 'goes on from byte [0-9]{7}' again.log || failed "$step"
expect_same two truth "$step"

step='a log is followed through all of it'
printf 'line %s\n' 1 2 3 >lines
wait_until 60 cmp -s followed lines || failed "$step"
kill -TERM "$follow"
expect_exit 130 "$follow" "$step"
expect_same followed lines "$step"
