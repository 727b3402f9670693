# shellcheck shell=sh
# Functions for the scripts that try the programs on other file systems and
# with other programs. A script gets the folder of the programs as its first
# argument, sources this file, calls need and apart, and then begin. Each step
# prints "SCRIPT: STEP: passed"; the first that fails ends the script with 1.

scene=$(basename "$0" .sh)
build=$(cd "$1" && pwd) || exit 2
started=
PATH=$PATH:/usr/sbin:/sbin

skip() {
    echo "$scene: skipped: $*"
    exit 0
}

# need PROGRAM PACKAGE: skips the whole script without the program.
need() {
    command -v "$1" >/dev/null || skip "there is no $1 (package $2)"
}

# apart "$@": runs the script again, as root, with mounts, a network and
# processes of its own, which all end with it.
apart() {
    [ "${SCENE_APART:-}" != 1 ] || {
        ip link set lo up
        return
    }
    [ "$(id -u)" -eq 0 ] || skip 'mounts and namespaces need root'
    need ip iproute2
    need unshare util-linux
    unshare --net --mount --pid --fork true 2>/dev/null ||
        skip 'this machine allows no namespaces'
    # The end of unshare ends all of them. What is left is the work folder.
    SCENE_WORK=$(mktemp -d)
    SCENE_APART=1
    export SCENE_WORK SCENE_APART
    trap 'kill -KILL $! 2>/dev/null; wait $!; rm -rf "$SCENE_WORK"' EXIT
    trap 'exit 1' HUP INT TERM
    unshare --net --mount --pid --fork --kill-child --mount-proc "$0" "$@" &
    wait $!
    exit
}

# begin: makes a work folder and goes there.
begin() {
    work=${SCENE_WORK:-$(mktemp -d)}
    trap clean_up EXIT
    trap 'exit 1' HUP INT TERM
    cd "$work" || exit 1
    chmod 755 .
}

# Ends what was started, by its ids, and unmounts what the script mounted below
# the work folder.
clean_up() {
    for pid in $started; do
        kill -KILL "$pid" 2>/dev/null && wait "$pid" 2>/dev/null
    done
    cd /
    awk -v under="$work/" 'index($5, under) == 1 { print $5 }' \
        /proc/self/mountinfo | sort -r | while read -r mount; do
        umount -l "$mount"
    done
    rm -rf --one-file-system "$work"
}

passed() {
    echo "$scene: $*: passed"
}

# failed STEP: shows the ends of all logs and ends the script.
failed() {
    for log in *.log; do
        [ -s "$log" ] || continue
        echo "---- $log"
        tail -n 15 "$log"
        echo
    done
    echo "$scene: $*: FAILED"
    exit 1
}

# wait_until SECONDS COMMAND...: runs the command until it succeeds.
wait_until() {
    waits=$(($1 * 20))
    shift
    until "$@" >/dev/null 2>&1; do
        waits=$((waits - 1))
        [ $waits -gt 0 ] || return 1
        sleep 0.05
    done
}

# start LOG COMMAND...: starts a process; its id is in $pid.
start() {
    log=$1
    shift
    "$@" >>"$log" 2>&1 &
    pid=$!
    started="$started $pid"
}

# start_server NAME FOLDER OPTION...: starts fileserv and waits until it
# listens. Its id is in $pid, its port in $port, its log in NAME.log.
start_server() {
    name=$1
    folder=$2
    shift 2
    "$build/fileserv" -d "$folder" -a 127.0.0.1 -p 0 "$@" >"$name.out" \
        2>>"$name.log" &
    pid=$!
    started="$started $pid"
    wait_until 20 grep -q '^fileget' "$name.out" ||
        failed "fileserv of $folder starts"
    # shellcheck disable=SC2034 # for the script
    port=$(sed -n 's/^fileget [^ ]* \([0-9]*\) NAME$/\1/p' "$name.out")
}

# Prints the number of bytes of a file, or 0.
size_of() {
    stat -c %s "$1" 2>/dev/null || echo 0
}

# await_part FILE BYTES: waits until the part file of FILE has so many.
has_part() {
    [ "$(size_of "$(echo "$1".*.part)")" -ge "$2" ]
}
await_part() {
    wait_until 30 has_part "$@" || failed "$1 begins to arrive"
}

# expect_exit CODE PID STEP: waits for a process that was started.
expect_exit() {
    code=0
    wait "$2" || code=$?
    [ "$code" -eq "$1" ] || failed "$3 (exit $code instead of $1)"
}

# expect_same FILE FILE STEP
expect_same() {
    cmp -s "$1" "$2" || failed "$3"
    passed "$3"
}
