#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

/*
 * The rules for names in common/PROTOCOL.md. The server checks the names in
 * requests, the client those in lists and those that a user types. Pure
 * functions on bytes; any thread may call them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_MAX 4095 /* bytes */

/*
 * Returns whether the bytes are a valid name: 1 to NAMES_MAX bytes, no NUL, no
 * leading '/', no component that is empty, '.' or '..'. Returns false for ".",
 * the served folder itself; a caller that allows it checks for it first.
 */
bool names_valid(const uint8_t *name, size_t len);

/* Returns whether a component of a valid name begins with a dot; false for the
 * name ".". */
bool names_hidden(const uint8_t *name, size_t len);

/* Returns true if name has a wildcard of a shell: *, ? or [. */
bool names_is_pattern(const char *name);

/* Returns a pointer to the last component of a valid name. */
const char *names_last(const char *name);

#endif
