#ifndef CLIENT_FOLLOW_LINE_SEARCH_H
#define CLIENT_FOLLOW_LINE_SEARCH_H

/*
 * The search for the first of the last lines of a file. The file is read
 * backwards in pieces, so that memory does not depend on the length of lines.
 * No I/O. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LINE_SEARCH_PIECE = 16 * 1024, /* bytes of the first piece */
	LINE_SEARCH_PIECE_MAX = 1024 * 1024,
};

struct line_search {
	uint64_t at;	   /* offset; all bytes from here on were searched */
	uint64_t newlines; /* still to be found */
	size_t piece;	   /* bytes of the next piece; doubled each time */
	bool has_last;	   /* the last byte of the file was searched */
	bool is_found;	   /* the lines begin at this offset */
};

/* Begins the search in a file of size bytes. A last line without a newline
 * counts as a line. The search is over at once for 0 lines, which begin at the
 * end, and for an empty file. */
void line_search_begin(struct line_search *search, uint64_t lines,
    uint64_t size);

/* Returns the number of bytes before search->at to search next, at most
 * LINE_SEARCH_PIECE_MAX; 0 if the search is over. */
size_t line_search_next(const struct line_search *search);

/* Searches the bytes that line_search_next asks for. */
void line_search_add(struct line_search *search, const uint8_t *bytes,
    size_t n);

#endif
