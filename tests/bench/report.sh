#!/bin/sh
# Writes RESULTS.md and charts from the rows of a run.
# usage: tests/bench/report.sh ROWS FOLDER
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# NOTES.md holds what is known about these figures beyond one run.
{
    awk -f "$here/rows.awk" -f "$here/tls.awk" -f "$here/report.awk" "$1"
    [ ! -f "$here/NOTES.md" ] || { echo && cat "$here/NOTES.md"; }
} >"$2/RESULTS.md"

command -v gnuplot >/dev/null || {
    echo "gnuplot: not installed, goes without charts" >&2
    exit 0
}
awk -v out="$2" -f "$here/rows.awk" -f "$here/charts.awk" "$1"
for chart in overview growth; do
    gnuplot -e "dir='$2'" "$here/$chart.gp" ||
        echo "$chart: gnuplot could not draw it" >&2
done
