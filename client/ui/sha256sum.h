#ifndef CLIENT_UI_SHA256SUM_H
#define CLIENT_UI_SHA256SUM_H

/*
 * The lines that sha256sum(1) prints and checks: 64 digits, two characters and
 * a name. If the name has a backslash, newline or return, these are escaped and
 * the line begins with a backslash. With --tag: "SHA256 (name) = digits". Pure
 * functions; any thread may call them.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SHA256SUM_LENGTH = 32, /* bytes of a SHA-256 */
};

/* The separator between digits and name in all lines of a file. */
enum sha256sum_columns {
	SHA256SUM_UNKNOWN,
	SHA256SUM_TWO, /* two characters, the second a blank or a star */
	SHA256SUM_ONE, /* one blank, as BSD's md5 -r prints */
};

/* The state of reading a file of sums; zeroed before the first line. */
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

/* Reads a line without its newline, as sha256sum -c does. For SHA256SUM_SUM
 * sets sum, and *name to a place in the line, where the name was unescaped and
 * terminated; a "./" in front is skipped. */
enum sha256sum_line sha256sum_parse(struct sha256sum_reader *reader, char *line,
    uint8_t sum[SHA256SUM_LENGTH], char **name);

/* Prints a line with its newline; cuts the name to fit into size bytes. */
void sha256sum_print(const uint8_t sum[SHA256SUM_LENGTH], const char *name,
    char *line, size_t size);

#endif
