#ifndef CLIENT_PROMPT_HELP_H
#define CLIENT_PROMPT_HELP_H

#include <stdbool.h>

/* Returns the advice to show before the first line, a static string. has_tab:
 * the Tab key completes names. */
const char *help_hint(unsigned columns, bool has_tab);

/* Prints the commands on standard error, in lines shorter than so many columns.
 */
void help_print(unsigned columns);

/* Returns advice, a static string, for a line that begins with a command of
 * ftp, sftp or smbclient, or that seems to be several names; NULL for any other
 * line.
 */
const char *help_for_habit(const char *line);

#endif
