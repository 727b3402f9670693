#!/bin/sh
# Serves a tree with the fileserv of one machine and fetches it with the fileget
# of another: whole, in pieces, and after a break that the machine of the server
# began. Names, times, modes and SHA-256 sums must agree.
# usage: round_trip.sh SERVER-PROGRAMS CLIENT-PROGRAMS WORK-FOLDER
set -eu
server=$1
client=$2
work=$3

rm -rf "$work"
mkdir -p "$work/served/below/deeper" "$work/served/empty folder"
cd "$work"
: >served/empty
printf x >served/one
head -c 5000000 /dev/urandom >served/below/some
head -c 80000000 /dev/urandom >served/large
echo text >"served/below/deeper/n$(printf '\303\244')me with blanks"
chmod 640 served/one
touch -d '1999-12-31 23:59:59.123456789 UTC' served/one
touch -d '1969-07-20 20:17:40 UTC' served/below/deeper

"$server/fileserv" -d served -p 0 -a 127.0.0.1 -q >announced 2>log &
pid=$!
trap 'kill $pid 2>/dev/null || :' EXIT
trap 'exit 1' HUP INT TERM
until [ -s announced ]; do
    kill -0 $pid 2>/dev/null || {
        cat log >&2
        exit 1
    }
    sleep 0.1
done
port=$(sed -n 's/^fileget [^ ]* \([0-9]*\) NAME$/\1/p' announced)

# Prints all that must agree of a tree.
describe() {
    (cd "$1" && find . -printf '%P %y %m %T@ ' \
        \( -type f -exec sha256sum {} \; -o -printf '\n' \) | sort)
}

"$client/fileget" -q -r -o whole 127.0.0.1 "$port" .
describe served >wanted
describe whole | cmp - wanted

"$client/fileget" -q -j 4 -o pieces 127.0.0.1 "$port" large
cmp pieces served/large

# Begun here, continued there: the part file's name is a matter of bytes.
"$server/fileget" -q --limit-rate 20M -o broken 127.0.0.1 "$port" large &
began=$!
until [ -n "$(find . -maxdepth 1 -name 'broken.*.part' -size +8M)" ]; do
    kill -0 $began 2>/dev/null || {
        echo 'the download that was to be broken has ended' >&2
        exit 1
    }
    sleep 0.1
done
kill -TERM $began
wait $began || :
"$client/fileget" -v -o broken 127.0.0.1 "$port" large 2>continued
cmp broken served/large
grep -q 'goes on from byte' continued || {
    echo 'the part file was not continued:' >&2
    cat continued >&2
    exit 1
}

"$client/fileget" -q -r --sums -o summed 127.0.0.1 "$port" below >sums
sha256sum -c --quiet sums
"$client/fileget" -lr --json 127.0.0.1 "$port" . | sort >listed
"$server/fileget" -lr --json 127.0.0.1 "$port" . | sort | cmp - listed
kill -TERM $pid
wait $pid
