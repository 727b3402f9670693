# Draws the curves. Needs dir, the folder that charts.awk wrote.
set encoding utf8
set terminal svg size 960,360 font "sans-serif,13" background "white" noenhanced
set output dir."/growth.svg"
set multiplot layout 1,2 margins 0.07,0.98,0.15,0.9 spacing 0.08
set logscale x
set border 3
set tics nomirror
set grid ytics linecolor rgb "#dddddd"
set yrange [0:*]
set style data linespoints
set linetype 1 linecolor rgb "#1f6fb2" linewidth 2 pointtype 7 pointsize 0.6
set linetype 2 linecolor rgb "#8a949e" linewidth 2 pointtype 7 pointsize 0.6
set linetype 3 linecolor rgb "#d08770" linewidth 2 pointtype 7 pointsize 0.6
set key bottom left
set title "1 KiB requests: thousands a second" font "sans-serif,12"
set xlabel "connections"
plot dir."/callers-fileserv.dat" title "fileserv", \
    dir."/callers-nginx.dat" title "nginx, open_file_cache"
set key top left
set title "one file onto tmpfs: MiB a second" font "sans-serif,12"
set xlabel "size"
set xtics ("1 KiB" 1, "64 KiB" 64, "1 MiB" 1024, "16 MiB" 16384, \
    "256 MiB" 262144, "4 GiB" 4194304)
plot dir."/sizes-fileget.dat" title "fileget, verified", \
    dir."/sizes-cp.dat" title "cp", \
    dir."/sizes-curl.dat" title "curl from nginx"
unset multiplot
