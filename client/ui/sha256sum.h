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
	SHA256SUM_LENGTH = 32, /* bytes of a SHA-256 */
};

/* How name and digits are parted in the lines of one file. */
enum sha256sum_columns {
	SHA256SUM_UNKNOWN,
	SHA256SUM_TWO, /* two characters, the second a blank or a star */
	SHA256SUM_ONE, /* one blank, as of BSD's md5 -r */
};

/* A file of sums that is read; zeroed at its first line. */
struct sha256sum_reader {
	bool nul; /* NUL ends a line, and no name is escaped */
	enum sha256sum_columns columns;
};

/* The kind of a line. */
enum sha256sum_line {
	SHA256SUM_SUM,
	SHA256SUM_NOTHING,   /* empty, or a comment */
	SHA256SUM_ALGORITHM, /* a sum of another algorithm */
	SHA256SUM_FOREIGN,   /* none of these */
};

/*
 * Reads a line without its newline, as sha256sum -c does. For SHA256SUM_SUM
 * *name points into the line, which it has been unescaped in, terminated,
 * without a
 * "./" in front.
 */
enum sha256sum_line sha256sum_parse(struct sha256sum_reader *reader, char *line,
    uint8_t sum[SHA256SUM_LENGTH], char **name);

/* Writes a line with its newline; cut if size (bytes) does not hold it. */
void sha256sum_print(const uint8_t sum[SHA256SUM_LENGTH], const char *name,
    char *line, size_t size);

#endif
