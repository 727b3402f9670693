# The part of RESULTS.md about TLS. Used with rows.awk; tls.sh alone prints it with
# -v alone=1.

function tls_value(what, who, metric, format) {
    return show(format, median("tls", what, who, metric))
}

function tls_file(who, size,    speed, x, ceiling) {
    x = median("tls", "file", who, "wall")
    if (x == "")
        return
    speed = size / x
    ceiling = median("tls", "ceiling", "openssl", "MiB/s")
    printf "| %s | %s | %.0f | %s | %s | %s |\n", who, tls_value("file", who, "wall", "%.3f"), speed, \
        (ceiling > 0 ? sprintf("%.2f", speed / ceiling) : "–"), \
        tls_value("file", who, "client cpu", "%.3f"), tls_value("file", who, "server cpu", "%.3f")
}

function tls_load(what, metric, format, heading, base) {
    printf "| %s | %s | %s | %s |\n", heading, tls_value(what, "fileserv+tls", metric, format), \
        tls_value(what, "nginx+tls", metric, format), \
        show("%.2f", ratio("tls", what, "fileserv+tls", "nginx+tls", metric))
}

function tls_idle(    c) {
    for (c = 1; c <= items["cases", "tls"]; c++)
        if (item["cases", "tls", c] ~ /^idle/)
            return item["cases", "tls", c]
}

function tls_tables(    idle) {
    idle = tls_idle()
    printf "TLS 1.3, TLS_AES_128_GCM_SHA256, keys of P-256; nothing is resumed. The cipher alone (`openssl speed`, one thread, 16 KiB): %s MiB/s.\n", \
        tls_value("ceiling", "openssl", "MiB/s", "%.0f")
    print "\n| one file onto tmpfs, verified by fileget | median s | MiB/s | to the cipher alone | client CPU s | server CPU s |"
    print "| --- | --: | --: | --: | --: | --: |"
    tls_file("fileget", fact["tls mib"])
    tls_file("fileget-j2", fact["tls mib"])
    tls_file("curl", fact["tls mib"])
    print "\n| | fileserv | nginx | fileserv to nginx |"
    print "| --- | --: | --: | --: |"
    tls_load("handshakes 1", "requests/s", "%.0f", "connections a second, each with one request: one at a time")
    tls_load("handshakes 1", "cpu us/request", "%.0f", "... server CPU for each, microseconds")
    tls_load("handshakes 64", "requests/s", "%.0f", "64 at a time")
    tls_load("handshakes 64", "cpu us/request", "%.0f", "... server CPU for each, microseconds")
    tls_load(idle, "idle kib", "%.1f", substr(idle, 6) " idle connections: memory of each, KiB")
    tls_load(idle, "idle user kib", "%.1f", "... resident memory of the processes, part of it, KiB")
}

END {
    if (alone)
        tls_tables()
}
