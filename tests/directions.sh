#!/bin/sh
# Checks the includes of client/, server/ and common/: a room (a folder)
# includes only the rooms that its line in the table names, no module (NAME.c,
# NAME.h and NAME_private.h) includes itself through others, and no chain of
# rooms is longer than floors_max. Prints FILE:LINE of each breach.
set -u
cd "$(dirname "$0")/.." || exit 1

# A room and the rooms that it may include, besides itself.
rooms='common
server          common
client/ui       common
client/filter   common
client/trust    client/ui common
client/wire     client/trust client/ui common
client/store    client/filter client/ui common
client/transfer client/store client/wire client/filter client/ui common
client/follow   client/store client/wire client/ui common
client/browse   client/transfer client/wire client/filter client/ui common
client/prompt   client/browse client/transfer client/wire client/ui common
client          client/prompt client/browse client/transfer client/follow
client          client/store client/wire client/trust client/filter
client          client/ui common'
floors_max=8

# check_includes FOLDER: fails if there is a breach below FOLDER.
check_includes() (
	cd "$1" && find common server client -name '*.[ch]' -exec \
		awk -v rooms="$rooms" -v floors_max=$floors_max '
function report(where, text) {
	print where ": " text
	breaches++
}
# trail is the modules that led to this one.
function find_circles(module, trail,    names, n, i) {
	trail = trail module " "
	n = split(includes[module], names)
	for (i = 1; i <= n; i++)
		if ((at = index(trail, " " names[i] " ")) > 0)
			report(place[module, names[i]],
			    "a circle:" substr(trail, at) names[i])
		else if (!(names[i] in visited))
			find_circles(names[i], trail)
	visited[module] = 1
}
# Returns the number of rooms in the longest chain that begins at this one.
function count_floors(room,    names, n, i, floors, most) {
	n = split(below[room], names)
	for (i = 1; i <= n; i++)
		if ((floors = count_floors(names[i])) > most)
			most = floors
	return most + 1
}
BEGIN {
	n = split(rooms, lines, "\n")
	for (i = 1; i <= n; i++) {
		count = split(lines[i], words)
		for (j = 1; j <= count; j++)
			allowed[words[1], words[j]] = 1
	}
}
/^#include "/ {
	split($0, quoted, "\"")
	from = FILENAME
	to = quoted[2]
	sub("/[^/]*$", "", from)
	sub("/[^/]*$", "", to)
	if (!((from, to) in allowed)) {
		report(FILENAME ":" FNR, from " may not include " quoted[2])
		next
	}
	if (from != to && index(below[from] " ", " " to " ") == 0)
		below[from] = below[from] " " to
	from = FILENAME
	to = quoted[2]
	sub("(_private)?[.][ch]$", "", from)
	sub("(_private)?[.][ch]$", "", to)
	if (from != to && !((from, to) in place)) {
		place[from, to] = FILENAME ":" FNR
		includes[from] = includes[from] " " to
	}
}
END {
	for (module in includes)
		if (!(module in visited))
			find_circles(module, " ")
	for (room in below)
		if ((floors = count_floors(room)) > floors_max)
			report(room, floors " floors; at most " floors_max)
	exit breaches > 0
}' {} +
)

# expect_report TEXT [FILE INCLUDED]: fails unless TEXT is in the report of a
# small clean tree to which this include was added. TEXT '' stands for no report.
expect_report() (
	tree=$(mktemp -d) || exit 1
	trap 'rm -rf "$tree"' EXIT
	mkdir -p "$tree/common" "$tree/server" "$tree/client/ui" \
		"$tree/client/wire" "$tree/client/store"
	echo '#include "common/a.h"' >"$tree/client/ui/b.h"
	echo '#include "client/ui/b.h"' >"$tree/client/ui/c.c"
	echo '#include "client/ui/c.h"' >"$tree/client/wire/d.h"
	[ $# -eq 1 ] || echo "#include \"$3\"" >>"$tree/$2"
	found=$(check_includes "$tree") && [ -z "$1$found" ] && exit
	case $found in
	*"${1:-no report}"*) ;;
	*) echo "$0: expected '$1', got '$found'" && exit 1 ;;
	esac
)

expect_report '' &&
	expect_report 'common/a.h:1: common may not' common/a.h server/e.h &&
	expect_report 'server/e.c:1: server may not' server/e.c client/ui/b.h &&
	expect_report 'ui/b.h:2: client/ui may not' client/ui/b.h client/wire/d.h &&
	expect_report 'store/e.h:1: client/store may not' \
		client/store/e.h client/wire/d.h &&
	expect_report ': a circle: client/ui/' client/ui/b.h client/ui/c.h &&
	(floors_max=2 && expect_report 'client/wire: 3 floors') &&
	check_includes .
