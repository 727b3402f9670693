#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

/* Prints what --help shows, which fits one screen, to standard output. */
void help_print(void);

#endif
