# Sourced by the bench's scripts: starts servers on loopback, each on a free port,
# by name: fileserv, unconfined (fileserv --no-sandbox), nginx, nginx+cache
# (open_file_cache), lighttpd, rsyncd; and inside TLS: fileserv+tls, nginx+tls. Each
# has $WORK/run/NAME.pid and .port, and is stopped by that pid.
# Needs WORK (a folder), SERVED (the folder to serve), BUILD (the programs),
# LIMIT (descriptors) and MOST (connections).
# shellcheck shell=sh

PATH=$PATH:/usr/sbin:/sbin

server_program() {
    case $1 in
    fileserv* | unconfined) echo "$BUILD/fileserv" ;;
    nginx*) echo nginx ;;
    rsyncd) echo rsync ;;
    *) echo "$1" ;;
    esac
}

server_pid() {
    cat "$WORK/run/$1.pid"
}

server_port() {
    cat "$WORK/run/$1.port"
}

# Returns 0 if the server of this name was started.
server_runs() {
    [ -s "$WORK/run/$1.port" ]
}

nginx_conf() {
    user=
    [ "$(id -u)" -ne 0 ] || user="user $(id -un);"
    cache=
    ssl=
    tls=
    [ "$1" != nginx+cache ] || cache="open_file_cache max=20000 inactive=1h;
    open_file_cache_valid 1h;"
    [ "$1" != nginx+tls ] || ssl=ssl tls="ssl_certificate $WORK/run/cert.pem;
    ssl_certificate_key $WORK/run/key.pem;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites TLS_AES_128_GCM_SHA256;
    ssl_session_tickets off;"
    cat <<END
$user
daemon off;
pid $WORK/run/$1.nginx-pid;
error_log $WORK/run/$1.log;
worker_processes auto;
worker_rlimit_nofile $LIMIT;
events { worker_connections 16384; }
http {
    access_log off;
    sendfile on;
    tcp_nopush off;
    tcp_nodelay on;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    default_type application/octet-stream;
    client_body_temp_path $WORK/run/$1.tmp;
    proxy_temp_path $WORK/run/$1.tmp;
    fastcgi_temp_path $WORK/run/$1.tmp;
    uwsgi_temp_path $WORK/run/$1.tmp;
    scgi_temp_path $WORK/run/$1.tmp;
    $cache
    $tls
    server { listen 127.0.0.1:$2 backlog=4096 $ssl; root $SERVED; }
}
END
}

lighttpd_conf() {
    cat <<END
server.document-root = "$SERVED"
server.bind = "127.0.0.1"
server.port = $1
server.errorlog = "$WORK/run/lighttpd.log"
server.max-fds = $LIMIT
server.max-connections = $CAP
server.listen-backlog = 4096
server.max-keep-alive-requests = 65535
server.max-keep-alive-idle = 3600
server.network-backend = "sendfile"
END
}

rsyncd_conf() {
    cat <<END
port = $1
address = 127.0.0.1
use chroot = no
log file = $WORK/run/rsyncd.log
lock file = $WORK/run/rsyncd.lock
[served]
path = $SERVED
read only = yes
END
    [ "$(id -u)" -ne 0 ] || printf 'uid = 0\ngid = 0\n'
}

# Makes a key like that of fileserv, and its certificate, unless they are there.
nginx_key() {
    [ -s "$WORK/run/cert.pem" ] || openssl req -x509 -newkey ec \
        -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
        -addext subjectAltName=IP:127.0.0.1 -keyout "$WORK/run/key.pem" \
        -out "$WORK/run/cert.pem" 2>/dev/null
}

# Prints the key that fileserv+tls has announced.
server_key() {
    sed -n 's/.*--key \([A-Z2-7-]*\) .*/\1/p' "$WORK/run/fileserv+tls.out" | head -n 1
}

# Executes the server in place of the shell: run it in the background.
server_exec() {
    conf=$WORK/run/$1.conf
    CAP=$((MOST + 50))
    case $1 in
    fileserv* | unconfined)
        more=
        [ "$1" != unconfined ] || more=--no-sandbox
        [ "$1" != fileserv+tls ] || more="--tls --key-file $WORK/run/fileserv.pem"
        # shellcheck disable=SC2086
        exec "$BUILD/fileserv" $more -q -d "$SERVED" -a 127.0.0.1 -p "$2" \
            --max-connections "$CAP" --max-per-address "$CAP" --timeout 3600 \
            >"$WORK/run/$1.out" 2>"$WORK/run/$1.log"
        ;;
    nginx*)
        [ "$1" != nginx+tls ] || nginx_key
        nginx_conf "$1" "$2" >"$conf"
        exec nginx -c "$conf" 2>/dev/null
        ;;
    lighttpd)
        lighttpd_conf "$2" >"$conf"
        exec lighttpd -D -f "$conf" 2>/dev/null
        ;;
    rsyncd)
        rsyncd_conf "$2" >"$conf"
        exec rsync --daemon --no-detach --config="$conf" 2>/dev/null
        ;;
    esac
}

server_answers() {
    case $1 in
    fileserv | unconfined)
        "$BUILD/tests/load" -n 1 127.0.0.1 "$2" hello
        ;;
    fileserv+tls) "$BUILD/tests/load" -S -n 1 127.0.0.1 "$2" hello ;;
    nginx+tls) "$BUILD/tests/load" -HS -n 1 127.0.0.1 "$2" hello ;;
    rsyncd) rsync "rsync://127.0.0.1:$2/served/hello" ;;
    *) "$BUILD/tests/load" -H -n 1 127.0.0.1 "$2" hello ;;
    esac >/dev/null 2>&1
}

# Returns 0 once the server answers, 1 if it ended or is silent for 5 s.
server_await() {
    tries=0
    while ! server_answers "$1" "$2"; do
        tries=$((tries + 1))
        [ $tries -le 100 ] && kill -0 "$3" 2>/dev/null || return 1
        sleep 0.05
    done
    kill -0 "$3" 2>/dev/null
}

# Starts a server on a free port. Returns 1, after a message, if that fails.
# Ports are below 32768: the kernel gives those above to clients.
server_start() {
    command -v "$(server_program "$1")" >/dev/null || {
        echo "$1: not installed, goes without" >&2
        return 1
    }
    for attempt in 1 2 3 4 5; do
        port=$(($(cat "$WORK/run/next-port" 2>/dev/null ||
            echo $((18000 + $$ % 12000))) + 1))
        echo $port >"$WORK/run/next-port"
        (server_exec "$1" "$port") &
        pid=$!
        echo $pid >"$WORK/run/$1.pid"
        if server_await "$1" "$port" $pid; then
            echo "$port" >"$WORK/run/$1.port"
            return 0
        fi
        server_stop "$1"
    done
    echo "$1: does not start (tried $attempt ports), goes without" >&2
    return 1
}

server_stop() {
    [ -s "$WORK/run/$1.pid" ] || return 0
    pid=$(server_pid "$1")
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    rm -f "$WORK/run/$1.pid" "$WORK/run/$1.port"
}

server_restart() {
    server_stop "$1"
    server_start "$1"
}

servers_stop() {
    for name in fileserv fileserv+tls unconfined nginx nginx+cache nginx+tls \
        lighttpd rsyncd; do
        server_stop $name
    done
}
