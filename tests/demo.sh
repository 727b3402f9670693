#!/bin/sh
# Serves sample_files, fetches every file and a missing one, compares checksums.
# usage: tests/demo.sh BUILD-DIRECTORY
set -eu
exec 2>&1

build=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/.." && pwd)
samples=$top/sample_files
work=$(mktemp -d)
# No settings of the user take part.
export XDG_CONFIG_HOME="$work" FILEGET_OPTIONS=
server=
finish() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM
# A reader of the output, such as head(1), may end first.
trap 'exit 1' HUP PIPE

show() {
    printf '\n$ %s\n' "$*"
}

show fileserv -d ./sample_files -p 0 -a 127.0.0.1
(cd "$top" && exec "$build/fileserv" -d ./sample_files -p 0 -a 127.0.0.1 -q) \
    >"$work/serving" &
server=$!
# The server writes both lines at once, when it listens.
until [ -s "$work/serving" ]; do
    kill -0 "$server" || exit 1
    sleep 0.05
done
cat "$work/serving"
port=$(sed -n 's/^fileget [^ ]* \([0-9]*\) NAME$/\1/p' "$work/serving")

cd "$work"
(cd "$samples" && find . -type f | sed 's|^\./||' | sort) >names
show "fileget -i names 127.0.0.1 $port"
"$build/fileget" -i names 127.0.0.1 "$port"

show "fileget 127.0.0.1 $port missing.txt"
code=0
"$build/fileget" 127.0.0.1 "$port" missing.txt || code=$?
echo "exit code $code"
[ "$code" -eq 4 ]

show "sha256sum (served, fetched)"
while read -r name; do
    served=$(sha256sum <"$samples/$name" | cut -d' ' -f1)
    fetched=$(sha256sum <"new${name##*/}" | cut -d' ' -f1)
    if [ "$served" != "$fetched" ]; then
        echo "DIFFERENT  $name"
        exit 1
    fi
    echo "same  $served  $name"
done <names
printf '\nall checksums agree\n'
