#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

/*
 * Escapes bytes that a peer chose (names, messages) for a terminal, a log line
 * or JSON, and converts bytes to hexadecimal and back. Pure functions; any
 * thread may call them.
 */

#include <stddef.h>
#include <stdint.h>

/*
 * Copies len bytes to text (size bytes with the NUL), escaped; cuts between
 * characters if they do not fit. Printable UTF-8 is copied unchanged. Control
 * characters (C0, DEL, C1), marks that change the direction of text, line and
 * paragraph separators, the backslash and bytes that are not UTF-8 become
 * escapes as vis(3) writes them (VIS_CSTYLE, else octal: \n, \033, \377).
 * Returns text.
 */
char *text_escape(char *text, size_t size, const void *bytes, size_t len);

/* Copies bytes as text_escape does and escapes spaces too, so that the result
 * is one word. Returns text. */
char *text_escape_word(char *text, size_t size, const void *bytes, size_t len);

/*
 * Writes len bytes as a JSON string with its quotes; cuts between characters if
 * it does not fit size bytes. Bytes that are not UTF-8 become the lone
 * surrogates \udc80 to \udcff, which Python's surrogateescape turns back into
 * the bytes. Returns the length without the NUL.
 */
size_t text_json(char *text, size_t size, const void *bytes, size_t len);

/* Writes len bytes as 2 * len lower-case hexadecimal digits and a NUL. */
void text_hex(const uint8_t *bytes, size_t len, char *text);

/* Reads len bytes from exactly 2 * len hexadecimal digits, upper or lower case.
 * Returns 0, or -1 if text has another form. */
int text_unhex(const char *text, size_t len, uint8_t *bytes);

#endif
