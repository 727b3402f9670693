#!/bin/sh
# Builds the programs for other machines and tries them there: a round trip with
# the programs of this machine, in both directions. Debian's systems are made
# once, below MACHINES_CACHE (~/.cache/fileserv-machines); to make one anew,
# remove its folder. Other file systems and several servers have a script each.
# What cannot be tried here is skipped with a message.
# With MACHINES_CHECK=1 "make check" runs in the chroots too.
# usage: machines.sh BUILD-DIRECTORY MACHINE...
# machines: bullseye bookworm trixie sid (chroots) s390x riscv64 (qemu-user) musl
# gluster bindfs replicas mixed long_way (NAME.sh)
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
build=$(cd "$1" && pwd) || exit 1
shift
cache=${MACHINES_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/fileserv-machines}
mirror=${MACHINES_MIRROR:-http://deb.debian.org/debian}
libraries=libbsd-dev,libmd-dev,libxxhash-dev,libedit-dev,libseccomp-dev,libssl-dev

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
# Some tests run the programs as another user.
chmod 755 "$work"
mkdir -p "$cache" "$work/here" || exit 1
ln -s "$build/fileserv" "$build/fileget" "$work/here"

# Ends the work on a machine, which is done in a subshell.
skip() {
    echo "$machine: skipped: $*"
    exit 0
}

# tell NAME COMMAND...: runs a step. Shows what was skipped in it, or, if it
# fails, the end of its output, and ends the work on the machine.
tell() {
    name=$1
    shift
    if "$@" >"$work/said" 2>&1; then
        echo "$machine: $name: passed"
        grep -a ': skipped' "$work/said" | sort -u | sed 's/^/    /'
    else
        grep -aE ':[FE]:|error:' "$work/said" | tail -n 20
        tail -n 20 "$work/said"
        echo "$machine: $name: FAILED"
        exit 1
    fi
}

# copy_tree TO: copies the sources, without what was built.
copy_tree() {
    mkdir -p "$1" && cd "$top" && cp -R --parents Makefile .ci README.md \
        client common server tests sample_files "$1" && cd "$1" || exit 1
}

# make_system NAME SUITE OPTION...: has mmdebstrap, or debootstrap if it can,
# make $cache/NAME unless it is there. A mirror may be older than the time for
# which its lists are signed.
make_system() {
    system=$cache/$1
    suite=$2
    shift 2
    [ ! -d "$system" ] || return 0
    rm -rf --one-file-system "$system.new"
    if command -v mmdebstrap >/dev/null; then
        set -- mmdebstrap --aptopt='Acquire::Check-Valid-Until "false"' "$@"
    elif command -v debootstrap >/dev/null && [ "$1" = --variant=minbase ]; then
        set -- debootstrap "$@"
    else
        skip 'there is no mmdebstrap'
    fi
    echo "$machine: making $system"
    "$@" "$suite" "$system.new" "$mirror" >"$work/said" 2>&1 || {
        grep '^E: ' "$work/said" | head -n 5
        rm -rf --one-file-system "$system.new"
        skip "mmdebstrap made no $suite: is there a network?"
    }
    mv "$system.new" "$system"
}

# write_command NAME COMMAND...: makes a program of $work/there that runs the
# command with its own arguments.
write_command() {
    mkdir -p "$work/there"
    to=$work/there/$1
    shift
    {
        echo '#!/bin/sh'
        printf 'exec'
        printf " '%s'" "$@"
        echo ' "$@"'
    } >"$to"
    chmod 755 "$to"
}

# Both directions between this machine and the programs in $work/there.
try_round_trips() {
    tell 'fileserv here, fileget there' \
        "$here/round_trip.sh" "$work/here" "$work/there" "$work/trip"
    tell 'fileserv there, fileget here' \
        "$here/round_trip.sh" "$work/there" "$work/here" "$work/trip"
}

# inside COMMAND...: runs it in the chroot $system.
inside() {
    "$here/inside.sh" "$system" "$work" "$@"
}

# A release of Debian for this processor. "make demo" installs what it needs.
try_release() {
    [ "$(id -u)" -eq 0 ] || skip 'a chroot needs root'
    make_system "$machine" "$machine" --variant=minbase --include=make
    copy_tree "$work/$machine"
    tell 'make demo' inside make -j "$(nproc)" WERROR=1 demo
    for program in fileserv fileget; do
        write_command $program "$here/inside.sh" "$system" "$work" \
            "$work/$machine/build/$program"
    done
    try_round_trips
    [ "${MACHINES_CHECK:-}" != 1 ] ||
        tell 'make check' inside make -j "$(nproc)" WERROR=1 check
}

# try_processor SUITE GCC: another processor. Compiled here for the libraries of
# a release of Debian, run by the qemu-user of Debian 13, which has openat2, or
# by the one that is installed here.
try_processor() {
    triplet=$machine-linux-gnu
    command -v "$triplet-gcc" >/dev/null ||
        skip "there is no $triplet-gcc (package gcc-$triplet)"
    make_system emulators trixie --variant=extract --include=qemu-user
    emulator=$system/usr/bin/qemu-$machine
    make_system "$machine" "$1" --variant=extract --architectures="$machine" \
        --include="libc6-dev,libatomic1,check,$libraries"
    # The emulator looks for each file below the system first.
    rm -rf "${system:?}/dev" "${system:?}/etc" "${system:?}/tmp" \
        "${system:?}/var"
    # Otherwise made by a package that is not needed.
    [ -e "$system/lib" ] || ln -s usr/lib "$system/lib"
    copy_tree "$work/$machine"
    lib=$system/usr/lib/$triplet
    tell 'make' env PKG_CONFIG_SYSROOT_DIR="$system" \
        PKG_CONFIG_LIBDIR="$lib/pkgconfig:$system/usr/share/pkgconfig" \
        make -j "$(nproc)" WERROR=1 CC="$triplet-gcc --sysroot=$system" \
        LDFLAGS="-Wl,-rpath-link,$lib" all tests
    tell 'decoders on their corpora' "$emulator" -L "$system" \
        build/tests/fuzz tests/fuzz/corpus
    tell 'unit tests' env CK_TIMEOUT_MULTIPLIER=20 "$emulator" -L "$system" \
        build/tests/unit
    for program in fileserv fileget; do
        write_command $program "$emulator" -L "$system" \
            "$work/$machine/build/$program"
    done
    try_round_trips
}

# musl: Debian builds no libraries for it, so all files are compiled for its
# headers, and nothing is linked.
try_musl() {
    command -v musl-gcc >/dev/null ||
        skip 'there is no musl-gcc (package musl-tools)'
    headers=$work/headers
    mkdir -p "$headers/sys"
    for name in asm "$(gcc -print-multiarch)/asm" asm-generic bsd histedit.h \
        linux md5.h sha2.h seccomp.h seccomp-syscalls.h xxhash.h; do
        [ ! -e "/usr/include/$name" ] ||
            ln -sf "/usr/include/$name" "$headers/$(basename "$name")"
    done
    printf '#define __BEGIN_DECLS\n#define __END_DECLS\n' \
        >"$headers/sys/cdefs.h"
    cd "$top" || exit 1
    # shellcheck disable=SC2046 # one word for each file
    tell 'all files compile for its headers (none is linked)' musl-gcc \
        -std=gnu11 -O2 -D_GNU_SOURCE -DVERSION='"musl"' -DLIBBSD_OVERLAY -I. \
        -isystem "$headers/bsd" -idirafter "$headers" -Wall -Wextra -Wpedantic \
        -Werror -fsyntax-only $(find common server client -name '*.c')
}

failed=
for machine; do
    (
        case $machine in
        bullseye | bookworm | trixie | sid) try_release ;;
        s390x) try_processor bookworm ;;
        riscv64) try_processor trixie ;;
        musl) try_musl ;;
        long_way) "$here/$machine.sh" "$build" ;;
        gluster | bindfs | replicas | mixed)
            timeout 1200 "$here/$machine.sh" "$build"
            ;;
        *)
            echo "there is no machine '$machine'" >&2
            exit 2
            ;;
        esac
    ) || failed="$failed $machine"
done
[ -z "$failed" ] || {
    echo "failed:$failed" >&2
    exit 1
}
