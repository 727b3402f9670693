#ifndef CLIENT_HELP_H
#define CLIENT_HELP_H

/* What --help prints. A new option needs a line here too. */
extern const char help_text[];

#endif
