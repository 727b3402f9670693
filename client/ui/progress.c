/* A thread looks at the counts ten times a second, and draws what has changed.
 * It does not hold the tally's lock while it draws, so that a terminal that
 * takes no output does not stop the transfer. Signals are left to other
 * threads. */

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/ui/progress.h"
#include "client/ui/progress_text.h"
#include "client/ui/terminal.h"
#include "common/amount.h"
#include "common/clock.h"
#include "common/standard.h"
#include "common/text.h"

#define PROGRESS_LOOK	(100 * CLOCK_MS)
#define PROGRESS_PLAIN	(10 * CLOCK_SEC) /* between two lines */
#define PROGRESS_OBJECT CLOCK_SEC	 /* between two objects */
#define PROGRESS_SAMPLE (500 * CLOCK_MS) /* between two samples */

/* Returns the mode to use for AUTO, and for BAR on a terminal that cannot draw;
 * any other mode unchanged. */
static enum progress_mode
choose_mode(const struct progress_settings *settings, bool draws)
{
	bool is_terminal = isatty(STDERR_FILENO) == 1;

	if (settings->mode == PROGRESS_MODE_AUTO)
		/* A bar would mix with a file written to the terminal. */
		return draws && !settings->quiet &&
			!(settings->to_stdout && isatty(STDOUT_FILENO) == 1) ?
		    PROGRESS_MODE_BAR :
		    PROGRESS_MODE_NONE;
	/* --progress bar also draws into a file or pipe, but not on a terminal
	 * that does not know control sequences. */
	if (settings->mode == PROGRESS_MODE_BAR && is_terminal && !draws)
		return PROGRESS_MODE_PLAIN;
	return settings->mode;
}

void
progress_open(struct progress *progress,
    const struct progress_settings *settings)
{
	const char *no_color = getenv("NO_COLOR");
	bool draws = terminal_can_draw(STDERR_FILENO);

	progress->has_thread = false;
	progress->is_hidden = false;
	tally_open(&progress->tally);
	pthread_mutex_init(&progress->lock, NULL);
	pthread_mutex_init(&progress->screen, NULL);
	progress->mode = choose_mode(settings, draws);
	progress->start_line = !settings->quiet &&
	    settings->mode != PROGRESS_MODE_NONE &&
	    progress->mode != PROGRESS_MODE_BAR;
	progress->has_rows = settings->verbose;
	progress->has_objects = settings->json;
	/* https://no-color.org: any value but an empty one. */
	terminal_rows_open(&progress->rows, STDERR_FILENO,
	    draws && (no_color == NULL || no_color[0] == '\0'));
}

/* A file under way. */
struct file_row {
	char name[PROGRESS_TEXT_NAME];
	uint64_t size, here;
	bool has_size;
};

/* The figures and rows shown at one moment. */
struct view {
	struct progress_figures figures;
	unsigned n; /* rows of files */
	struct file_row files[TERMINAL_ROWS_MOST];
};

/* Adds a sample if one is due, and sets the rates since the oldest. */
static void
measure_rates(struct progress *progress, int64_t now,
    struct progress_figures *figures)
{
	const struct tally *tally = &progress->tally;
	struct progress_sample *samples = progress->samples;
	unsigned *n = &progress->n_samples;

	if (now - samples[*n - 1].at >= PROGRESS_SAMPLE) {
		if (*n == PROGRESS_SAMPLES) {
			memmove(samples, samples + 1,
			    (*n - 1) * sizeof(*samples));
			--*n;
		}
		samples[(*n)++] = (struct progress_sample){now, tally->received,
		    tally->reused};
	}
	figures->rate = amount_rate(tally->received - samples[0].received,
	    now - samples[0].at);
	figures->reuse_rate =
	    amount_rate(tally->reused - samples[0].reused, now - samples[0].at);
}

/* Returns the time since the last byte, reply or file came. */
static int64_t
measure_silence(struct progress *progress, int64_t now)
{
	struct tally *tally = &progress->tally;
	uint64_t count = tally->received + tally->reused + tally->files_over +
	    tally->files_all + atomic_load(&tally->replies);

	if (count != progress->last_count)
		progress->last_active = now;
	progress->last_count = count;
	return now - progress->last_active;
}

static void
copy_name(char shown[PROGRESS_TEXT_NAME], const char *name)
{
	text_escape(shown, PROGRESS_TEXT_NAME, name, strlen(name));
}

/* Copies the state to show, with at most this many rows of files. The caller
 * holds the lock. */
static void
copy_view(struct progress *progress, int64_t now, unsigned most,
    struct view *view)
{
	struct progress_figures *figures = &view->figures;
	struct tally *tally = &progress->tally;
	const struct tally_file *file;

	memset(figures, 0, sizeof(*figures));
	figures->is_listing = atomic_load(&tally->is_listing);
	figures->is_resting = atomic_load(&tally->is_resting);
	figures->has_all = tally->files_unknown == 0 && !figures->is_listing;
	figures->here = tally->here;
	figures->all = tally->all;
	figures->received = tally->received;
	figures->files_over = tally->files_over;
	figures->files_all = tally->files_all;
	figures->silent = measure_silence(progress, now);
	measure_rates(progress, now, figures);
	file = TAILQ_FIRST(&tally->under_way);
	if (file != NULL)
		copy_name(figures->name, file->name);
	view->n = 0;
	TAILQ_FOREACH(file, &tally->under_way, next) {
		if (view->n == most)
			break;
		copy_name(view->files[view->n].name, file->name);
		view->files[view->n].size = file->size;
		view->files[view->n].here = file->here;
		view->files[view->n++].has_size = file->has_size;
	}
}

/* The caller holds the screen. */
static void
draw_rows(struct progress *progress, struct view *view)
{
	struct terminal_rows *rows = &progress->rows;
	const struct file_row *file;
	char text[PROGRESS_TEXT];
	unsigned i, part;

	for (i = 0; i < view->n; i++) {
		file = &view->files[i];
		part = progress_text_file(file->name, file->here, file->size,
		    file->has_size, rows->columns, text);
		terminal_rows_add(rows, text, part);
	}
	/* The rows above have the names. */
	if (view->n > 0)
		view->figures.name[0] = '\0';
	part = progress_text_batch(&view->figures, rows->columns, text);
	terminal_rows_add(rows, text, part);
	terminal_rows_draw(rows);
}

static void
print_plain(const struct view *view)
{
	char text[PROGRESS_TEXT];

	(void)progress_text_batch(&view->figures, TERMINAL_COLUMNS - 1, text);
	dprintf(STDERR_FILENO, "%s\n", text);
}

static void
print_object(const struct view *view)
{
	char text[PROGRESS_TEXT];

	progress_text_json(&view->figures, text);
	fprintf(standard_stream(), "%s\n", text);
	fflush(standard_stream());
	standard_note();
}

void
progress_show(struct progress *progress, int64_t now)
{
	bool draws = progress->mode == PROGRESS_MODE_BAR;
	unsigned most = 0;
	struct view view;

	pthread_mutex_lock(&progress->screen);
	if (draws) {
		terminal_rows_begin(&progress->rows);
		/* A file or pipe has one row. */
		if (progress->has_rows)
			most = progress->rows.most - 1;
	}
	pthread_mutex_lock(&progress->tally.lock);
	copy_view(progress, now, most, &view);
	pthread_mutex_unlock(&progress->tally.lock);
	if (progress->has_objects && now >= progress->next_object) {
		progress->next_object += PROGRESS_OBJECT;
		terminal_rows_erase(&progress->rows);
		print_object(&view);
	}
	if (draws)
		draw_rows(progress, &view);
	if (progress->mode == PROGRESS_MODE_PLAIN &&
	    now >= progress->next_plain) {
		progress->next_plain += PROGRESS_PLAIN;
		print_plain(&view);
	}
	pthread_mutex_unlock(&progress->screen);
}

static void *
run_thread(void *argument)
{
	struct progress *progress = argument;
	int64_t next = clock_now();

	pthread_mutex_lock(&progress->lock);
	for (;;) {
		next += PROGRESS_LOOK;
		while (!progress->is_over && clock_now() < next)
			(void)clock_cond_wait(&progress->over, &progress->lock,
			    next);
		if (progress->is_over)
			break;
		pthread_mutex_unlock(&progress->lock);
		/* It may have been stopped (SIGSTOP) for long. */
		next = clock_now();
		progress_show(progress, next);
		pthread_mutex_lock(&progress->lock);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

void
progress_begin(struct progress *progress, uint64_t files, bool is_listing)
{
	int64_t now = clock_now();
	sigset_t all, before;

	tally_begin(&progress->tally, files, is_listing);
	progress->is_over = false;
	progress->next_plain = now + PROGRESS_PLAIN;
	progress->next_object = now + PROGRESS_OBJECT;
	progress->last_active = now;
	progress->last_count = 0;
	progress->samples[0] = (struct progress_sample){.at = now};
	progress->n_samples = 1;
	if (progress->mode == PROGRESS_MODE_NONE && !progress->has_objects)
		return;
	if (clock_cond_init(&progress->over) != 0)
		return;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	progress->has_thread =
	    pthread_create(&progress->thread, NULL, run_thread, progress) == 0;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!progress->has_thread)
		pthread_cond_destroy(&progress->over);
}

void
progress_end(struct progress *progress)
{
	if (!progress->has_thread)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->is_over = true;
	pthread_cond_signal(&progress->over);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	pthread_cond_destroy(&progress->over);
	progress->has_thread = false;
	pthread_mutex_lock(&progress->screen);
	terminal_rows_erase(&progress->rows);
	pthread_mutex_unlock(&progress->screen);
}

void
progress_hold(struct progress *progress)
{
	pthread_mutex_lock(&progress->screen);
	progress->is_hidden = progress->rows.is_shown;
	terminal_rows_erase(&progress->rows);
}

void
progress_release(struct progress *progress)
{
	if (progress->is_hidden)
		terminal_rows_draw(&progress->rows);
	pthread_mutex_unlock(&progress->screen);
}
