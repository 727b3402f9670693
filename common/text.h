#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

/*
 * Foreign bytes made safe to show: names and messages that a peer chose, on
 * a terminal, in a log line or in JSON. Pure functions; any thread may call
 * them.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Copies len bytes to text for a person to read, always terminated, cut
 * between characters where size (bytes) ends it. Printable UTF-8 stays as it
 * is; control characters (C0, DEL, C1), marks that turn the direction of
 * text, the backslash and what is not UTF-8 become escapes as vis(3) writes
 * them (VIS_CSTYLE, else octal: \n, \033, \377). The result
 * holds no byte below 0x20, none of 0x7f and no C1 character. Returns text.
 */
char *text_escape(char *text, size_t size, const void *bytes, size_t len);

/* The same with spaces escaped too, for a column of a line. */
char *text_escape_word(char *text, size_t size, const void *bytes, size_t len);

/*
 * The same as a JSON string with its quotes. Bytes that are not UTF-8 become
 * the lone surrogates \udc80 to \udcff, as Python's surrogateescape has it,
 * so that no name is lost. A string that does not fit is cut. Returns the
 * length written, without the NUL.
 */
size_t text_json(char *text, size_t size, const void *bytes, size_t len);

/* len bytes as 2 * len lower-case hexadecimal digits and a NUL. */
void text_hex(const uint8_t *bytes, size_t len, char *text);

/* The reverse, for exactly 2 * len digits, either case: 0, or -1. */
int text_unhex(const char *text, size_t len, uint8_t *bytes);

#endif
