/* The help texts of the prompt, and advice for commands of similar programs.
 * prompt/commands.c has the commands. Runs in the main thread. */

#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "client/prompt/help.h"

enum {
	HELP_TERM = 17, /* columns in front of the explanations */
	HELP_NARROW =
	    60, /* columns; below, explanations have lines of their own */
	HELP_INDENT = 4, /* of such lines */
	HELP_HINT = 78,	 /* columns that the long hint needs, with the name of
			    the program */
};

static const struct {
	const char *typed;
	const char *means;
} rows[] = {
    {"NAME", "fetch the file, or all files that match, with *, ? or [ in it"},
    {"get NAME", "the same; also for a file called like a command: get quit"},
    {"-r NAME", "fetch the folder with all that is in it; also get -r NAME"},
    {"'NAME'", "fetch exactly NAME: no pattern, blanks at its ends kept"},
    {"ls [DIR]", "list the folder"},
    {"cd [DIR]", "go to the folder; .. is the one above; without DIR, the top"},
    {"pwd", "show the folder in which names are looked up"},
    {"help, ?", "show this help"},
    {"exit, quit, bye", "leave; an empty line and Ctrl-D leave too"},
    {"Ctrl-C", "drop the line, or end the download; twice in a row: leave"},
};

/* Words, each in blanks, and the advice: short, so that a line of 80 columns
 * has room for it behind the typed name and the reason. */
static const struct {
	const char *words;
	const char *advice;
} habits[] = {
    {" dir vdir ", "ls lists a folder"},
    {" mget mirror ", "*.txt fetches several, -r NAME a folder"},
    {" reget resume ", "get goes on from what is here by itself"},
    {" cat more less page type ", "-o - at the start of fileget shows a file"},
    {" lcd lpwd lls ", "files arrive where fileget was started (or -P)"},
    {" put mput send reput append ", "a fileserv sends files and takes none"},
    {" rm del delete mdelete mkdir rmdir rename mv chmod ",
	"nothing on a fileserv can be changed"},
    {" open connect user login ", "for another server start another fileget"},
    {" close disconnect logout q :q ", "exit leaves"},
    {" help ? man ", "help alone shows all commands"},
    {" binary bin image ascii passive prompt recurse ",
	"there is nothing to set"},
};

const char *
help_hint(unsigned columns, bool has_tab)
{
	if (columns < HELP_HINT)
		return "type a NAME, ls, cd or help";
	return has_tab ?
	    "type a name to fetch it, or ls [DIR], cd [DIR], help; Tab "
	    "completes" :
	    "type a name to fetch it, or ls [DIR], cd [DIR], help";
}

/* Prints a text from column `at` on; its further lines begin at indent. */
static void
print_wrapped(const char *text, unsigned at, unsigned indent, unsigned columns)
{
	size_t n;

	for (; *text != '\0'; text += n + (text[n] == ' ')) {
		n = strcspn(text, " ");
		if (at > indent && at + 1 + n >= columns) {
			dprintf(STDERR_FILENO, "\n%*s", (int)indent, "");
			at = indent;
		} else if (at > indent) {
			dprintf(STDERR_FILENO, " ");
			at++;
		}
		dprintf(STDERR_FILENO, "%.*s", (int)n, text);
		at += (unsigned)n;
	}
	dprintf(STDERR_FILENO, "\n");
}

void
help_print(unsigned columns)
{
	bool narrow = columns < HELP_NARROW;
	unsigned indent = narrow ? HELP_INDENT : HELP_TERM;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (narrow)
			dprintf(STDERR_FILENO, "%s\n%*s", rows[i].typed,
			    HELP_INDENT, "");
		else
			dprintf(STDERR_FILENO, "%-*s", HELP_TERM,
			    rows[i].typed);
		print_wrapped(rows[i].means, indent, indent, columns);
	}
}

const char *
help_for_habit(const char *line)
{
	size_t n = strcspn(line, " \t"), i;
	char word[32] = "a name"; /* in blanks, if it is short enough */

	if (line[0] == '!')
		return "Ctrl-Z goes to the shell, fg comes back";
	if (n > 0 && n < sizeof(word) - 2)
		snprintf(word, sizeof(word), " %.*s ", (int)n, line);
	for (i = 0; i < sizeof(habits) / sizeof(habits[0]); i++)
		if (strstr(habits[i].words, word) != NULL)
			return habits[i].advice;
	return line[n] == '\0' ? NULL : "a whole line is one name";
}
