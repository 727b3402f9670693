# Writes RESULTS.md from the rows of a run. Used with rows.awk.

function one_mark(work, wanted, got, held,    missing) {
    missing = got == "–"
    printf "| %s | %s | %s | %s |\n", work, wanted, missing ? "not measured" : got, \
        missing ? got : held ? "met" : "**missed**"
}

# Notes to the table before them.
function one_fact(work, got) {
    printf "| %s | | %s | no goal |\n", work, got
}

# mark_most: the metric of who may be at most limit times that of base.
function mark_most(work, section, what, who, base, metric, limit, note,    x) {
    x = ratio(section, what, who, base, metric)
    one_mark(work, "at most " limit " x " note, show("%.2f x", x), x <= limit)
}

# mark_least: the metric of more must be at least limit times that of less.
function mark_least(work, section, what, more, less, metric, limit, note,    x) {
    x = ratio(section, what, more, less, metric)
    one_mark(work, (limit == 1 ? "faster than " : "at least " limit " x ") note, \
        show("%.2f x", x), limit == 1 ? x > 1 : x >= limit)
}

function calls(what,    i, sum) {
    sum = ""
    for (i = 1; i <= items["metrics", "calls", what]; i++)
        sum = sum + value["calls", what, "fileserv", item["metrics", "calls", what, i], 1]
    return sum
}

function tls_marks(    x) {
    mark_least("one file of " size_title(fact["tls mib"]) " inside TLS, verified, one connection", "tls", "file", "curl", "fileget", "wall", 1.5, "faster than curl from nginx")
    mark_least("handshakes a second, one at a time", "tls", "handshakes 1", "fileserv+tls", "nginx+tls", "requests/s", 1, "nginx")
    mark_least("the same, 64 at a time", "tls", "handshakes 64", "fileserv+tls", "nginx+tls", "requests/s", 1, "nginx")
    x = median("tls", tls_idle(), "fileserv+tls", "idle kib")
    one_mark(substr(tls_idle(), 6) " idle connections inside TLS", "at most 56 KiB each", show("%.1f KiB", x), x <= 56)
}

function marks(    file, i, n, peer, peers, most, x) {
    file = size_title(fact["mib"])
    n = split("curl wget aria2c rsync", peers, " ")
    print "| work | goal | measured | |"
    print "| --- | --- | --- | --- |"
    mark_most("one file of " file ", onto disk, --no-verify", "file", "disk", "fileget--no-verify", "cp", "wall", 1.2, "cp")
    for (i = 1; i <= n; i++)
        mark_least("", "file", "disk", peers[i], "fileget--no-verify", "wall", 2, "faster than " peers[i])
    mark_most("the same, verified (the default)", "file", "disk", "fileget", "cp", "wall", 1.8, "cp")
    for (i = 1; i <= n; i++)
        mark_least("", "file", "disk", peers[i], "fileget", "wall", 1, peers[i])
    x = median("reuse", 100, "fileget--reuse", "wall")
    one_mark("the same, with an older copy here (--reuse) of which 1 % differs", "at most 1.5 s a GiB", \
        show("%.2f s", x == "" ? "" : x * 1024 / fact["mib"]), x * 1024 / fact["mib"] <= 1.5)
    mark_most("the same, with an older copy that differs in every block", "reuse", 1, "fileget--reuse", "fileget", "wall", 1.1, "without --reuse")
    mark_most(fact["small"] " files of 4 KiB, verified, onto tmpfs", "tree", "small", "fileget", "cp", "wall", 1.5, "cp -r")
    mark_least("", "tree", "small", "rsync", "fileget", "wall", 2, "faster than rsync")
    mark_least("", "tree", "small", "curl", "fileget", "wall", 4, "faster than curl -Z")
    mark_most("server CPU per 1 KiB request, 64 connections, keep-alive", "requests", "1k 64 1", "fileserv", "nginx+cache", "cpu us/request", 1, "nginx with open_file_cache")
    mark_least("1 KiB requests/s, one connection, ping-pong", "requests", "1k 1 1", "fileserv", "nginx", "requests/s", 1.1, "nginx")
    mark_least("1 KiB requests/s, 64 connections, 32 deep, all for one file", "requests", "1k 64 32", "fileserv", "nginx", "requests/s", 4, "nginx")
    one_fact("the same, for 32 files in turn", show("%.2f x", ratio("many", "1k 64 32", "fileserv", "nginx", "requests/s")))
    mark_most("server CPU per new connection with one request, one at a time", "connects", "1k 1", "fileserv", "nginx", "cpu us/request", 1.6, "nginx")
    mark_most("the same, 64 at a time", "connects", "1k 64", "fileserv", "nginx", "cpu us/request", 1.6, "nginx")
    most = item["cases", "idle", items["cases", "idle"]]
    x = median("idle", most, "fileserv", "idle kib")
    one_mark(most " idle connections", "at most 40 KiB each", show("%.1f KiB", x), x <= 40)
    x = median("idle", most, "fileserv", "next max us")
    one_mark("the next request on each of them", "the slowest under 10 ms", show("%.2f ms", x == "" ? "" : x / 1000), x < 10000)
    x = median("several", "5, 20, 80 MiB/s", "fileget", "share")
    one_mark("a file from three servers of 5, 20 and 80 MiB/s, -j 6", "at least 90 % of the sum", show("%.0f %%", x), x >= 90)
    if (items["cases", "tls"] > 0)
        tls_marks()
    x = calls("pipelined")
    one_mark("system calls for a pipelined 1 KiB request, all for one file", "at most 5", show("%.2f", x), x < 5.05)
    x = calls("pipelined, 32 files")
    one_mark("the same, for 32 files in turn", "at most 6", show("%.2f", x), x < 6.05)
    x = calls("ping-pong")
    one_mark("system calls for a ping-pong 1 KiB request", "at most 7", show("%.2f", x), x < 7.05)
    x = median("calls", "file, verified", "fileserv", "sendfile")
    one_mark("sendfile for a MiB of a file, verified", "at most 1", show("%.3f", x), x <= 1.005)
}

function transfers(section, what, heading,    i, n, who, x) {
    if (!(("cases", section, "has", what) in item))
        return
    print "\n### " heading "\n"
    print "| | median s | min to max | to cp | to fileget | client CPU s | server CPU s | client MiB | server MiB |"
    print "| --- | --: | --: | --: | --: | --: | --: | --: | --: |"
    n = items["who", section]
    for (i = 1; i <= n; i++) {
        who = item["who", section, i]
        x = median(section, what, who, "wall")
        if (x == "")
            continue
        printf "| %s | %.3f | %.3f to %.3f |", title(who), x, LOW, HIGH
        printf " %s | %s |", show("%.2f", ratio(section, what, who, "cp", "wall")), \
            show("%.2f", ratio(section, what, who, "fileget", "wall"))
        printf " %s | %s |", show("%.3f", median(section, what, who, "client cpu")), \
            show("%.3f", median(section, what, who, "server cpu"))
        x = median(section, what, who, "server kib")
        printf " %.1f | %s |\n", median(section, what, who, "client kib") / 1024, \
            show("%.1f", x == "" || who == "rsync" ? "" : x / 1024)
    }
}

# One line for each case, one column for each server.
function table(section, metric, format, base, heading,    c, w, what, who, x, n) {
    n = items["who", section]
    if (n == 0)
        return
    printf "\n%s\n\n|", heading
    for (w = 0; w <= n; w++)
        printf " %s |", w ? title(item["who", section, w]) : ""
    print base != "" ? " fileserv to " title(base) " |" : ""
    printf "| --- |"
    for (w = 1; w <= n; w++)
        printf " --: |"
    print base != "" ? " --: |" : ""
    for (c = 1; c <= items["cases", section]; c++) {
        what = item["cases", section, c]
        printf "| %s |", case_title(section, what)
        for (w = 1; w <= n; w++) {
            x = median(section, what, item["who", section, w], metric)
            printf " %s |", x == "" ? "–" : sprintf(format, x) \
                (metric == "requests/s" ? sprintf(" (" format " to " format ")", LOW, HIGH) : "")
        }
        print base != "" ? " " show("%.2f", ratio(section, what, "fileserv", base, metric)) " |" : ""
    }
}

function case_title(section, what,    a) {
    split(what, a, " ")
    if (section == "requests" || section == "many" || section == "confined")
        return a[1] ", " a[2] (a[2] == 1 ? " connection, " : " connections, ") (a[3] == 1 ? "ping-pong" : a[3] " deep")
    if (section == "connects")
        return a[1] ", " a[2] " at a time"
    if (section == "sizes")
        return what >= 1048576 ? what / 1048576 " GiB" : what >= 1024 ? what / 1024 " MiB" : what " KiB"
    return what
}

function call_table(    c, i, what, name, n) {
    for (c = 1; c <= items["cases", "calls"]; c++) {
        what = item["cases", "calls", c]
        printf "- %s: **%.2f** for each %s (", what, calls(what), what ~ /^file/ ? "MiB" : "request"
        n = 0
        for (i = 1; i <= items["metrics", "calls", what]; i++) {
            name = item["metrics", "calls", what, i]
            if (value["calls", what, "fileserv", name, 1] >= 0.01)
                printf "%s%s %.2f", n++ ? ", " : "", name, value["calls", what, "fileserv", name, 1]
        }
        print ")"
    }
}

END {
    print "# Results\n"
    print "Written by `make bench`; tests/bench/bench.sh says what is measured and how.\n"
    print "![overview](overview.svg)\n\n(blue: fileserv and fileget; grey: others)\n"
    print "## The goals\n"
    print "Each ratio is the median, over all rounds, of the ratio of two runs in the same round.\n"
    marks()

    print "\n## The machine\n"
    printf "- %s; %s; measured %s in %s\n", fact["machine"], fact["kernel"], fact["date"], fact["took"]
    printf "- load of other work on the processors before the start: %s\n", fact["others"]
    printf "- disk: %s; tmpfs: %s; congestion control: %s; everything served is in the page cache; no program waits for the disk (only aria2c calls fsync, and has no option against it)\n", fact["disk"], fact["tmpfs"], fact["congestion"]
    printf "- %s rounds after a warm-up, the programs in turn; %s; %s descriptors\n", fact["rounds"], fact["seconds"], fact["descriptors"]
    if (fact["mib"] != fact["wanted mib"])
        printf "- **too little room, or too slow a disk, for %s**: the large file has %s\n", size_title(fact["wanted mib"]), size_title(fact["mib"])
    print "- no server logs requests; fileserv is confined by Landlock and seccomp, its default; nginx has a worker for each core, sendfile on, tcp_nopush off, tcp_nodelay on; fileserv uses reno on loopback, the others use the system's congestion control; the other programs have their default buffers"
    split("cp nginx lighttpd rsync curl wget aria2c cc", program, " ")
    for (i = 1; i <= 8; i++)
        print "- " program[i] ": " (program[i] in fact ? fact[program[i]] : "**not installed, or not usable: its columns are missing**")

    print "\n## One large file"
    transfers("file", "disk", size_title(fact["mib"]) " onto disk")
    transfers("file", "tmpfs", size_title(fact["mib"]) " onto tmpfs")
    transfers("reuse", 100, size_title(fact["mib"]) " onto disk, with an older copy of which 1 % differs")
    transfers("reuse", 1, size_title(fact["mib"]) " onto disk, with an older copy that differs in every block")
    print "\ncurl, wget and aria2c fetch from nginx, rsync from its daemon. fileget and rsync verify a digest by default; the others do not. Memory is the peak of resident memory, for servers of all their processes together."

    print "\n## Many files, onto tmpfs"
    transfers("tree", "small", fact["small"] " files of 4 KiB (cp -r, fileget -r, rsync -rt, curl -Z, wget -i, aria2c -i)")
    transfers("tree", "mixed", "Sizes of a source tree: " fact["mixed"])

    print "\n## Requests"
    table("requests", "requests/s", "%.0f", "nginx", "Requests a second: median (min to max); a reply that was incomplete at the end counts in proportion to its bytes")
    table("requests", "cpu us/request", "%.2f", "nginx+cache", "Server CPU for each, microseconds")
    table("requests", "p50 us", "%.0f", "", "Latency, median, microseconds (32 deep: including the wait in the queue)")
    table("requests", "p99 us", "%.0f", "", "Latency, 99 %, microseconds")
    print "\n### Each request for another file than the one before: 32 files in turn"
    table("many", "requests/s", "%.0f", "nginx", "Requests a second: median (min to max)")
    table("many", "cpu us/request", "%.2f", "nginx+cache", "Server CPU for each, microseconds")
    print "\n### Cost of the sandbox (fileserv with and without it, by --no-sandbox; 32 files in turn)"
    table("confined", "requests/s", "%.0f", "unconfined", "Requests a second: median (min to max)")
    table("confined", "cpu us/request", "%.2f", "unconfined", "Server CPU for each, microseconds")
    print "\n### A new connection for each request"
    table("connects", "requests/s", "%.0f", "nginx", "Connections a second")
    table("connects", "cpu us/request", "%.1f", "nginx", "Server CPU for each, microseconds")

    print "\n## Idle connections"
    table("idle", "idle kib", "%.1f", "", "Memory of each, KiB, user and kernel")
    table("idle", "idle user kib", "%.1f", "", "Resident memory of the processes, part of it, KiB")
    table("idle", "threads", "%d", "", "Threads")
    table("idle", "p50 us", "%.0f", "", "Latency of an active client beside them (1 KiB, ping-pong): median, microseconds")
    table("idle", "p99 us", "%.0f", "", "... 99 %")
    table("idle", "next p50 us", "%.0f", "", "Latency of the next request on each idle connection: median, microseconds")
    table("idle", "next p99 us", "%.0f", "", "... 99 %")
    table("idle", "next max us", "%.0f", "", "... the slowest")
    print "\nMemory is the growth of the server's resident memory and page tables, of the machine's kernel stacks, and of its slab. Slab memory of threads and mappings counts in full, the rest (sockets, files) by half, because both ends are on this machine." \
        (fact["slabinfo"] == "no" ? " **/proc/slabinfo cannot be read here: threads count by half too.**" : "")

    if (items["cases", "tls"] > 0) {
        print "\n## Inside TLS\n"
        tls_tables()
    }

    print "\n## Growth\n"
    print "![growth](growth.svg)"
    table("callers", "requests/s", "%.0f", "nginx+cache", "1 KiB requests a second by connections, ping-pong")
    table("sizes", "wall", "%.4f", "", "Seconds for a file onto tmpfs, by its size (including the start of the program)")

    print "\n## System calls of fileserv\n"
    call_table()
}
