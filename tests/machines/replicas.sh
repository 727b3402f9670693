#!/bin/sh
# Three fileserv with copies of the same files, made by cp -a and rsync -t,
# behind HAProxy (haproxy.cfg): 200 downloads are interrupted and continue at
# whichever server is next. Each may fetch less than 1 MiB twice.
# usage: replicas.sh BUILD-DIRECTORY
set -u
configuration=$(cd "$(dirname "$0")" && pwd)/haproxy.cfg
# shellcheck source=tests/machines/steps.sh
. "$(dirname "$0")/steps.sh"
need haproxy haproxy
need rsync rsync
apart "$@"
begin
downloads=200
size=$((8 << 20))

step='copies by cp -a and rsync -t have the same content version'
mkdir one
head -c $size /dev/urandom >one/0
i=0
while [ $((i += 1)) -lt 20 ]; do
    ln one/0 one/$i
done
cp -a one two
rsync -rtH one/ three
for copy in two three; do
    [ "$(stat -c '%s %y' one/0)" = "$(stat -c '%s %y' $copy/0)" ] ||
        failed "$step ($copy)"
done
passed "$step"

for name in one two three; do
    start_server $name $name --proxy-from 127.0.0.1/32
    eval "port_$name=$port"
done
# shellcheck disable=SC2154 # set by eval
start haproxy.log env FILES=127.0.0.1:8080 FILES_ADMIN="$work/admin" \
    FILES_1=127.0.0.1:"$port_one" FILES_2=127.0.0.1:"$port_two" \
    FILES_3=127.0.0.1:"$port_three" haproxy -db -f "$configuration"
wait_until 20 "$build/fileget" -q -o begun 127.0.0.1 8080 0 ||
    failed 'HAProxy starts'

# Prints a number from 0 to $1 - 1.
draw() {
    echo $(($(od -An -N4 -tu4 /dev/urandom) % $1))
}


# interrupt NAME SIGNAL: ends a download in the middle. Returns 1 if it was too
# late.
interrupt() {
    "$build/fileget" -q -k --limit-rate 40M 127.0.0.1 8080 "$1" 2>>get.log &
    pid=$!
    sleep "0.0$((1 + $(draw 9)))$(draw 10)"
    kill "-$2" $pid 2>/dev/null
    wait $pid 2>/dev/null
    [ -n "$(find . -maxdepth 1 -name "$1.*.part")" ]
}

step="$downloads interrupted downloads"
interrupted=0
worst=0
here=0
tries=0
while [ $interrupted -lt $downloads ]; do
    [ $((tries += 1)) -le $((3 * downloads)) ] ||
        failed "$step (only $interrupted were interrupted in time)"
    name=$(draw 20)
    rm -f "$name" "$name".*.part
    signal=TERM
    [ $((tries % 2)) -eq 0 ] || signal=KILL
    interrupt "$name" $signal || continue
    interrupted=$((interrupted + 1))
    part=$(size_of "$(echo "$name".*.part)")
    "$build/fileget" -q --json -k 127.0.0.1 8080 "$name" >get.json 2>>get.log ||
        failed "$step (exit $?)"
    cmp -s "$name" one/0 || failed "$step (other bytes)"
    here=$((here + part))
    received=$(sed -n 's/.*"received":\([0-9]*\).*/\1/p' get.json)
    twice=$((received + part - size))
    [ $twice -le $worst ] || worst=$twice
done
[ $worst -lt $((1 << 20)) ] || failed "$step: $worst bytes twice"
echo "$scene: $((here >> 20)) MiB were here, of each file at most $worst bytes" \
    'were fetched twice'
for name in one two three; do
    grep -q 'FETCH .* via\|via .* FETCH' $name.log || failed "$step ($name unused)"
done
passed "$step"
