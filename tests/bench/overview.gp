# Draws the overview. Needs dir, the folder that charts.awk wrote.
set encoding utf8
set terminal svg size 960,620 font "sans-serif,13" background "white" noenhanced
set output dir."/overview.svg"
load dir."/titles.gp"
titles(i) = i == 1 ? file_title : i == 2 ? tree_title : \
    i == 3 ? "1 KiB requests, 64 connections: 1000/s" : \
    i == 4 ? "32 under way on each, 32 files in turn: 1000/s" : \
    i == 5 ? "server CPU for a 1 KiB request: µs" : \
    "memory of an idle connection: KiB"
better(i) = i == 3 || i == 4 ? " (more is better)" : " (less is better)"
unset key
unset xtics
set border 2
set style fill solid 1.0 noborder
set linetype 1 linecolor rgb "#1f6fb2"
set linetype 2 linecolor rgb "#b9c2cc"
set ytics nomirror scale 0
set offsets 0, 0, 0.6, 0.6
set multiplot
do for [i = 1:6] {
    name = dir."/".word("file tree ping deep cpu idle", i).".dat"
    set lmargin at screen i % 2 ? 0.17 : 0.67
    set rmargin at screen i % 2 ? 0.48 : 0.98
    row = (i - 1) / 2
    set tmargin at screen 0.95 - 0.335 * row
    set bmargin at screen 0.70 - 0.335 * row
    stats name using 2 nooutput
    set xrange [0:STATS_max * 1.2]
    set title titles(i).better(i) font "sans-serif,11.5" offset -4,-0.6
    plot name using ($2 / 2):(-$0):($2 / 2):(0.36):3:ytic(1) \
            with boxxyerror linecolor variable, \
        name using 2:(-$0):(sprintf(" %.3g", $2)) with labels left
}
unset multiplot
