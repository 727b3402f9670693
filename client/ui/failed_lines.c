/* Rows are counted as they are printed; a long line takes several. Where
 * standard error is no terminal nothing leaves, and nothing is kept. */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/failed_lines.h"
#include "client/ui/terminal.h"
#include "common/amount.h"

enum {
	FAILED_LINES_ROWS = 24, /* if their number is unknown */
	FAILED_LINES_BELOW = 3, /* rows that come after: totals and a prompt */
};

void
failed_lines_open(struct failed_lines *failed, int fd)
{
	memset(failed, 0, sizeof(*failed));
	failed->fd = fd;
	failed->is_terminal = isatty(fd) == 1;
}

void
failed_lines_forget(struct failed_lines *failed)
{
	while (failed->n > 0)
		free(failed->lines[--failed->n].text);
	failed->n_failed = 0;
}

static uint64_t
rows_of(const char *line, unsigned columns)
{
	return 1 + strlen(line) / columns;
}

void
failed_lines_note(struct failed_lines *failed, const char *line,
    bool is_failure)
{
	unsigned rows, columns;

	if (!failed->is_terminal)
		return;
	terminal_size(failed->fd, &rows, &columns);
	failed->n_rows += rows_of(line, columns);
	if (!is_failure)
		return;
	failed->n_failed++;
	if (failed->n == FAILED_LINES_MOST)
		return;
	failed->lines[failed->n].text = strdup(line);
	failed->lines[failed->n].at = failed->n_rows;
	failed->n += failed->lines[failed->n].text != NULL;
}

/* Returns whether a line leaves a screen of so many rows if this many more are
 * printed in front of the totals. */
static bool
has_left(const struct failed_lines *failed, size_t i, unsigned rows,
    uint64_t again)
{
	return failed->n_rows + again - failed->lines[i].at +
	    FAILED_LINES_BELOW >
	    rows;
}

void
failed_lines_print_again(const struct failed_lines *failed)
{
	uint64_t more = failed->n_failed - failed->n, again;
	char count[AMOUNT_COUNT];
	unsigned rows, columns;
	size_t i;

	if (failed->n == 0)
		return;
	terminal_size(failed->fd, &rows, &columns);
	if (rows == 0)
		rows = FAILED_LINES_ROWS;
	if (!has_left(failed, 0, rows, 0))
		return;
	dprintf(failed->fd, "What has failed, once more:\n");
	/* The lines printed again push others off the screen. */
	again = more == 0 ? 1 : 2;
	for (i = 0; i < failed->n && has_left(failed, i, rows, again); i++) {
		dprintf(failed->fd, "%s\n", failed->lines[i].text);
		again += rows_of(failed->lines[i].text, columns);
	}
	if (more == 0)
		return;
	amount_print_count(more, count);
	dprintf(failed->fd, "fileget: and %s more\n", count);
}
