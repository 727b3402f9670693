/* Decides whose turn it is. Files come before the next page of a folder while
 * there are many, so that neither kind piles up. Any thread, under the lock. */

#include "client/transfer/job_queue_private.h"
#include "common/clock.h"

enum {
	/* Bytes of entries not fetched yet: above PLENTY a folder is listed
	 * only if there is nothing else to do; MOST is the limit. */
	JOB_QUEUE_PLENTY = 16 * 1024 * 1024,
	JOB_QUEUE_MOST = 40 * 1024 * 1024,
	/* Files to be asked for. With more, no folder is listed. */
	JOB_QUEUE_FILES = 2048,
	/* Files looked at, at most, for one that may be asked for at a server:
	 * those before it are left to the first source. */
	JOB_QUEUE_PASSED = 64,
};

static struct job_list *
list_of(struct job_queue *queue, const struct job *job)
{
	if (job->kind == JOB_KIND_PIECE)
		return &job->piece.pieces->returned;
	return job->kind == JOB_KIND_FOLDER ? &queue->folders : &queue->files;
}

/* Takes a job, or NULL, out of a list; returns it. */
static struct job *
take_job(struct job_queue *queue, struct job_list *list, struct job *job)
{
	if (job == NULL)
		return NULL;
	STAILQ_REMOVE(list, job, job, next);
	if (list == &queue->files)
		queue->n_files--;
	if (list == &queue->waiting)
		queue->n_waiting--;
	if (queue->suspect == job)
		queue->suspect = NULL;
	return job;
}

/* Takes the first job out of a list; NULL: there is none. */
static struct job *
take_first(struct job_queue *queue, struct job_list *list)
{
	return take_job(queue, list, STAILQ_FIRST(list));
}

/* Takes the first folder that may be listed on a connection; NULL: none. */
static struct job *
take_folder(struct job_queue *queue, const struct job_taker *taker)
{
	struct job *job;

	STAILQ_FOREACH(job, &queue->folders, next)
		if (job->folder.connection == 0 ?
			taker->is_first :
			job->folder.connection == taker->connection)
			break;
	return take_job(queue, &queue->folders, job);
}

/* Returns whether a file may be asked for at any server: its size and time are
 * known, so that a server with another version shows itself. */
static bool
is_for_all(const struct job_queue *queue, const struct job *job)
{
	bool is_known =
	    job->is_entry ? !job->file.is_unseen : job->file.knows_state;

	return is_known && job->stage != JOB_STAT && !job->is_first_only &&
	    queue->target.settings->settle == 0;
}

/* Takes the first file that may be asked for at a server; NULL: none. */
static struct job *
take_file(struct job_queue *queue, const struct job_taker *taker)
{
	unsigned passed = 0;
	struct job *job;

	STAILQ_FOREACH(job, &queue->files, next) {
		if (taker->is_first || is_for_all(queue, job))
			break;
		if (++passed == JOB_QUEUE_PASSED)
			return NULL;
	}
	return take_job(queue, &queue->files, job);
}

/* Takes the next piece of a file that a server has; NULL: none. By its id a
 * file is asked for at the first source alone. */
static struct job *
take_piece(struct pieces *pieces, const struct job_taker *taker)
{
	if ((pieces->refused & taker->server) != 0 ||
	    (pieces->form != JOB_FORM_CONTENT && !taker->is_first))
		return NULL;
	return pieces_take_next(pieces);
}

/* Returns whether one more page of a folder may be asked for. */
static bool
may_list_more(const struct job_queue *queue)
{
	if (queue->n_files >= JOB_QUEUE_FILES)
		return false;
	if (queue->n_pages == 0 && queue->n_files == 0)
		return true;
	return queue->memory + (queue->n_pages + 1) * queue->page <
	    JOB_QUEUE_PLENTY;
}

struct job *
job_queue_take_next(struct job_queue *queue, const struct job_taker *taker)
{
	struct job *job = NULL;
	struct pieces *pieces;

	if (taker->may_list && !STAILQ_EMPTY(&queue->folders) &&
	    may_list_more(queue))
		job = take_folder(queue, taker);
	STAILQ_FOREACH(pieces, &queue->pieces, next)
		if (job == NULL)
			job = take_piece(pieces, taker);
	if (queue->suspect != NULL && queue->suspect == job)
		queue->suspect = NULL;
	if (job == NULL && job_queue_has_room_for_pieces(queue))
		job = take_file(queue, taker);
	return job;
}

void
job_queue_restart_listings(struct job_queue *queue, unsigned connection)
{
	struct job *job;

	STAILQ_FOREACH(job, &queue->folders, next)
		if (job->folder.connection == connection) {
			job->folder.connection = 0;
			job->folder.cursor = 0;
		}
}

struct job *
job_queue_take_any(struct job_queue *queue)
{
	struct job *job = take_first(queue, &queue->files);

	if (job == NULL)
		job = take_first(queue, &queue->folders);
	return job != NULL ? job : take_first(queue, &queue->waiting);
}

struct job *
job_queue_take_file(struct job_queue *queue)
{
	return take_first(queue, &queue->files);
}

/* Inserts a job by the time at which its wait is over. */
static void
put_waiting(struct job_queue *queue, struct job *job)
{
	struct job *at, *before = NULL;

	queue->n_waiting++;
	/* Most come in order. */
	if (job->again >= queue->last_wait) {
		queue->last_wait = job->again;
		STAILQ_INSERT_TAIL(&queue->waiting, job, next);
		return;
	}
	STAILQ_FOREACH(at, &queue->waiting, next) {
		if (at->again > job->again)
			break;
		before = at;
	}
	if (before == NULL)
		STAILQ_INSERT_HEAD(&queue->waiting, job, next);
	else
		STAILQ_INSERT_AFTER(&queue->waiting, before, job, next);
}

void
job_queue_put(struct job_queue *queue, struct job *job, enum job_place place)
{
	struct job_list *list = list_of(queue, job);

	if (place == JOB_PLACE_WAITING) {
		put_waiting(queue, job);
		return;
	}
	if (place == JOB_PLACE_NEXT)
		STAILQ_INSERT_HEAD(list, job, next);
	else
		STAILQ_INSERT_TAIL(list, job, next);
	queue->n_files += list == &queue->files;
}

void
job_queue_put_all_next(struct job_queue *queue, struct job_list *list)
{
	struct job_list files = STAILQ_HEAD_INITIALIZER(files);
	struct job_list folders = STAILQ_HEAD_INITIALIZER(folders);
	struct job *job;

	STAILQ_SWAP(&files, &queue->files, job);
	STAILQ_SWAP(&folders, &queue->folders, job);
	while ((job = STAILQ_FIRST(list)) != NULL) {
		STAILQ_REMOVE_HEAD(list, next);
		job_queue_put(queue, job, JOB_PLACE_LAST);
	}
	STAILQ_CONCAT(&queue->files, &files);
	STAILQ_CONCAT(&queue->folders, &folders);
}

void
job_queue_end_waits(struct job_queue *queue)
{
	while (!STAILQ_EMPTY(&queue->waiting) &&
	    job_queue_next_wait(queue) <= clock_now())
		job_queue_put(queue, take_first(queue, &queue->waiting),
		    JOB_PLACE_LAST);
}

int64_t
job_queue_next_wait(const struct job_queue *queue)
{
	const struct job *job = STAILQ_FIRST(&queue->waiting);

	return job == NULL ? CLOCK_NEVER : job->again;
}

void
job_queue_suspect(struct job_queue *queue, struct job *job)
{
	queue->suspect = job;
}

struct job *
job_queue_take_suspect(struct job_queue *queue)
{
	struct job *job = queue->suspect;
	struct job_list *list;

	if (job == NULL)
		return NULL;
	queue->suspect = NULL;
	list = list_of(queue, job);
	STAILQ_REMOVE(list, job, job, next);
	queue->n_files -= list == &queue->files;
	return job;
}

void
job_queue_count_pages(struct job_queue *queue, int n)
{
	queue->n_pages += (size_t)n;
}

void
job_queue_note_break(struct job_queue *queue)
{
	queue->breaks++;
}

unsigned
job_queue_breaks(const struct job_queue *queue)
{
	return queue->breaks;
}

bool
job_queue_is_full(const struct job_queue *queue)
{
	return queue->memory > JOB_QUEUE_MOST;
}

bool
job_queue_will_shrink(const struct job_queue *queue, size_t page)
{
	return queue->memory - page > JOB_QUEUE_PLENTY &&
	    (queue->n_files > 0 || queue->n_pages > 1);
}

void
job_queue_note_page(struct job_queue *queue, size_t page)
{
	if (page > queue->page)
		queue->page = page;
}

bool
job_queue_has_room_for_pieces(const struct job_queue *queue)
{
	return queue->n_pieces < PIECES_MOST;
}
