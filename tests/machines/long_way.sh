#!/bin/sh
# Downloads over a long way: fileget from fileserv beside curl and aria2c from
# nginx, in turns, over a link of tests/machines/router.c between two network
# namespaces. First the link itself is checked. Prints medians, and fails if a
# download fails, brings other bytes, or misses a mark: one connection within 2 %
# of the best of curl and aria2c -x4, -j 4 within 5 % of one connection. Needs
# root; what is missing is skipped with a message.
# usage: long_way.sh BUILD-DIRECTORY [ROUNDS]
# LONG_WAY_CC="bbr cubic": the congestion controls to try
set -u
build=$(cd "$1" && pwd) || exit 1
rounds=${2:-5}
server=long-way-$$-s
client=long-way-$$-c
address=192.0.2.1
work=
failed=

skip() {
    echo "long way: skipped: $*"
    exit 0
}

fail() {
    echo "long way: FAILED: $*"
    failed=1
}

[ "$(id -u)" -eq 0 ] || skip 'network namespaces need root'
command -v ip >/dev/null || skip 'there is no ip (package iproute2)'
[ -c /dev/net/tun ] || skip 'there is no /dev/net/tun'

clean_up() {
    # shellcheck disable=SC2046 # one word for each process
    for namespace in "$server" "$client"; do
        [ ! -e "/run/netns/$namespace" ] ||
            kill $(ip netns pids "$namespace") 2>/dev/null
    done
    [ -z "${router:-}" ] || kill "$router" 2>/dev/null
    wait
    ip netns del "$server" 2>/dev/null
    ip netns del "$client" 2>/dev/null
    [ -z "$work" ] || rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

{ ip netns add "$server" && ip netns add "$client"; } 2>/dev/null ||
    skip 'this kernel, or container, makes no network namespaces'

# In memory if there is room: the disk is not measured.
work=$(mktemp -d /dev/shm/long-way.XXXXXX 2>/dev/null || mktemp -d)
chmod 755 "$work"

at_server() {
    ip netns exec "$server" "$@"
}

at_client() {
    ip netns exec "$client" "$@"
}

# open_way OPTION...: begins a router with these options.
open_way() {
    "$build/tests/router" "$@" way "$server" "$client" >"$work/router" &
    router=$!
    until grep -q ready "$work/router"; do
        kill -0 "$router" 2>/dev/null || skip 'the router has ended'
        sleep 0.02
    done
    # Packets wait in the router, whose queue is the one that counts.
    ip -n "$server" addr add "$address/30" dev way
    ip -n "$client" addr add 192.0.2.2/30 dev way
    for namespace in "$server" "$client"; do
        ip -n "$namespace" link set way txqueuelen 10000 up
        # What the kernel remembers of a peer would favour the later program.
        ip netns exec "$namespace" sysctl -qw net.ipv4.tcp_no_metrics_save=1
        [ -z "${control:-}" ] || ip -n "$namespace" \
            route change 192.0.2.0/30 dev way congctl "$control"
    done
}

close_way() {
    kill "$router"
    wait "$router"
    router=
}

# ---- the link itself ---------------------------------------------------------

# One TCP connection at full speed; prints megabits a second of packets, counted
# after the first 4 MB. 1448 of 1500 bytes are data.
plain_rate() {
    at_server python3 -c '
import socket, sys
with socket.create_server((sys.argv[1], 9)) as s:
    s.accept()[0].sendall(bytes(40 << 20))' "$address" &
    sender=$!
    at_client python3 -c '
import socket, sys, time
for i in range(100):
    try:
        s = socket.create_connection((sys.argv[1], 9))
        break
    except ConnectionRefusedError:
        time.sleep(.05)
n, mark = 0, 0
while b := s.recv(1 << 18):
    n += len(b)
    if n > 4e6 and not mark:
        mark, began = n, time.monotonic()
print(round((n - mark) * 8 / (time.monotonic() - began) / 1e6 * 1500 / 1448))
' "$address"
    wait "$sender"
}

between() {
    [ "$1" -le "$2" ] && [ "$2" -le "$3" ]
}

check_link() {
    open_way -d 50 -r 200
    if command -v ping >/dev/null; then
        trip=$(at_client ping -q -c 50 -i 0.02 "$address" |
            sed -n 's,^rtt[^=]*= [^/]*/\([0-9]*\).*,\1,p')
        echo "a round trip of 50 ms: ping has ${trip:-none} ms"
        between 50 "${trip:-0}" 52 || fail 'the delay'
    else
        echo 'round trip: skipped: there is no ping (package iputils-ping)'
    fi
    rate=$(plain_rate)
    echo "200 Mbit/s: a plain TCP connection has ${rate:-none} Mbit/s"
    between 180 "${rate:-0}" 204 || fail 'the rate'
    close_way
    open_way -d 0 -l 1
    command -v ping >/dev/null &&
        at_client ping -q -f -l 3 -c 20000 "$address" >/dev/null
    close_way
    awk '/lost/ {all += $3 + $7; lost += $7}
        END {if (all < 10000) exit
            printf "a loss of 1 %%: %.2f %% of %d packets\n",
                100 * lost / all, all
            exit lost / all < .008 || lost / all > .012}' "$work/router" ||
        fail 'the loss'
}

# ---- downloads ---------------------------------------------------------------

write_nginx() {
    cat >"$work/nginx.conf" <<END
worker_processes 1;
daemon off;
user root;
pid $work/nginx.pid;
error_log $work/nginx.err;
events { worker_connections 256; }
http {
    access_log off;
    sendfile on;
    tcp_nopush on;
    client_body_temp_path $work/t1;
    proxy_temp_path $work/t2;
    fastcgi_temp_path $work/t3;
    uwsgi_temp_path $work/t4;
    scgi_temp_path $work/t5;
    server {
        listen $address:80;
        root $work/served;
    }
}
END
}

# present PROGRAM: returns whether it can be compared with.
present() {
    case $1 in
    curl | aria2c) command -v nginx >/dev/null && command -v "$1" >/dev/null ;;
    esac
}

# take PROGRAM NAME: fetches NAME once, notes the milliseconds, and compares.
take() {
    http=http://$address/$2
    mkdir "$work/here"
    began=$(date +%s%N)
    case $1 in
    fileget) at_client "$build/fileget" -q -o "$work/here/x" "$address" 8080 "$2" ;;
    fileget-j4) at_client "$build/fileget" -q -j 4 -o "$work/here/x" "$address" 8080 "$2" ;;
    fileget-r) at_client "$build/fileget" -q -r -o "$work/here/x" "$address" 8080 "$2" ;;
    curl) at_client curl -sf -o "$work/here/x" "$http" ;;
    aria2c) at_client aria2c -q -x4 -s4 --file-allocation=none \
        -d "$work/here" -o x "$http" ;;
    esac || fail "$1 $2"
    echo "$1 $((($(date +%s%N) - began) / 1000000))" >>"$work/times"
    diff -rq "$work/served/$2" "$work/here/x" || fail "$1: other bytes"
    rm -rf "$work/here"
}

# median PROGRAM: of the times in $work/times.
median() {
    awk -v p="$1" '$1 == p {print $2}' "$work/times" | sort -n |
        awk '{t[NR] = $1} END {if (NR) print t[int((NR + 1) / 2)]}'
}

# compare NAME PROGRAM...: rounds in which each program has its turn.
compare() {
    name=$1
    shift
    : >"$work/times"
    round=0
    while [ "$round" -lt "$rounds" ]; do
        for program; do
            take "$program" "$name"
        done
        round=$((round + 1))
    done
    for program; do
        echo "    $program: $(median "$program") ms"
    done
}

# within A PERCENT B: fails if A took over PERCENT % more than B.
within() {
    [ -n "$3" ] || return 0
    [ $((100 * $(median "$1"))) -le $(((100 + $2) * $3)) ] ||
        fail "$1 took over $2 % more than $3 ms"
}

# try_way NAME ROUTER-OPTION...: downloads of NAME, judged.
try_way() {
    name=$1
    shift
    echo "$name, router $*, ${control:-the default congestion control}"
    open_way "$@"
    start_servers
    if [ "$name" = tree ]; then
        compare tree fileget-r
        [ "$(median fileget-r)" -le 1000 ] || fail 'the tree took over 1,000 ms'
    else
        # shellcheck disable=SC2086 # one word for each program
        compare "$name" fileget fileget-j4 $peers
        best=$(for peer in $peers; do median "$peer"; done | sort -n | head -n 1)
        within fileget 2 "$best"
        within fileget-j4 5 "$(median fileget)"
    fi
    stop_servers
    close_way
}

start_servers() {
    ip netns exec "$server" "$build/fileserv" -q -d "$work/served" \
        -a "$address" >/dev/null 2>"$work/fileserv.err" &
    servers=$!
    if [ -n "$peers" ]; then
        ip netns exec "$server" nginx -c "$work/nginx.conf" &
        servers="$servers $!"
    fi
    until at_client "$build/fileget" -q -l "$address" 8080 >/dev/null 2>&1; do
        sleep 0.1
    done
}

stop_servers() {
    # shellcheck disable=SC2086 # one word for each process
    kill $servers
    # shellcheck disable=SC2086
    wait $servers
}

check_link
mkdir -p "$work/served/tree"
head -c 200000000 /dev/urandom >"$work/served/large"
head -c 60000000 /dev/urandom >"$work/served/middle"
head -c $((2000 * 4096)) "$work/served/large" |
    split -b 4096 -a 3 - "$work/served/tree/"
peers=
for peer in curl aria2c; do
    if present $peer; then
        peers="$peers $peer"
    else
        echo "$peer: skipped: it or nginx is not installed"
    fi
done
write_nginx
read -r known </proc/sys/net/ipv4/tcp_available_congestion_control
for control in ${LONG_WAY_CC:-bbr cubic}; do
    case " $known " in
    *" $control "*) ;;
    *) echo "$control: skipped: this kernel does not have it" && continue ;;
    esac
    # Lost packets slow cubic down to minutes.
    if [ "$control" = bbr ]; then
        try_way large -d 50 -r 200 -l 0.1
        try_way middle -d 100 -r 100 -l 1
    else
        try_way large -d 50 -r 200
    fi
    try_way tree -d 50 -r 200
done
[ -z "$failed" ]
