#ifndef CLIENT_FOLLOW_ROTATED_NAME_H
#define CLIENT_FOLLOW_ROTATED_NAME_H

/* The names that programs such as logrotate(8) give to old log files. */

#include <stdbool.h>

/* Returns whether a rotation of the file base can have made this name: a
 * number or date behind base, or before its extension ("log.1",
 * "log-20261129", "app-20261129.log"). Both are names without a folder. */
bool rotated_name_is_rotated(const char *base, const char *name);

/* Returns whether name begins with base without its extension. */
bool rotated_name_is_related(const char *base, const char *name);

#endif
