/* Counts files and bytes, and draws. The time left is estimated from the bytes
 * of this run alone: those of a part file took no time. */

#include <sys/ioctl.h>

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "client/ui/progress.h"
#include "client/ui/terminal.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/text.h"

#define PROGRESS_BAR_INTERVAL	(100 * CLOCK_MS) /* between two drawings */
#define PROGRESS_PLAIN_INTERVAL (10 * CLOCK_SEC)

enum {
	PROGRESS_WIDTH = 80, /* columns, where the terminal tells none */
	PROGRESS_NAME = 256, /* bytes of a name, escaped */
	PROGRESS_LINE = 512,
};

void
progress_open(struct progress *progress,
    const struct progress_settings *settings)
{
	const char *no_color = getenv("NO_COLOR");
	bool terminal = isatty(STDERR_FILENO) == 1;
	bool draws = terminal_can_draw(STDERR_FILENO);

	memset(progress, 0, sizeof(*progress));
	pthread_mutex_init(&progress->lock, NULL);
	progress->mode = settings->mode;
	if (progress->mode == PROGRESS_MODE_AUTO)
		progress->mode = draws ? PROGRESS_MODE_BAR : PROGRESS_MODE_NONE;
	/* --progress bar also draws into a file or pipe, but not on a terminal
	 * that does not know control sequences. */
	if (progress->mode == PROGRESS_MODE_BAR && terminal && !draws)
		progress->mode = PROGRESS_MODE_PLAIN;
	if (settings->quiet)
		progress->mode = PROGRESS_MODE_NONE;
	progress->start_line = !settings->quiet &&
	    settings->mode != PROGRESS_MODE_NONE &&
	    progress->mode != PROGRESS_MODE_BAR;
	/* https://no-color.org: any value but an empty one. */
	progress->colour = draws && (no_color == NULL || no_color[0] == '\0');
}

static int64_t
interval(const struct progress *progress)
{
	return progress->mode == PROGRESS_MODE_BAR ? PROGRESS_BAR_INTERVAL :
						     PROGRESS_PLAIN_INTERVAL;
}

void
progress_begin(struct progress *progress, uint64_t files)
{
	pthread_mutex_lock(&progress->lock);
	progress->files = files;
	progress->left = files;
	progress->bytes = 0;
	progress->next = clock_now() + interval(progress);
	pthread_mutex_unlock(&progress->lock);
}

void
progress_add_file(struct progress *progress)
{
	pthread_mutex_lock(&progress->lock);
	progress->files++;
	pthread_mutex_unlock(&progress->lock);
}

void
progress_begin_file(struct progress *progress, uint64_t left, const char *name,
    uint64_t size, uint64_t at, bool replaces)
{
	pthread_mutex_lock(&progress->lock);
	if (replaces || progress->name == NULL) {
		progress->left = left;
		progress->name = name;
		progress->size = size;
		progress->at = at;
		progress->file_received = 0;
		progress->file_began = clock_now();
	}
	pthread_mutex_unlock(&progress->lock);
}

static int
terminal_width(void)
{
	struct winsize size;

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return PROGRESS_WIDTH;
}

/* Prints the time left at this file's rate so far, "1:02:03" or "02:03". */
static void
print_left(const struct progress *progress, int64_t now, char *text,
    size_t size)
{
	double received = (double)progress->file_received;
	double elapsed = (double)(now - progress->file_began) / CLOCK_SEC;
	double left = (double)(progress->size - progress->at);
	long seconds;

	if (received <= 0 || elapsed <= 0 ||
	    left / received * elapsed > 359999) {
		strlcpy(text, "--:--", size);
		return;
	}
	seconds = (long)(left / received * elapsed + 0.5);
	if (seconds >= 3600)
		snprintf(text, size, "%ld:%02ld:%02ld", seconds / 3600,
		    seconds / 60 % 60, seconds % 60);
	else
		snprintf(text, size, "%02ld:%02ld", seconds / 60, seconds % 60);
}

/* Prints "45%  12M of 27M  110M/s  00:03 left  [3/10 files, 1.2G]". */
static void
print_figures(const struct progress *progress, int64_t now,
    char text[PROGRESS_LINE])
{
	char at[AMOUNT_TEXT], size[AMOUNT_TEXT], rate[AMOUNT_TEXT],
	    total[AMOUNT_TEXT], left[32];
	uint64_t done = progress->files - progress->left;
	double elapsed = (double)(now - progress->file_began) / CLOCK_SEC;
	int percent = progress->size == 0 ?
	    100 :
	    (int)((double)progress->at * 100 / (double)progress->size);
	int len;

	amount_print(progress->at, at);
	amount_print(progress->size, size);
	amount_print(elapsed <= 0 ?
		0 :
		(uint64_t)((double)progress->file_received / elapsed),
	    rate);
	amount_print(progress->bytes, total);
	print_left(progress, now, left, sizeof(left));
	len = snprintf(text, PROGRESS_LINE, "%3d%%  %s of %s  %s/s  %s left",
	    percent, at, size, rate, left);
	/* Files of a page that is being read are in left, not yet in files. */
	if (done >= progress->files)
		done = 0;
	if (progress->files > 1)
		snprintf(text + len, PROGRESS_LINE - (size_t)len,
		    "  [%" PRIu64 "/%" PRIu64 " files, %s]", done + 1,
		    progress->files, total);
}

/* Returns how many bytes of text fit into the columns; sets *taken to the
 * columns that these bytes take. */
static size_t
fit(const char *text, int columns, int *taken)
{
	const char *at = text;
	mbstate_t state;
	wchar_t wide;
	size_t n;
	int width;

	memset(&state, 0, sizeof(state));
	for (*taken = 0; *at != '\0'; at += n, *taken += width) {
		n = mbrtowc(&wide, at, strlen(at), &state);
		width = n > 0 && n <= MB_CUR_MAX ? wcwidth(wide) : 1;
		if (n == 0 || n > MB_CUR_MAX)
			n = 1;
		if (width < 0)
			width = 1;
		if (*taken + width > columns)
			break;
	}
	return (size_t)(at - text);
}

/* Draws over the line: text, in reverse up to the column that shows how much of
 * the file is here. */
static void
draw_bar(struct progress *progress, const char *text, int columns)
{
	int taken, filled = columns;
	size_t end, reverse = 0;

	end = fit(text, columns, &taken);
	if (progress->size > 0)
		filled = (int)((double)columns * (double)progress->at /
		    (double)progress->size);
	if (progress->colour)
		reverse = fit(text, filled, &taken);
	dprintf(STDERR_FILENO, "\r\033[K%s%.*s%s%.*s",
	    reverse > 0 ? "\033[7m" : "", (int)reverse, text,
	    reverse > 0 ? "\033[27m" : "", (int)(end - reverse),
	    text + reverse);
	progress->shown = true;
}

/* Draws a line: the name, cut to the room left, and the figures. */
static void
draw(struct progress *progress, int64_t now)
{
	char name[PROGRESS_NAME], figures[PROGRESS_LINE];
	char line[PROGRESS_NAME + PROGRESS_LINE];
	int columns = terminal_width() - 1, room, taken;
	size_t end;

	print_figures(progress, now, figures);
	text_escape(name, sizeof(name), progress->name, strlen(progress->name));
	room = columns - (int)strlen(figures) - 2;
	end = fit(name, room < 8 ? 8 : room, &taken);
	if (progress->mode == PROGRESS_MODE_PLAIN) {
		dprintf(STDERR_FILENO, "%s  %s\n", name, figures);
		return;
	}
	snprintf(line, sizeof(line), "%.*s%*s%.*s", (int)end, name,
	    (room < taken ? 0 : room - taken) + 2, "", PROGRESS_LINE - 200,
	    figures);
	draw_bar(progress, line, columns);
}

void
progress_add(struct progress *progress, const char *name, uint64_t n)
{
	int64_t now;

	pthread_mutex_lock(&progress->lock);
	progress->bytes += n;
	if (name == progress->name) {
		/* Bytes that were here already may be received again. */
		progress->at += n;
		if (progress->at > progress->size)
			progress->at = progress->size;
		progress->file_received += n;
	}
	if (progress->mode != PROGRESS_MODE_NONE && progress->name != NULL &&
	    (now = clock_now()) >= progress->next) {
		progress->next = now + interval(progress);
		draw(progress, now);
	}
	pthread_mutex_unlock(&progress->lock);
}

void
progress_end_file(struct progress *progress, const char *name)
{
	pthread_mutex_lock(&progress->lock);
	if (name == progress->name)
		progress->name = NULL;
	pthread_mutex_unlock(&progress->lock);
}

uint64_t
progress_bytes(struct progress *progress)
{
	uint64_t bytes;

	pthread_mutex_lock(&progress->lock);
	bytes = progress->bytes;
	pthread_mutex_unlock(&progress->lock);
	return bytes;
}

void
progress_clear(struct progress *progress)
{
	pthread_mutex_lock(&progress->lock);
	if (progress->shown)
		dprintf(STDERR_FILENO, "\r\033[K");
	progress->shown = false;
	pthread_mutex_unlock(&progress->lock);
}
