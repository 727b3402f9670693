#!/bin/sh
# Runs a command in a chroot, in a mount namespace of its own: with /proc, /dev,
# a tmpfs of 1 GiB at /tmp, and the folder SHARED under the same path as here.
# The working folder is the same too if it is below SHARED. Needs root.
# usage: inside.sh ROOT SHARED COMMAND...
set -eu
[ "${INSIDE:-}" = "$1" ] || INSIDE=$1 exec unshare -m "$0" "$@"

root=$1
shared=$2
shift 2
mount --make-rprivate /
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
# Mounts of SHARED below /tmp stay reachable by this descriptor.
cwd=$(pwd)
mount --bind "$shared" "$root/mnt"
mount -t tmpfs -o size=1g,mode=1777 tmp "$root/tmp"
mkdir -p "$root$shared"
mount --move "$root/mnt" "$root$shared" 2>/dev/null ||
    mount --bind "$shared" "$root$shared"
cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || :
# shellcheck disable=SC2016 # the inner shell expands them
exec chroot "$root" /bin/sh -c 'cd "$1" 2>/dev/null || cd /; shift; exec "$@"' \
    sh "$cwd" "$@"
