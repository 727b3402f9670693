#ifndef CLIENT_USAGE_H
#define CLIENT_USAGE_H

/* The text of --help. */
extern const char usage_help[];

/* Prints one line that names the mistake on the command line, and a hint, to
 * standard error; ends the program with EXIT_USAGE. */
void __attribute__((noreturn, format(printf, 1, 2)))
usage_error(const char *format, ...);

#endif
