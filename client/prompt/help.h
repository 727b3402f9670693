#ifndef CLIENT_PROMPT_HELP_H
#define CLIENT_PROMPT_HELP_H

#include <stdbool.h>

/* Returns the advice that is shown before the first line; has_tab: the Tab key
 * completes names. A static string. */
const char *help_hint(unsigned columns, bool has_tab);

/* Prints all that can be typed, on standard error, in lines that are shorter
 * than so many columns. */
void help_print(unsigned columns);

/* Returns advice about a line that is no name of a file: its first word may be
 * a command of ftp, sftp or smbclient, or it may be several names. Returns NULL
 * for any other line. A static string. */
const char *help_for_habit(const char *line);

#endif
