/* The cells and the cursor; screen_feed.c reads the bytes that change them. */

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include <check.h>

#include "tests/harness/screen_cells.h"

static void
set_size(struct screen *screen, unsigned rows, unsigned columns)
{
	ck_assert_uint_gt(rows, 0);
	ck_assert_uint_le(rows, SCREEN_ROWS);
	ck_assert_uint_gt(columns, 0);
	ck_assert_uint_le(columns, SCREEN_COLUMNS);
	screen->rows = rows;
	screen->columns = columns;
}

void
screen_open(struct screen *screen, enum screen_kind kind, unsigned rows,
    unsigned columns)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	memset(screen, 0, sizeof(*screen));
	screen->kind = kind;
	set_size(screen, rows, columns);
}

/* Moves all rows up by one; the first is lost. */
static void
scroll(struct screen *screen)
{
	memmove(&screen->lines[0], &screen->lines[1],
	    (screen->rows - 1) * sizeof(screen->lines[0]));
	memset(&screen->lines[screen->rows - 1], 0, sizeof(screen->lines[0]));
}

void
screen_go_down(struct screen *screen)
{
	screen->is_past = false;
	if (screen->row + 1 < screen->rows)
		screen->row++;
	else
		scroll(screen);
}

void
screen_go_to(struct screen *screen, unsigned row, unsigned column)
{
	screen->row = row < screen->rows ? row : screen->rows - 1;
	screen->column =
	    column < screen->columns ? column : screen->columns - 1;
	screen->is_past = false;
}

void
screen_erase(struct screen *screen, unsigned row, unsigned first, unsigned end)
{
	struct screen_row *line = &screen->lines[row];

	if (end > first)
		memset(&line->cells[first], 0,
		    (end - first) * sizeof(line->cells[0]));
	if (end == screen->columns)
		line->goes_on = false;
}

void
screen_put(struct screen *screen, const char *text, size_t n, int width)
{
	struct screen_row *line;
	struct screen_cell *cell;
	unsigned columns = (unsigned)width;

	if (width == 0) {
		cell = &screen->lines[screen->row].cells[screen->column];
		if (!screen->is_past && screen->column > 0)
			cell--;
		if (strlen(cell->text) + n < sizeof(cell->text))
			strncat(cell->text, text, n);
		return;
	}
	if (columns > screen->columns)
		return;
	if (screen->is_past || screen->column + columns > screen->columns) {
		screen->lines[screen->row].goes_on = true;
		screen_go_down(screen);
		screen->column = 0;
	}
	line = &screen->lines[screen->row];
	cell = &line->cells[screen->column];
	memset(cell, 0, columns * sizeof(*cell));
	memcpy(cell->text, text, n);
	cell->is_reverse = screen->is_reverse;
	if (columns == 2) {
		cell[1].is_second = true;
		cell[1].is_reverse = screen->is_reverse;
	}
	screen->column += columns;
	if (screen->column < screen->columns)
		return;
	screen->column = screen->columns - 1;
	screen->is_past = true;
}

/* ---- another size -------------------------------------------------------- */

/* Returns the columns of a row that are in use. */
static unsigned
length(const struct screen_row *line, unsigned columns)
{
	while (columns > 0 && line->cells[columns - 1].text[0] == '\0' &&
	    !line->cells[columns - 1].is_second)
		columns--;
	return columns;
}

/* Writes the cells of the old screen again, line by line; the cursor stays
 * behind the same cell. */
static void
write_again(struct screen *screen, const struct screen *old)
{
	unsigned row, column, end, last = old->row, at = 0, at_column = 0;
	const struct screen_cell *cell;

	for (row = 0; row < old->rows; row++)
		if (row > last && length(&old->lines[row], old->columns) > 0)
			last = row;
	for (row = 0; row <= last; row++) {
		end = length(&old->lines[row], old->columns);
		if (row == old->row && end < old->column)
			end = old->column;
		for (column = 0; column <= end; column++) {
			if (row == old->row && column == old->column) {
				at = screen->row;
				at_column = screen->column;
			}
			cell = &old->lines[row].cells[column];
			if (column == end || cell->is_second)
				continue;
			screen->is_reverse = cell->is_reverse;
			screen_put(screen,
			    cell->text[0] == '\0' ? " " : cell->text,
			    cell->text[0] == '\0' ? 1 : strlen(cell->text),
			    column + 1 < old->columns && cell[1].is_second ? 2 :
									     1);
		}
		if (row == last || old->lines[row].goes_on)
			continue;
		/* A scroll moves the noted place up too. */
		if (screen->row + 1 == screen->rows && at > 0)
			at--;
		screen->column = 0;
		screen_go_down(screen);
	}
	screen_go_to(screen, at, at_column);
}

void
screen_resize(struct screen *screen, unsigned rows, unsigned columns)
{
	struct screen *old = malloc(sizeof(*old));
	unsigned row;

	ck_assert_ptr_nonnull(old);
	*old = *screen;
	if (screen->kind == SCREEN_WRAPS) {
		memset(screen->lines, 0, sizeof(screen->lines));
		set_size(screen, rows, columns);
		screen_go_to(screen, 0, 0);
		write_again(screen, old);
		screen->is_reverse = old->is_reverse;
	} else {
		while (screen->row >= rows) {
			scroll(screen);
			screen->row--;
		}
		set_size(screen, rows, columns);
		for (row = rows; row < SCREEN_ROWS; row++)
			memset(&screen->lines[row], 0,
			    sizeof(screen->lines[row]));
		for (row = 0; row < rows; row++)
			memset(&screen->lines[row].cells[columns], 0,
			    (SCREEN_COLUMNS - columns) *
				sizeof(struct screen_cell));
		screen_go_to(screen, screen->row, screen->column);
	}
	free(old);
}

/* ---- what stands there --------------------------------------------------- */

/* Appends the text of a row; returns its end. */
static char *
print_row(const struct screen *screen, unsigned row, char *to)
{
	const struct screen_row *line = &screen->lines[row];
	unsigned column, end = length(line, screen->columns);

	for (column = 0; column < end; column++)
		if (!line->cells[column].is_second)
			to = stpcpy(to,
			    line->cells[column].text[0] == '\0' ?
				" " :
				line->cells[column].text);
	while (to > screen->text && to[-1] == ' ')
		to--;
	*to = '\0';
	return to;
}

const char *
screen_row(struct screen *screen, unsigned row)
{
	ck_assert_uint_lt(row, screen->rows);
	(void)print_row(screen, row, screen->text);
	return screen->text;
}

const char *
screen_text(struct screen *screen)
{
	unsigned row, end = screen->rows;
	char *to = screen->text;

	while (end > 0 && length(&screen->lines[end - 1], screen->columns) == 0)
		end--;
	*to = '\0';
	for (row = 0; row < end; row++) {
		to = print_row(screen, row, to);
		*to++ = '\n';
		*to = '\0';
	}
	return screen->text;
}

unsigned
screen_count(struct screen *screen, const char *text)
{
	unsigned row, n = 0;

	for (row = 0; row < screen->rows; row++)
		n += strstr(screen_row(screen, row), text) != NULL;
	return n;
}

unsigned
screen_count_reverse(const struct screen *screen, unsigned row)
{
	unsigned column, n = 0;

	for (column = 0; column < screen->columns; column++)
		n += screen->lines[row].cells[column].is_reverse;
	return n;
}
