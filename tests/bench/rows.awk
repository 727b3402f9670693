# Reads the rows of a run: section, case, contender, round, metric and value,
# separated by tabs; and facts: "fact", name, text. Provides medians and ratios to
# report.awk and charts.awk.

BEGIN { FS = "\t" }

$1 == "fact" { fact[$2] = $3; next }

{
    value[$1, $2, $3, $5, $4] = $6
    if ($4 > last)
        last = $4
    add("cases", $1, $2)
    add("who", $1, $3)
    add("metrics", $1 SUBSEP $2, $5)
}

# Keeps items in the order of their appearance: item[list, key, 1..]
function add(list, key, name) {
    if (!((list, key, "has", name) in item)) {
        item[list, key, "has", name] = 1
        item[list, key, ++items[list, key]] = name
    }
}

function sort(a, n,    i, j, x) {
    for (i = 2; i <= n; i++) {
        x = a[i]
        for (j = i - 1; j >= 1 && a[j] > x; j--)
            a[j + 1] = a[j]
        a[j + 1] = x
    }
}

# Returns the median of a list, or "" if it is empty; sets LOW and HIGH.
function middle(a, n) {
    LOW = HIGH = ""
    if (n == 0)
        return ""
    sort(a, n)
    LOW = a[1]
    HIGH = a[n]
    return n % 2 ? a[(n + 1) / 2] : (a[n / 2] + a[n / 2 + 1]) / 2
}

function median(section, what, who, metric,    a, n, r) {
    n = 0
    for (r = 1; r <= last; r++)
        if ((section, what, who, metric, r) in value)
            a[++n] = value[section, what, who, metric, r] + 0
    return middle(a, n)
}

# Returns the median of the ratios of who to base in the same round, because a
# disturbance of the machine affects both.
function ratio(section, what, who, base, metric,    a, n, r) {
    n = 0
    for (r = 1; r <= last; r++)
        if ((section, what, who, metric, r) in value &&
            (section, what, base, metric, r) in value &&
            value[section, what, base, metric, r] > 0)
            a[++n] = value[section, what, who, metric, r] / \
                value[section, what, base, metric, r]
    return middle(a, n)
}

function show(format, x) {
    return x == "" ? "–" : sprintf(format, x)
}

# Names for the report.
function title(who) {
    sub(/--/, " --", who)
    sub(/nginx\+cache/, "nginx, open_file_cache", who)
    return who
}

function size_title(mib) {
    return mib % 1024 == 0 ? mib / 1024 " GiB" : mib " MiB"
}
