/*
 * The text of --help, and the end of the program after a mistake on the
 * command line.
 */

#include <err.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/ui/failure.h"
#include "client/usage.h"

const char usage_help[] =
    "usage: fileget [options] HOST PORT [NAME...]  (or HOST:PORT [NAME...])\n"
    "Fetches each NAME into new<name>, verified; without NAME it asks for "
    "them.\n"
    "\n"
    "  -r, --recursive   fetch the folder NAME as new<name>/...\n"
    "      --hidden      also names in it that begin with a dot\n"
    "  -l, --list        list NAME (or the top) instead; -lr the whole tree\n"
    "  -f, --follow      fetch and print what is appended, as tail -f does\n"
    "Output\n"
    "  -o, --output FILE           write to FILE, - for standard output\n"
    "  -P, --directory-prefix DIR  write into DIR (default: .)\n"
    "  -k, --keep-name             write <name>, without 'new' in front\n"
    "  -n, --no-clobber            never replace a file\n"
    "  -u, --update                skip files that are the same already\n"
    "  -i, --input-file FILE       fetch the names in FILE (- for standard "
    "input)\n"
    "  -0, --null                  names in FILE end with NUL\n"
    "Verification and limits\n"
    "      --sha256 HEX            also require this SHA-256 (one NAME)\n"
    "  -c, --check FILE            fetch the names in a sha256sum file, check\n"
    "      --base DIR              names in FILE are below DIR; keep folders\n"
    "      --sums                  print sha256sum lines of the written files\n"
    "      --no-verify             do without the digest\n"
    "      --no-resume             ignore part files of earlier runs\n"
    "      --fsync                 have it on disk before reporting success\n"
    "      --max-size SIZE         refuse anything larger (k, M, G, T)\n"
    "      --no-sandbox            keep all rights of the user\n"
    "Network (times in seconds)\n"
    "  -j, --jobs N                up to N connections (default: 1)\n"
    "      --limit-rate RATE       bytes a second (k, M, G, T)\n"
    "      --wait S                wait up to S for a name to exist\n"
    "      --settle S              fetch a file once unchanged for S\n"
    "      --connect-timeout S     limit for connecting (default: 10)\n"
    "      --timeout S             limit without a byte received (default: "
    "30)\n"
    "      --retry N               further tries after a failure (default: "
    "5)\n"
    "\n"
    "  -q, --quiet  -v, --verbose  --json  --progress auto|bar|plain|none\n"
    "  -V, --version  -h, --help\n";

void
usage_error(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vwarnx(format, ap);
	va_end(ap);
	fputs("try 'fileget --help'\n", stderr);
	exit(EXIT_USAGE);
}
