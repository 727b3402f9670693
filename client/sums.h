#ifndef CLIENT_SUMS_H
#define CLIENT_SUMS_H

/*
 * The lines that sha256sum(1) prints and checks: 64 digits, two characters,
 * and a name, in which a backslash, newline or return is escaped; then the
 * line begins with a backslash. Pure functions; any thread may call them.
 */

#include <stddef.h>
#include <stdint.h>

enum {
	SUMS_LENGTH = 32, /* bytes of a SHA-256 */
};

/*
 * Reads a line without its newline. *name points into the line, which it has
 * been unescaped in, terminated, without a "./" in front. 0, or -1 if it is
 * no such line.
 */
int sums_parse(char *line, uint8_t sum[SUMS_LENGTH], char **name);

/* Writes a line with its newline; cut if size (bytes) does not hold it. */
void sums_print(const uint8_t sum[SUMS_LENGTH], const char *name, char *line,
    size_t size);

#endif
