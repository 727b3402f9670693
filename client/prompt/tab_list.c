/* Takes the largest number of columns that fits, each as wide as its widest
 * name. The locale tells how wide a character is. */

#include <sys/stat.h>

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "client/prompt/tab_list.h"
#include "common/names.h"
#include "common/text.h"

enum {
	TAB_LIST_GAP = 2, /* columns between two names */
};

#define TAB_LIST_CUT "..." /* the end of a name that was cut */

struct shown {
	char text[4 * NAMES_MAX + sizeof("/")];
	unsigned width; /* columns of the terminal */
};

/* Returns the number of bytes of a text that fit so many columns, and sets
 * *width to the columns that these take. */
static size_t
fit_columns(const char *text, unsigned columns, unsigned *width)
{
	size_t len = strlen(text), at, n;
	mbstate_t state;
	wchar_t wide;
	int taken;

	memset(&state, 0, sizeof(state));
	*width = 0;
	for (at = 0; at < len; at += n) {
		n = mbrtowc(&wide, text + at, len - at, &state);
		taken = n > 0 && n <= len - at ? wcwidth(wide) : 1;
		if (n == 0 || n > len - at)
			n = 1;
		if (taken < 0)
			taken = 1;
		if (*width + (unsigned)taken > columns)
			break;
		*width += (unsigned)taken;
	}
	return at;
}

static void
set_shown(struct shown *shown, const struct remote_folder_entry *entry,
    unsigned columns)
{
	size_t fits;

	text_escape(shown->text, sizeof(shown->text) - 1, entry->name,
	    strlen(entry->name));
	if (S_ISDIR(entry->mode))
		strlcat(shown->text, "/", sizeof(shown->text));
	fits = fit_columns(shown->text, columns, &shown->width);
	if (shown->text[fits] == '\0' || columns < sizeof(TAB_LIST_CUT))
		return;
	fits = fit_columns(shown->text,
	    columns - (unsigned)strlen(TAB_LIST_CUT), &shown->width);
	shown->text[fits] = '\0';
	strlcat(shown->text, TAB_LIST_CUT, sizeof(shown->text));
	shown->width += (unsigned)strlen(TAB_LIST_CUT);
}

/* Returns the width of the column that begins with names[first]. */
static unsigned
column_width(const struct shown *names, size_t n, size_t first, size_t rows)
{
	unsigned widest = 0;
	size_t i;

	for (i = first; i < n && i < first + rows; i++)
		if (names[i].width > widest)
			widest = names[i].width;
	return widest;
}

/* Returns the smallest number of rows whose columns fit. */
static size_t
count_rows(const struct shown *names, size_t n, unsigned columns)
{
	unsigned width;
	size_t rows, first;

	for (rows = 1; rows < n; rows++) {
		width = 0;
		for (first = 0; first < n; first += rows)
			width += column_width(names, n, first, rows) +
			    (first == 0 ? 0 : TAB_LIST_GAP);
		if (width <= columns)
			break;
	}
	return rows;
}

static void
print_names(FILE *file, const struct shown *names, size_t n, unsigned columns)
{
	size_t rows = count_rows(names, n, columns), row, i;
	unsigned pad;

	for (row = 0; row < rows; row++) {
		pad = 0;
		for (i = row; i < n; i += rows) {
			fprintf(file, "%*s%s", (int)pad, "", names[i].text);
			pad = column_width(names, n, i - row, rows) -
			    names[i].width + TAB_LIST_GAP;
		}
		fputc('\n', file);
	}
}

void
tab_list_print(FILE *file, const struct remote_folder_entry *const *entries,
    size_t n, unsigned columns)
{
	size_t most = n < TAB_LIST_MOST ? n : TAB_LIST_MOST, i;
	struct shown *names = calloc(most, sizeof(*names));

	if (names == NULL)
		return;
	/* A character in the last column would make some terminals wrap. */
	columns -= columns > 1;
	for (i = 0; i < most; i++)
		set_shown(&names[i], entries[i], columns);
	print_names(file, names, most, columns);
	if (n > most)
		fprintf(file, "and %zu more\n", n - most);
	free(names);
}
