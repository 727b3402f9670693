#!/bin/sh
# One large file and many small ones, compared with other programs.
# Called by bench.sh, which sets the variables in capitals.
set -u
# shellcheck source=/dev/null
. "$HERE/servers.sh"
# shellcheck source=/dev/null
. "$HERE/data.sh"

NEVER=99999999999
DEADLINE=$NEVER
CONTENDERS='cp fileget fileget--no-verify rsync curl wget aria2c'

# take_file CONTENDER TARGET: copies the large file to the new file TARGET.
take_file() {
    http=http://127.0.0.1:$(server_port nginx 2>/dev/null)/big
    case $1 in
    cp) lap '' cp "$SERVED/big" "$2" ;;
    fileget) lap fileserv "$BUILD/fileget" -q -o "$2" 127.0.0.1 "$(server_port fileserv)" big ;;
    fileget--no-verify) lap fileserv "$BUILD/fileget" -q --no-verify -o "$2" 127.0.0.1 "$(server_port fileserv)" big ;;
    rsync) lap rsyncd rsync -t "rsync://127.0.0.1:$(server_port rsyncd)/served/big" "$2" ;;
    curl) lap nginx curl -sf -o "$2" "$http" ;;
    wget) lap nginx wget -q -O "$2" "$http" ;;
    aria2c) lap nginx aria2c -q --file-allocation=none -d "${2%/*}" -o "${2##*/}" "$http" ;;
    esac
}

# take_image CONTENDER TARGET: copies the large file, of which an older copy is here.
take_image() {
    case $1 in
    fileget) lap fileserv "$BUILD/fileget" -q -o "$2" 127.0.0.1 "$(server_port fileserv)" big ;;
    fileget--reuse) lap fileserv "$BUILD/fileget" -q --reuse="$DISK/old" -o "$2" 127.0.0.1 "$(server_port fileserv)" big ;;
    esac
}

# change_image STEP: changes a byte in one of STEP MiB of the older copy.
change_image() {
    at=0
    while [ "$at" -lt "$MIB" ]; do
        printf 'older' | dd of="$DISK/old" bs=1 seek=$((at * 1048576 + 7)) \
            conv=notrunc status=none
        at=$((at + $1))
    done
}

# take_tree CONTENDER TARGET: copies TREE into the folder TARGET.
take_tree() {
    list=$WORK/run/$TREE
    case $1 in
    cp) lap '' cp -r "$SERVED/$TREE" "$2/$TREE" ;;
    fileget) lap fileserv "$BUILD/fileget" -q -r -o "$2/$TREE" 127.0.0.1 "$(server_port fileserv)" "$TREE" ;;
    fileget--no-verify) lap fileserv "$BUILD/fileget" -q -r --no-verify -o "$2/$TREE" 127.0.0.1 "$(server_port fileserv)" "$TREE" ;;
    rsync) lap rsyncd rsync -rt "rsync://127.0.0.1:$(server_port rsyncd)/served/$TREE" "$2/" ;;
    curl) (cd "$2" && lap nginx curl -sf --no-progress-meter -Z --create-dirs -K "$list.curl") ;;
    wget) lap nginx wget -q -x -nH -P "$2" -i "$list.wget" ;;
    aria2c) lap nginx aria2c -q --file-allocation=none -j 16 -d "$2" -i "$list.aria2" ;;
    esac
}

# lap SERVER COMMAND...: measures one run. Rows of the warm-up are dropped.
lap() {
    pid=
    [ -z "$1" ] || pid="-p $(server_pid "$1")"
    shift
    rows=$RAW
    [ "$ROUND" -ne 0 ] || rows=/dev/null
    # Split into words on purpose.
    # shellcheck disable=SC2086
    timeout 300 "$BUILD/tests/lap" -l "$SECTION	$CASE	$CONTENDER	$ROUND" -o "$rows" $pid "$@" \
        >/dev/null
}

present() {
    case $1 in
    fileget*) server_runs fileserv ;;
    rsync) server_runs rsyncd ;;
    cp) : ;;
    *) command -v "$1" >/dev/null && server_runs nginx ;;
    esac
}

# The warm-up also compares the copies; a contender that fails is left out.
arrived() {
    [ "$ROUND" -eq 0 ] || return 0
    diff -qr "$SERVED/$TREE" "$1/$TREE" >/dev/null
}

# rounds TAKE TARGET FIRST LAST: runs these rounds. Round 0 is the warm-up, which
# tells who is left out. Returns 1 if DEADLINE passed.
rounds() {
    ROUND=$3
    [ "$ROUND" -ne 0 ] || out=
    while [ "$ROUND" -le "$4" ]; do
        for CONTENDER in $CONTENDERS; do
            [ "$(date +%s)" -lt "$DEADLINE" ] || return 1
            case " $out " in *" $CONTENDER "*) continue ;; esac
            rm -rf "${2:?}/$TREE"
            [ "$TREE" != big ] || sync -f "$2"
            to=$2
            [ "$TREE" != big ] || to=$2/big
            if ! present "$CONTENDER"; then
                out="$out $CONTENDER"
            elif ! "$1" "$CONTENDER" "$to" || ! arrived "$2"; then
                echo "$CONTENDER: failed at $SECTION, $CASE; goes without" >&2
                out="$out $CONTENDER"
            fi
        done
        ROUND=$((ROUND + 1))
    done
    rm -rf "${2:?}/$TREE"
}

# The warm-up tells how long a round takes. The bench must end within ten minutes,
# so the file is halved until a round is short enough.
warm_up() {
    DEADLINE=$(($(date +%s) + ROUND_SECONDS))
    until rounds take_file "$DISK" 0 0; do
        MIB=$((MIB / 2))
        echo "a round is too long: a file of $MIB MiB instead" >&2
        data_file big "$MIB"
        sync -f "$SERVED"
        DEADLINE=$(($(date +%s) + ROUND_SECONDS))
        [ "$MIB" -gt 16 ] || DEADLINE=$NEVER
    done
    echo "$MIB" >"$WORK/run/mib"
    DEADLINE=$NEVER
}

SECTION=file TREE=big CASE=disk
echo "one file of $MIB MiB"
warm_up
rounds take_file "$DISK" 1 "$LAPS"
CASE=tmpfs
rounds take_file "$SHM" 0 "$LAPS"

SECTION=reuse CONTENDERS_ALL=$CONTENDERS CONTENDERS='fileget fileget--reuse'
echo "the same file, with an older copy"
cp "$SERVED/big" "$DISK/old"
for CASE in 100 1; do
    change_image $CASE
    rounds take_image "$DISK" 0 "$LAPS"
done
rm "$DISK/old"
CONTENDERS=$CONTENDERS_ALL

SECTION=tree
for TREE in small mixed; do
    CASE=$TREE
    ! server_runs nginx || data_lists "$TREE" "$(server_port nginx)"
    echo "the tree $TREE onto tmpfs"
    rounds take_tree "$SHM" 0 "$LAPS"
done
