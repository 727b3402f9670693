#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

/* The text of --help. */
extern const char help_text[];

#endif
