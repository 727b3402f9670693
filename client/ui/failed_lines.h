#ifndef CLIENT_UI_FAILED_LINES_H
#define CLIENT_UI_FAILED_LINES_H

/* The first failures of a batch on a terminal, to be printed again at its end
 * if they have left the screen by then. One thread at a time. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	FAILED_LINES_MOST = 10, /* lines kept */
};

struct failed_lines {
	int fd;
	bool is_terminal;
	uint64_t n_rows;   /* printed since failed_lines_open */
	uint64_t n_failed; /* lines of failures, kept or not */
	size_t n;
	struct failed_line {
		char *text;  /* without a newline */
		uint64_t at; /* n_rows when it was printed */
	} lines[FAILED_LINES_MOST];
};

/* fd is where all lines are printed. */
void failed_lines_open(struct failed_lines *failed, int fd);

/* Frees the lines, and forgets them. */
void failed_lines_forget(struct failed_lines *failed);

/* Notes a line that was printed. Keeps the line of a failure, unless
 * FAILED_LINES_MOST are kept already or memory is short. */
void failed_lines_note(struct failed_lines *failed, const char *line,
    bool is_failure);

/* Prints again those kept lines that have left the screen, and the number of
 * failures that were not kept. */
void failed_lines_print_again(const struct failed_lines *failed);

#endif
