#ifndef CLIENT_UI_SHA256SUM_H
#define CLIENT_UI_SHA256SUM_H

/*
 * The lines that sha256sum(1) prints and checks: 64 digits, two characters,
 * and a name, in which a backslash, newline or return is escaped; then the
 * line begins with a backslash. Or, as of --tag, "SHA256 (name) = digits". Pure
 * functions; any thread may call them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SUMS_LENGTH = 32, /* bytes of a SHA-256 */
};

/* How name and digits are parted in the lines of one file. */
enum sums_columns {
	SUMS_UNKNOWN,
	SUMS_TWO, /* two characters, the second a blank or a star */
	SUMS_ONE, /* one blank, as of BSD's md5 -r */
};

/* A file of sums that is read; zeroed at its first line. */
struct sums_reader {
	bool nul; /* NUL ends a line, and no name is escaped */
	enum sums_columns columns;
};

/* The kind of a line. */
enum sums_line {
	SUMS_SUM,
	SUMS_NOTHING,	/* empty, or a comment */
	SUMS_ALGORITHM, /* a sum of another algorithm */
	SUMS_FOREIGN,	/* none of these */
};

/*
 * Reads a line without its newline, as sha256sum -c does. For SUMS_SUM *name
 * points into the line, which it has been unescaped in, terminated, without a
 * "./" in front.
 */
enum sums_line sums_parse(struct sums_reader *reader, char *line,
    uint8_t sum[SUMS_LENGTH], char **name);

/* Writes a line with its newline; cut if size (bytes) does not hold it. */
void sums_print(const uint8_t sum[SUMS_LENGTH], const char *name, char *line,
    size_t size);

#endif
