/* All of a drawing goes out in one write(2), so that it does not flicker: each
 * row is written over the old one, and then the rest of it is erased. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "client/ui/terminal.h"
#include "client/ui/terminal_rows.h"

/* Erase to the end of the row, and of the screen; up by so many rows. */
#define ERASE_ROW  "\033[K"
#define ERASE_REST "\033[J"
#define UP	   "\033[%uA"
#define REVERSE	   "\033[7m"
#define NORMAL	   "\033[27m"

void
terminal_rows_open(struct terminal_rows *rows, int fd, bool has_colour)
{
	rows->fd = fd;
	rows->has_colour = has_colour;
	rows->is_shown = false;
	rows->n = 0;
}

void
terminal_rows_begin(struct terminal_rows *rows)
{
	unsigned height;

	terminal_size(rows->fd, &height, &rows->columns);
	/* A character in the last column would make some terminals wrap. */
	rows->columns--;
	/* One row is left for the last message. */
	rows->most = height < 3 ? 1 : height - 1;
	if (rows->most > TERMINAL_ROWS_MOST)
		rows->most = TERMINAL_ROWS_MOST;
	rows->n = 0;
	rows->bytes[0] = '\r';
	rows->len = 1;
}

size_t
terminal_rows_fit(const char *text, unsigned columns, unsigned *taken)
{
	const char *at = text;
	mbstate_t state;
	wchar_t wide;
	size_t n;
	int width;

	memset(&state, 0, sizeof(state));
	for (*taken = 0; *at != '\0'; at += n, *taken += (unsigned)width) {
		n = mbrtowc(&wide, at, strlen(at), &state);
		width = n > 0 && n <= MB_CUR_MAX ? wcwidth(wide) : 1;
		if (n == 0 || n > MB_CUR_MAX)
			n = 1;
		if (width < 0)
			width = 1;
		if (*taken + (unsigned)width > columns)
			break;
	}
	return (size_t)(at - text);
}

static void
add_bytes(struct terminal_rows *rows, const char *bytes, size_t n)
{
	memcpy(rows->bytes + rows->len, bytes, n);
	rows->len += n;
}

void
terminal_rows_add(struct terminal_rows *rows, const char *text, unsigned part)
{
	size_t end, reverse = 0;
	unsigned taken;

	if (rows->n == rows->most)
		return;
	end = terminal_rows_fit(text, rows->columns, &taken);
	if (end >= TERMINAL_ROWS_TEXT)
		end = TERMINAL_ROWS_TEXT - 1;
	if (rows->has_colour && part > 0)
		reverse = terminal_rows_fit(text,
		    (unsigned)((unsigned long)rows->columns * part / 1000),
		    &taken);
	if (reverse > end)
		reverse = end;
	if (rows->n++ > 0)
		add_bytes(rows, "\r\n", 2);
	if (reverse > 0) {
		add_bytes(rows, REVERSE, strlen(REVERSE));
		add_bytes(rows, text, reverse);
		add_bytes(rows, NORMAL, strlen(NORMAL));
	}
	add_bytes(rows, text + reverse, end - reverse);
	add_bytes(rows, ERASE_ROW, strlen(ERASE_ROW));
}

/* The cursor ends in the first row. */
void
terminal_rows_draw(struct terminal_rows *rows)
{
	size_t len = rows->len;

	rows->len += (size_t)snprintf(rows->bytes + len,
	    sizeof(rows->bytes) - len, ERASE_REST "\r");
	if (rows->n > 1)
		rows->len += (size_t)snprintf(rows->bytes + rows->len,
		    sizeof(rows->bytes) - rows->len, UP, rows->n - 1);
	(void)!write(rows->fd, rows->bytes, rows->len);
	rows->len = len;
	rows->is_shown = true;
}

void
terminal_rows_erase(struct terminal_rows *rows)
{
	if (rows->is_shown)
		dprintf(rows->fd, "\r" ERASE_REST);
	rows->is_shown = false;
}
