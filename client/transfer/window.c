/* Requests go far enough ahead to keep a server busy over a long way; not so
 * far that one connection takes what others could do, or that a walk holds a
 * whole tree in memory. */

#include <sys/resource.h>

#include "client/transfer/window.h"

enum {
	/* Requests, at most; refilled from half of it. With files of 4 KiB,
	 * half of it fills 300 Mbit/s over a round trip of 50 ms. */
	WINDOW_WINDOW = 1024,
	/* Of the descriptors we may have, those that are neither part files
	 * nor the folders they are in: files in pieces among them. */
	WINDOW_DESCRIPTORS = 32 + 4 * PIECES_MOST,
	WINDOW_OWN = 4,	     /* what one more connection takes: it, a pipe */
	WINDOW_LISTING = 32, /* most folders at a time */
	WINDOW_LISTING_FIRST = 2, /* folders at a time, at first */
	/* Bytes of one connection, if there are several: at most; and at first,
	 * before it is known how much it brings. */
	WINDOW_SHARE = 12 * 1024 * 1024,
	WINDOW_SHARE_FIRST = 128 * 1024,
};

/* A part stays open, with its folder, from its first request to its end: there
 * are no more requests than descriptors, which all connections share. */
static unsigned
choose_most(const struct transfer_settings *settings)
{
	rlim_t connections = (rlim_t)settings->jobs, left;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return WINDOW_WINDOW;
	left = WINDOW_DESCRIPTORS + WINDOW_OWN * (connections - 1);
	if (limit.rlim_cur <= left + 2 * connections)
		return 1;
	left = (limit.rlim_cur - left) / (2 * connections);
	return left < WINDOW_WINDOW ? (unsigned)left : WINDOW_WINDOW;
}

void
window_open(struct window *window, const struct transfer_settings *settings)
{
	*window = (struct window){
	    .shares = settings->jobs > 1,
	    .most = choose_most(settings),
	    .most_listing = WINDOW_LISTING_FIRST,
	};
	STAILQ_INIT(&window->sent);
	STAILQ_INIT(&window->next);
}

bool
window_is_low(const struct window *window)
{
	return window->n <= window->most / 2;
}

bool
window_has_room(const struct window *window)
{
	uint64_t share = WINDOW_SHARE_FIRST + window->n_brought;

	if (window->n >= window->most)
		return false;
	if (share > WINDOW_SHARE)
		share = WINDOW_SHARE;
	return !window->shares || window->n < 2 || window->n_bytes <= share;
}

bool
window_may_list(const struct window *window)
{
	return window->n_listing < window->most_listing;
}

void
window_add(struct window *window, struct job_queue *queue, struct job *job)
{
	job->asks_list = job->stage == JOB_LIST;
	job->asks_bytes = 0;
	/* The reply to a DIGEST is short. */
	if (job->kind == JOB_KIND_PIECE && job->stage != JOB_PIECE_REUSE)
		job->asks_bytes =
		    pieces_length(job->piece.pieces, job->piece.number);
	else if (job->kind == JOB_KIND_FILE)
		job->asks_bytes = job->file.size;
	STAILQ_INSERT_TAIL(&window->sent, job, next);
	window->n++;
	if (job->asks_list) {
		window->n_listing++;
		job_queue_count_pages(queue, 1);
	}
	window->n_bytes += job->asks_bytes;
}

struct job *
window_first(const struct window *window)
{
	return STAILQ_FIRST(&window->sent);
}

static void
remove_first(struct window *window, struct job_queue *queue)
{
	struct job *job = STAILQ_FIRST(&window->sent);

	STAILQ_REMOVE_HEAD(&window->sent, next);
	window->n--;
	if (job->asks_list) {
		window->n_listing--;
		job_queue_count_pages(queue, -1);
	}
	window->n_bytes -= job->asks_bytes;
}

void
window_take_first(struct window *window, struct job_queue *queue)
{
	/* Files wait behind the folders asked for before them, so folders are
	 * few. Each reply that leaves little else to ask for allows one more:
	 * the folders are small, or the server is far away. */
	if (window_first(window)->asks_list && window_is_low(window) &&
	    window->most_listing < WINDOW_LISTING)
		window->most_listing++;
	window->has_listed |= window_first(window)->asks_list;
	window->n_brought += window_first(window)->asks_bytes;
	remove_first(window, queue);
}

void
window_put_next(struct window *window, struct job *job)
{
	STAILQ_INSERT_TAIL(&window->next, job, next);
}

struct job *
window_take_next(struct window *window)
{
	struct job *job = STAILQ_FIRST(&window->next);

	if (job != NULL)
		STAILQ_REMOVE_HEAD(&window->next, next);
	return job;
}

bool
window_is_empty(const struct window *window)
{
	return STAILQ_EMPTY(&window->sent) && STAILQ_EMPTY(&window->next);
}

bool
window_may_move(const struct window *window)
{
	const struct job *first = window_first(window);

	if (first == NULL)
		return false;
	return first->stage != JOB_PROVE && first->stage != JOB_SNAPSHOT &&
	    first->stage != JOB_LOOK_AGAIN && first->stage != JOB_WHOLE_PROOF &&
	    first->stage != JOB_PIECE_WHOLE;
}

bool
window_may_wait(const struct window *window)
{
	const struct job *first = window_first(window);

	return first != NULL &&
	    (first->stage == JOB_LIST || first->stage == JOB_STAT ||
		first->stage == JOB_PIECE_PROOF);
}

uint64_t
window_bytes_left(const struct window *window, uint64_t received)
{
	return window->n_bytes > received ? window->n_bytes - received : 0;
}

void
window_return(struct window *window, struct job_queue *queue)
{
	struct job_list list = STAILQ_HEAD_INITIALIZER(list);
	struct job *job, *first = window_first(window);
	/* A server that refuses one more connection breaks no listing. */
	bool breaks = window->has_listed;

	STAILQ_FOREACH(job, &window->next, next)
		(void)job_stages_advance(job, OUTCOME_LOST);
	STAILQ_CONCAT(&list, &window->next);
	while ((job = window_first(window)) != NULL) {
		breaks |= job->asks_list && job->folder.cursor != 0;
		remove_first(window, queue);
		(void)job_stages_advance(job, OUTCOME_LOST);
		STAILQ_INSERT_TAIL(&list, job, next);
	}
	window->has_listed = false;
	if (breaks)
		job_queue_note_break(queue);
	job_queue_put_all_next(queue, &list);
	job_queue_suspect(queue, first);
}
