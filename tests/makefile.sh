#!/bin/sh
# Checks what the Makefile and .ci/deps promise to those who build, package and
# install, in a copy of this tree. Where nothing needs to be compiled, a program
# that notes how it is called stands in for the compiler.
# usage: tests/makefile.sh
set -u
cd "$(dirname "$0")/.." || exit 1

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$work/a tree" "$work/bin" "$work/system"
cp -R --parents Makefile .ci client common server tests/*/rules.mk \
    "$work/a tree" || exit 1
cd "$work/a tree" || exit 1
unset CPPFLAGS CFLAGS LDFLAGS DESTDIR PREFIX O VARIANT WERROR NO_DEPS MAKEFLAGS

failed=0
fail() {
    echo "makefile.sh: $*" >&2
    failed=1
}

# expect TEXT COMMAND...: fails unless the command fails and says TEXT, or
# succeeds if TEXT is empty.
expect() {
    text=$1
    shift
    said=$("$@" 2>&1) && code=0 || code=1
    case $code$text,$said in
    0, | 0,*) ;;
    1?*,*"$text"*) ;;
    *) fail "'$*' ends with $code: $(echo "$said" | tail -n 5)" ;;
    esac
}

# The stand-in: its calls are in calls, its version is the text of version.
cat >"$work/bin/noter" <<END
#!/bin/sh
case \$* in
-dumpmachine) echo machine && exit ;;
--version) exec cat "$work/version" ;;
esac
echo "\$*" >>"$work/calls"
while [ \$# -gt 0 ]; do
    [ "\$1" != -o ] || echo "\$2, built" >"\$2"
    shift
done
END
chmod 755 "$work/bin/noter"
echo 1 >"$work/version"
noter=$work/bin/noter

# Prints what is in a folder, with owners and times.
look() {
    find "$1" -printf '%p %u %s %T@\n' | sort
}

# Flags of the user reach the compiler and the linker, after all others.
user_flags() {
    : >"$work/calls"
    expect '' make CC="$noter" CPPFLAGS=-DA CFLAGS='-O3 -fB' LDFLAGS=-Wl,-C
    grep -q -e '-I\. -DA -O3 -fB .*-c -o' "$work/calls" ||
        fail 'CPPFLAGS or CFLAGS do not reach the compiler last'
    grep -q -e '-O3 -fB .*-Wl,-C -o build/fileget' "$work/calls" ||
        fail 'LDFLAGS or CFLAGS do not reach the linker'
}

# What was built is installed, whatever the flags are now. Nothing is built.
installs_what_was_built() {
    look build >"$work/before"
    : >"$work/calls"
    expect '' make install CC=false DESTDIR="$work/to a" PREFIX='/u b'
    look build | cmp -s - "$work/before" || fail 'install changes build/'
    for program in fileserv fileget; do
        cmp -s build/$program "$work/to a/u b/bin/$program" ||
            fail "$program is not installed as it was built"
    done
    [ -f "$work/to a/u b/share/man/man8/fileserv.8" ] || fail 'no manual'
    expect '' make uninstall DESTDIR="$work/to a" PREFIX='/u b'
    [ -z "$(find "$work/to a" -type f)" ] || fail 'uninstall leaves files'
    [ ! -s "$work/calls" ] || fail 'install compiles'
}

# Without programs, or with newer sources, nothing is installed or built.
installs_nothing_stale() {
    expect "run 'make' first" make install O=none DESTDIR="$work/to"
    [ ! -e none ] || fail 'install makes a build folder'
    touch -d '+1 hour' common/text.c
    expect "run 'make' first" make install DESTDIR="$work/to"
    touch common/text.c
    [ ! -e "$work/to" ] || fail 'install installs what is stale'
}

# Another compiler under the same name: everything is built again.
notices_a_compiler() {
    expect '' make CC="$noter"
    : >"$work/calls"
    expect '' make CC="$noter"
    [ ! -s "$work/calls" ] || fail 'a second make compiles again'
    echo 2 >"$work/version"
    expect '' make CC="$noter"
    grep -q -e '-c -o' "$work/calls" || fail 'another compiler goes unnoticed'
}

# "make clean" removes the folder it is told, but no files of others.
cleans() {
    expect '' make CC="$noter" O=dir
    echo mine >dir/notes
    expect '' make clean O=dir
    [ "$(ls dir)" = notes ] || fail 'make clean O=dir leaves or removes much'
    [ -d build ] || fail 'make clean O=dir removes build'
    expect 'source folder' make clean O=.
    expect '' make clean
    [ ! -e build ] || fail 'make clean leaves build'
}

# No level of _FORTIFY_SOURCE, ours, the user's, or one built into the compiler,
# causes a warning. Compiles one file for each row.
fortifies() {
    printf '#!/bin/sh\nexec gcc -D_FORTIFY_SOURCE=1 "$@"\n' >"$work/bin/built-in"
    chmod 755 "$work/bin/built-in"
    for cc in gcc clang "$work/bin/built-in"; do
        command -v "$cc" >/dev/null || {
            echo "makefile.sh: skipped: there is no $cc"
            continue
        }
        for flags in CFLAGS=-g CPPFLAGS=-D_FORTIFY_SOURCE=1 \
            'CFLAGS=-O2 -Wp,-U_FORTIFY_SOURCE -Wp,-D_FORTIFY_SOURCE=1' \
            'CFLAGS=-g -O0' 'CFLAGS=-O3 -flto'; do
            expect '' make O=dir WERROR=1 CC="$cc" "$flags" \
                dir/obj/common/clock.o
        done
    done
    : >"$work/calls"
    expect '' make O=dir CC="$noter" dir/obj/common/clock.o
    grep -q -e '-D_FORTIFY_SOURCE=2' "$work/calls" || fail 'no _FORTIFY_SOURCE'
    : >"$work/calls"
    expect '' make O=dir CC="$noter" CPPFLAGS=-D_FORTIFY_SOURCE=3 \
        dir/obj/common/clock.o
    { grep -q -e "-D_FORTIFY_SOURCE=3" "$work/calls" &&
        ! grep -q -e "-D_FORTIFY_SOURCE=2" "$work/calls"; } ||
        fail 'the level of the user does not win'
    command -v dpkg-buildflags >/dev/null || {
        echo 'makefile.sh: skipped: there is no dpkg-buildflags'
        return
    }
    expect '' env DEB_BUILD_MAINT_OPTIONS=hardening=+all \
        dpkg-buildflags --export=cmdline
    eval "expect '' make O=dir WERROR=1 dir/obj/common/clock.o $said"
}

# A build for 32 bits ends with one line that says so, before all files. The
# header that only libc6-dev-i386 has is empty here.
needs_64_bits() {
    mkdir -p "$work/stubs/gnu"
    touch "$work/stubs/gnu/stubs-32.h" "$work/stubs/gnu/stubs-x32.h"
    flags="-isystem '$work/stubs' -isystem /usr/include/$(gcc -print-multiarch)"
    for bits in -m32 -mx32 '-m32 -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64'; do
        echo '#include <sys/types.h>' |
            eval "gcc $bits $flags -E -" >/dev/null 2>&1 || {
            echo "makefile.sh: skipped: no headers for gcc $bits"
            continue
        }
        expect 'need a 64-bit system' make O=dir CC=gcc CFLAGS="$bits $flags"
        [ "$(echo "$said" | grep -c error:)" -eq 1 ] ||
            fail "more than one error for $bits: $said"
    done
}

# stand_in NAME COMMAND: a program that runs one command.
stand_in() {
    printf '#!/bin/sh\n%s\n' "$2" >"$work/system/$1"
    chmod 755 "$work/system/$1"
}

# .ci/deps with only the stand-ins as the system's programs, and no terminal.
# shellcheck disable=SC2317 # expect calls it
deps() {
    PATH=$work/system setsid -w /bin/sh .ci/deps build
}

# One who cannot install is told the command; NO_DEPS=1 installs nothing.
tells_what_to_install() {
    line='apt-get install -y --no-install-recommends gcc make'
    stand_in apt-get "echo \"\$*\" >>'$work/installed'"
    stand_in env "exec /usr/bin/env \"\$@\""
    stand_in id 'echo 1000'
    ln -s "$(command -v setsid)" "$work/system/setsid"
    if PATH=$work/system:/usr/sbin:/sbin command -v sudo >/dev/null; then
        echo 'makefile.sh: skipped: no sudo: it is in /usr/sbin'
    else
        expect "$line" deps
    fi
    stand_in sudo "[ \"\$1\" != -n ]"
    expect "$line" deps
    expect '' env NO_DEPS=1 PATH="$work/system" /bin/sh .ci/deps build
    case $said in *"$line"*) ;; *) fail "NO_DEPS=1 tells no command: $said" ;; esac
    [ ! -e "$work/installed" ] || fail 'packages were installed'
    stand_in sudo "[ \"\$1\" = -n ] || exec \"\$@\""
    expect '' deps
    grep -q 'install -y' "$work/installed" || fail 'sudo installs nothing'
    ! grep -lE '(apt-get|dnf|apk|pacman) ' Makefile tests/*/rules.mk ||
        fail 'packages are installed by others than .ci/deps'
}

user_flags
installs_what_was_built
installs_nothing_stale
notices_a_compiler
cleans
fortifies
needs_64_bits
tells_what_to_install
[ $failed -ne 0 ] || echo 'Makefile: flags, install, clean, deps are as promised'
exit $failed
