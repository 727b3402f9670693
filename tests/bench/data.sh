# Sourced: creates the served files in $SERVED: hello, 1k, 1k00 to 1k31, 64k, 1m,
# big, small/ and mixed/. Needs MIB (size of big), SMALL (hundreds of files of
# 4 KiB) and MIXED (files with sizes of a source tree). Random bytes, which do not
# compress.
# shellcheck shell=sh

data_random() {
    head -c "$1" "$SERVED/../block"
}

# data_file NAME MIB: repeats the random 16 MiB.
data_file() {
    left=$2
    while [ "$left" -ge 16 ]; do
        cat "$SERVED/../block"
        left=$((left - 16))
    done >"$SERVED/$1"
    [ "$left" -eq 0 ] || data_random $((left * 1048576)) >>"$SERVED/$1"
}

data_small() {
    mkdir "$SERVED/small"
    folder=0
    while [ $((folder * 100)) -lt "$SMALL" ]; do
        mkdir "$SERVED/small/$folder"
        data_random 409600 |
            split -b 4096 -a 2 -d - "$SERVED/small/$folder/file"
        folder=$((folder + 1))
    done
}

# Sizes as in a source tree, the same each time: half below 4 KiB, one in a
# hundred over 100 KiB.
data_mixed() {
    mkdir "$SERVED/mixed"
    awk -v files="$MIXED" 'BEGIN {
        srand(1)
        for (i = 0; i < files; i++) {
            normal = 0
            for (k = 0; k < 12; k++)
                normal += rand()
            size = int(exp(8.3 + 1.5 * (normal - 6)))
            if (size > 2097152)
                size = 2097152
            printf "%d %d/file%d.c\n", size, i / 25, i
        }
    }' | while read -r size name; do
        [ -d "$SERVED/mixed/${name%/*}" ] || mkdir "$SERVED/mixed/${name%/*}"
        data_random "$size" >"$SERVED/mixed/$name"
    done
}

# data_lists TREE PORT: writes lists of URLs, for clients that cannot walk a tree.
data_lists() {
    url=http://127.0.0.1:$2
    (cd "$SERVED" && find "$1" -type f) |
        awk -v url="$url" -v to="$WORK/run/$1" '{
            print url "/" $0 >to ".wget"
            print "url=\"" url "/" $0 "\"\noutput=\"" $0 "\"" >to ".curl"
            print url "/" $0 "\n out=" $0 >to ".aria2"
        }'
}

data_make() {
    head -c 16777216 /dev/urandom >"$SERVED/../block"
    echo hello >"$SERVED/hello"
    data_random 1024 >"$SERVED/1k"
    data_random 32768 | split -b 1024 -a 2 -d - "$SERVED/1k"
    data_random 65536 >"$SERVED/64k"
    data_random 1048576 >"$SERVED/1m"
    data_file big "$MIB"
    data_small
    data_mixed
    # Reads all files into the page cache.
    find "$SERVED" -type f -exec cat {} + >/dev/null
}
