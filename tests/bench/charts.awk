# Writes the data of the charts, one file for each panel, into the folder out:
# title, value and colour (1 ours, 2 others). Used with rows.awk.

function label(who) {
    return who == "nginx+cache" ? "nginx, files cached" : title(who)
}

function bars(name, section, what, metric, scale, wanted,    i, n, list, x, to) {
    n = split(wanted, list, " ")
    to = out "/" name ".dat"
    printf "" >to
    for (i = 1; i <= n; i++) {
        x = median(section, what, list[i], metric)
        if (x != "")
            printf "\"%s\"\t%.6g\t%d\n", label(list[i]), x * scale, list[i] ~ /^file/ ? 1 : 2 >to
    }
    close(to)
}

function curve(name, section, who, metric,    c, what, x, to) {
    to = out "/" name ".dat"
    printf "" >to
    for (c = 1; c <= items["cases", section]; c++) {
        what = item["cases", section, c]
        x = median(section, what, who, metric)
        if (x != "")
            printf "%s\t%.6g\n", what, section == "sizes" ? what / 1024 / x : x / 1000 >to
    }
    close(to)
}

END {
    fetchers = "cp fileget--no-verify fileget curl wget aria2c rsync"
    servers = "fileserv nginx+cache nginx lighttpd"
    bars("file", "file", "disk", "wall", 1, fetchers)
    bars("tree", "tree", "small", "wall", 1, fetchers)
    bars("ping", "requests", "1k 64 1", "requests/s", 0.001, servers)
    bars("deep", "many", "1k 64 32", "requests/s", 0.001, servers)
    bars("cpu", "requests", "1k 64 1", "cpu us/request", 1, servers)
    bars("idle", "idle", item["cases", "idle", items["cases", "idle"]], "idle kib", 1, servers)
    curve("callers-fileserv", "callers", "fileserv", "requests/s")
    curve("callers-nginx", "callers", "nginx+cache", "requests/s")
    curve("sizes-cp", "sizes", "cp", "wall")
    curve("sizes-fileget", "sizes", "fileget", "wall")
    curve("sizes-curl", "sizes", "curl", "wall")
    titles = out "/titles.gp"
    printf "file_title = \"%s onto disk: seconds\"\n", size_title(fact["mib"]) >titles
    printf "tree_title = \"%s files of 4 KiB: seconds\"\n", fact["small"] >titles
}
