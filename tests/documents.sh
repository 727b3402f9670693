#!/bin/sh
# Checks that the documents are still true of the tree: every source file that
# they name exists, and in the data paths of ARCHITECTURE.md (lines of "FILE.c
# FUNCTION text") FILE.c defines FUNCTION; the suites in THREATS.md ("`unit:
# names text`") are suites of tests/KIND; each option in the tables of both
# programs is in its --help, its manual and README.md; the configuration of
# HAProxy in README.md is the one that is tested, without its comments. Prints
# DOCUMENT: NAME of each breach.
set -u
cd "$(dirname "$0")/.." || exit 1

files=$(find . -path ./build -prune -o -type f -print | sed 's|^\./||')
failed=0

report() {
	echo "$1: $2"
	failed=1
}

for document in README.md common/*.md tests/*.md; do
	# fuzz_NAME.c stands for others.
	while read -r name; do
		[ -z "$name" ] || echo "$files" | grep -qE "(^|/)$name\$" ||
			report "$document" "there is no $name"
	done <<END
$(grep -oE '[A-Za-z][A-Za-z0-9_/.-]*\.([chl18]|sh|md|mk|awk)\b' "$document" |
		grep -v NAME | sort -u)
END
done

# Each "${NAME}" has the value that presetenv gives it.
# shellcheck disable=SC2016 # awk, not the shell, reads it
balancer='/^ *presetenv / { value["\"${" $2 "}\""] = $3 }
	/^defaults/ { shown = 1 }
	shown && !/^ *#/ {
		if ($NF in value) sub(/"[^"]*"$/, value[$NF])
		print
	}'
shown=$(awk '/^```/ { inside = $0 == "```haproxy"; next } inside' README.md)
[ "$shown" = "$(awk "$balancer" tests/machines/haproxy.cfg)" ] ||
	report README.md 'its configuration is not tests/machines/haproxy.cfg'

document=common/ARCHITECTURE.md
while read -r file function; do
	grep -q "^$function(" "$file" 2>/dev/null ||
		report $document "$file does not define $function"
done <<END
$(sed -nE 's/^    ([a-z_/]+\.c) +([a-z_]+) .*/\1 \2/p' $document)
END

document=tests/THREATS.md
while read -r kind suite; do
	[ -f "tests/$kind/${kind}_$suite.c" ] ||
		grep -qr "suite_create(\"$suite\")" "tests/$kind" ||
		report $document "tests/$kind has no suite $suite"
done <<END
$(# shellcheck disable=SC2016 # backquotes of the document
	grep -oE '`[a-z0-9]+: [a-z0-9_ ]+`' $document | tr -d '`:' |
	awk '{ for (i = 2; i <= NF; i++) print $1, $i }' | sort -u)
END

# check_options TABLE HELP MANUAL: in README.md the letter is enough.
check_options() {
	while read -r name letter; do
		grep -q "Fl -$name\$\|Fl -$name \|, -$name\$\|, -$name " "$3" ||
			report "$3" "no --$name"
		grep -q -e "--$name" "$2" || report "$2" "no --$name"
		grep -q -e "--$name" -e "\`-${letter:-none}" README.md ||
			report README.md "no --$name of $1"
	done <<END
$(sed -nE "s/^    \\{(0|'(.)'), \"([a-z0-9-]+)\", OPTIONS_.*/\\3 \\2/p" "$1" |
		grep -vE 'help|version')
END
}
check_options client/client_options.c client/help.c client/fileget.1
check_options server/server_options.c server/server_options.c server/fileserv.8
exit $failed
