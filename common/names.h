#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

/*
 * The rules for names, of common/PROTOCOL.md: the server holds requests to
 * them, the client everything a server or a user says. Pure functions on
 * bytes; any thread may call them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NAMES_MAX 4095 /* bytes */

/*
 * Whether this is a name: 1 to NAMES_MAX bytes, no NUL, no leading '/', no
 * component that is empty, '.' or '..'. '.' for the served folder itself is
 * the caller's to allow.
 */
bool names_valid(const uint8_t *name, size_t len);

/* Whether a component begins with a dot. The name is valid, or ".". */
bool names_hidden(const uint8_t *name, size_t len);

/* What follows the last '/' of a valid name; points into it. */
const char *names_last(const char *name);

#endif
