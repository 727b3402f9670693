#!/bin/sh
# Two servers have files of equal names, sizes and times, but other bytes: two
# of them differ, so that a mixture of both can be told from either. A relay
# (switch.py) sends each request to one or the other and breaks connections. A
# file that arrives must be the one or the other; no mixture may get its name.
# A fileget without the last proof (a control) must make one.
# usage: mixed.sh BUILD-DIRECTORY
set -u
switch=$(cd "$(dirname "$0")" && pwd)/switch.py
# shellcheck source=tests/machines/steps.sh
. "$(dirname "$0")/steps.sh"
need python3 python3
begin
tries=${MIXED_TRIES:-1000}
trees=$((tries / 50)) # with -j, of files that are fetched in pieces
small=300000
large=$((64 << 20))

# make FILE SIZE: the same name, size and time in both folders, and a byte that
# differs in each half.
make() {
    head -c "$2" /dev/urandom >one/"$1"
    cp one/"$1" two/"$1"
    for at in $(($2 / 4)) $(($2 - $2 / 4)); do
        byte=$(tail -c +$((at + 1)) one/"$1" | head -c 1 | od -An -tu1)
        # shellcheck disable=SC2059 # the format is the byte
        printf "$(printf '\\%03o' $((byte ^ 1)))" |
            dd of=two/"$1" bs=1 seek=$at conv=notrunc 2>/dev/null
    done
    touch -r one/"$1" two/"$1"
}

mkdir one two
make small $small
make large $large
for name in one two; do
    start_server $name $name --max-per-address 1000
    eval "port_$name=$port"
done
# shellcheck disable=SC2154 # set by eval
start switch.log python3 "$switch" ports 40 "$port_one" "$port_two"
wait_until 20 test -s ports || failed 'the relay starts'
port=$(cat ports)

# try FILEGET FILE OPTION...: runs it until it has the file or says that the
# servers disagree. Counts what became of it.
try() {
    program=$1
    file=$2
    shift 2
    rm -f "$file" "$file".*.part*
    runs=0
    while [ $((runs += 1)) -le 30 ]; do
        code=0
        "$program" -q -k --retry 0 "$@" 127.0.0.1 "$port" "$file" \
            2>>get.log || code=$?
        case $code in
        0) break ;;
        9)
            disagreed=$((disagreed + 1))
            [ ! -e "$file" ] || failed "exit 9, and there is a $file"
            return
            ;;
        3 | 6 | 8) ;;
        *) failed "$file (exit $code)" ;;
        esac
    done
    if [ ! -e "$file" ]; then
        gave_up=$((gave_up + 1))
    elif cmp -s "$file" one/"$file" || cmp -s "$file" two/"$file"; then
        whole=$((whole + 1))
    else
        mixed=$((mixed + 1))
    fi
}

count() {
    whole=0 disagreed=0 gave_up=0 mixed=0
}

# tell STEP
tell() {
    echo "$scene: $1: $whole of one server, $disagreed disagreed (exit 9)," \
        "$gave_up without an end, $mixed mixed"
}

step="no mixture in $tries tries"
count
i=0
while [ $((i += 1)) -le "$tries" ]; do
    try "$build/fileget" small
done
tell "$step"
[ $mixed -eq 0 ] || failed "$step"
{ [ $whole -gt 0 ] && [ $disagreed -gt 0 ]; } || failed "$step (too few tries)"
passed "$step"

step="no mixture in $trees tries in pieces"
count
i=0
while [ $((i += 1)) -le "$trees" ]; do
    try "$build/fileget" large -j 4
done
tell "$step"
[ $mixed -eq 0 ] || failed "$step"
passed "$step"

step='a control without the last proof makes a mixture'
control=$build/tests/control-origin
[ -x "$control" ] || skip "there is no $control (make attack-programs)"
count
i=0
while [ $mixed -eq 0 ] && [ $((i += 1)) -le "$tries" ]; do
    try "$control" small
done
tell "$step"
[ $mixed -gt 0 ] || failed "$step"
passed "$step"
