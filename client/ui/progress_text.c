/* The figures of a row have two forms; the short one is for terminals on which
 * the long one does not fit, or leaves no room for the name. A figure that does
 * not fit is left out, because a cut number would be wrong. The time left is
 * shown only while all sizes are known and bytes arrive. */

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/ui/progress_text.h"
#include "client/ui/terminal.h"
#include "client/ui/terminal_rows.h"
#include "common/amount.h"
#include "common/clock.h"

/* After so long a silence, the row shows it instead of the rate. */
#define PROGRESS_SILENCE CLOCK_SEC

enum {
	PROGRESS_TEXT_FIGURES = 192,   /* bytes of all figures with their NUL */
	PROGRESS_NAME_LEAST = 8,       /* columns; a name is not cut shorter */
	PROGRESS_LEFT_MOST = 99 * 3600 /* seconds left; more are not shown */
};

/* A row that figures are appended to. */
struct figures_row {
	char text[PROGRESS_TEXT_FIGURES];
	size_t len;
	bool is_short;
	bool is_cut; /* a figure was left out */
	unsigned columns;
};

/* Appends a figure behind a gap. */
static void
add_figure(struct figures_row *row, const char *figure)
{
	const char *gap = row->len == 0 ? "" : row->is_short ? " " : "  ";
	size_t n = strlen(gap) + strlen(figure);

	if (figure[0] == '\0')
		return;
	if (row->len + n > row->columns || row->len + n >= sizeof(row->text)) {
		row->is_cut = true;
		return;
	}
	snprintf(row->text + row->len, sizeof(row->text) - row->len, "%s%s",
	    gap, figure);
	row->len += n;
}

/* Announced sizes may add up to more than 64 bits, so that here exceeds all. */
static unsigned
part_of(uint64_t here, uint64_t all)
{
	if (all == 0)
		return 0;
	if (here >= all)
		return 1000;
	return (unsigned)((double)here * 1000 / (double)all);
}

/* Returns how much of the batch is here, in thousandths: of its bytes, or of
 * its files if a size is unknown; 0 while folders are being listed. */
static unsigned
batch_part(const struct progress_figures *figures)
{
	if (figures->is_listing)
		return 0;
	if (figures->has_all && figures->all > 0)
		return part_of(figures->here, figures->all);
	return part_of(figures->files_over, figures->files_all);
}

static void
add_percent(struct figures_row *row, unsigned part)
{
	char text[16];

	snprintf(text, sizeof(text), row->is_short ? "%u%%" : "%3u%%",
	    part / 10);
	add_figure(row, text);
}

/* Appends "12 MiB of 27 MiB", or "12 MiB of 20 MiB+" if there may be more. */
static void
add_sizes(struct figures_row *row, uint64_t here, uint64_t all, bool has_all)
{
	char text[2 * AMOUNT_TEXT + 8], first[AMOUNT_TEXT], second[AMOUNT_TEXT];
	void (*print)(uint64_t, char[AMOUNT_TEXT]) =
	    row->is_short ? amount_print_short : amount_print;

	print(here, first);
	print(all, second);
	if (all == 0 && !has_all)
		snprintf(text, sizeof(text), "%s", first);
	else
		snprintf(text, sizeof(text), "%s%s%s%s", first,
		    row->is_short ? "/" : " of ", second, has_all ? "" : "+");
	add_figure(row, text);
}

/* Returns the word to show instead of the rate, or NULL to show the rate. */
static const char *
find_word(const struct progress_figures *figures)
{
	if (figures->is_resting)
		return "waiting";
	if (figures->silent < PROGRESS_SILENCE)
		return NULL;
	/* Bytes are being checked, or on their way to the disk. */
	if (figures->has_all && figures->here == figures->all &&
	    figures->all > 0)
		return "finishing";
	return figures->received == 0 ? "waiting" : "stalled";
}

/* Returns the seconds left, or -1 if they are not known. */
static int64_t
seconds_left(const struct progress_figures *figures)
{
	double rate = (double)figures->rate + (double)figures->reuse_rate;
	double left;

	if (!figures->has_all || rate == 0 || find_word(figures) != NULL)
		return -1;
	left = (double)(figures->all - figures->here) / rate;
	return left > PROGRESS_LEFT_MOST ? -1 : (int64_t)(left + 0.5);
}

/* Appends the rate and the time left, or for how long nothing has come. */
static void
add_speed(struct figures_row *row, const struct progress_figures *figures)
{
	const char *word = find_word(figures);
	char text[64], rate[AMOUNT_TEXT];
	int64_t left = seconds_left(figures);

	if (word != NULL && figures->silent < PROGRESS_SILENCE) {
		add_figure(row, word);
		return;
	}
	if (word != NULL) {
		snprintf(text, sizeof(text), "%s %" PRId64 " s", word,
		    figures->silent / CLOCK_SEC);
		add_figure(row, text);
		return;
	}
	if (row->is_short)
		amount_print_short(figures->rate, rate);
	else
		amount_print(figures->rate, rate);
	snprintf(text, sizeof(text), "%s/s", rate);
	add_figure(row, text);
	if (left < 0)
		return;
	if (left >= 3600)
		snprintf(text, sizeof(text), "%" PRId64 ":%02d:%02d%s",
		    left / 3600, (int)(left / 60 % 60), (int)(left % 60),
		    row->is_short ? "" : " left");
	else
		snprintf(text, sizeof(text), "%02d:%02d%s", (int)(left / 60),
		    (int)(left % 60), row->is_short ? "" : " left");
	add_figure(row, text);
}

/* Appends "3 of 10 files". */
static void
add_files(struct figures_row *row, const struct progress_figures *figures)
{
	char text[2 * AMOUNT_COUNT + 16], over[AMOUNT_COUNT], all[AMOUNT_COUNT];

	if (figures->files_all < 2 && !figures->is_listing)
		return;
	amount_print_count(figures->files_over, over);
	amount_print_count(figures->files_all, all);
	snprintf(text, sizeof(text),
	    row->is_short ? "%s/%s%s" : "%s of %s%s files", over, all,
	    figures->is_listing ? "+" : "");
	add_figure(row, text);
}

/* Returns the columns that the figures leave for a name. */
static unsigned
name_room(const struct figures_row *row)
{
	return row->columns > row->len + 2 ?
	    row->columns - (unsigned)row->len - 2 :
	    0;
}

/* Returns true if the figures leave room for the name, or the most of it. */
static bool
has_room(const struct figures_row *row, const char *name)
{
	unsigned room = name_room(row);

	return room >= PROGRESS_NAME_LEAST || strlen(name) <= room;
}

/* Puts the name in front of the figures, which end at the right margin. */
static void
join(const struct figures_row *row, const char *name, char text[PROGRESS_TEXT])
{
	unsigned room = name_room(row), taken = 0, gap = 0;
	size_t len = 0;

	if (name[0] != '\0' && has_room(row, name))
		len = terminal_rows_fit(name, room, &taken);
	if (len > 0)
		gap = room - taken + 2;
	/* Very wide terminals. */
	if (len + gap + row->len >= PROGRESS_TEXT)
		gap = 2;
	memcpy(text, name, len);
	memset(text + len, ' ', gap);
	memcpy(text + len + gap, row->text, row->len + 1);
}

static void
fill_row(struct figures_row *row, const struct progress_figures *figures,
    bool is_short, unsigned columns)
{
	*row = (struct figures_row){.is_short = is_short, .columns = columns};
	if (figures->has_all)
		add_percent(row, batch_part(figures));
	add_sizes(row, figures->here, figures->all, figures->has_all);
	add_speed(row, figures);
	add_files(row, figures);
}

unsigned
progress_text_batch(const struct progress_figures *figures, unsigned columns,
    char text[PROGRESS_TEXT])
{
	struct figures_row row;

	fill_row(&row, figures, false, columns);
	if (row.is_cut || !has_room(&row, figures->name))
		fill_row(&row, figures, true, columns);
	join(&row, figures->name, text);
	return batch_part(figures);
}

unsigned
progress_text_file(const char *name, uint64_t here, uint64_t size,
    bool has_size, unsigned columns, char text[PROGRESS_TEXT])
{
	struct figures_row row = {.columns = columns};
	unsigned part = part_of(here, size);

	row.is_short = columns < TERMINAL_COLUMNS / 2;
	if (has_size)
		add_percent(&row, part);
	add_sizes(&row, here, size, has_size);
	join(&row, name, text);
	return part;
}

void
progress_text_json(const struct progress_figures *figures,
    char text[PROGRESS_TEXT])
{
	char left[32] = "null";

	if (seconds_left(figures) >= 0)
		snprintf(left, sizeof(left), "%" PRId64, seconds_left(figures));
	snprintf(text, PROGRESS_TEXT,
	    "{\"status\":\"progress\",\"here\":%" PRIu64 ",\"all\":%" PRIu64
	    ",\"all_known\":%s,\"received\":%" PRIu64 ",\"rate\":%" PRIu64
	    ",\"files_over\":%" PRIu64 ",\"files_all\":%" PRIu64
	    ",\"listing\":%s,\"silent\":%" PRId64 ",\"seconds_left\":%s}",
	    figures->here, figures->all, figures->has_all ? "true" : "false",
	    figures->received, figures->rate, figures->files_over,
	    figures->files_all, figures->is_listing ? "true" : "false",
	    figures->silent / CLOCK_SEC, left);
}
