/*
 * What --help shows.
 */

#include <stdio.h>

#include "client/help.h"

static const char text[] =
    "usage: fileget [options] HOST PORT [NAME...]  (or HOST:PORT [NAME...])\n"
    "Fetches each NAME into new<name>, verified; without NAME it asks for "
    "them.\n"
    "\n"
    "  -r, --recursive   fetch the folder NAME as new<name>/...\n"
    "      --hidden      and names in it that begin with a dot\n"
    "  -l, --list        list NAME (or the top) instead; -lr the whole tree\n"
    "  -f, --follow      go on with what is appended, to standard output\n"
    "Where it goes\n"
    "  -o, --output FILE           write to FILE, - for standard output\n"
    "  -P, --directory-prefix DIR  write into DIR (default: .)\n"
    "  -k, --keep-name             without the 'new'\n"
    "  -n, --no-clobber  -u, --update  never replace; skip what is the same\n"
    "  -i, --input-file FILE       names from FILE (-: standard input), one a"
    " line\n"
    "  -0, --null                  with NUL between them\n"
    "Verification and limits\n"
    "      --sha256 HEX            also require this SHA-256 (one NAME)\n"
    "  -c, --check FILE            names and sums from a sha256sum file\n"
    "      --base DIR              they are in DIR there; keep folders\n"
    "      --sums                  print sha256sum lines of what was written\n"
    "      --no-verify, --no-resume  without the digest; from the start\n"
    "      --fsync                 on disk before success is reported\n"
    "      --max-size SIZE         refuse anything larger (k, M, G, T)\n"
    "      --no-sandbox            keep all rights, such as to write "
    "elsewhere\n"
    "Network (times in seconds)\n"
    "  -j, --jobs N                up to N connections (default: 1)\n"
    "      --limit-rate RATE       bytes a second (k, M, G, T)\n"
    "      --wait S, --settle S    for a name to exist; for it to stand still\n"
    "      --connect-timeout S     to connect (default: 10)\n"
    "      --timeout S             without a byte received (default: 30)\n"
    "      --retry N               tries after a broken connection (default: "
    "5)\n"
    "\n"
    "  -q, --quiet  -v, --verbose  --json  --progress auto|bar|plain|none\n"
    "  -V, --version  -h, --help\n";

void
help_print(void)
{
	fputs(text, stdout);
}
