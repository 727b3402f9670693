/*
 * Lists of jobs by kind, and counts of them. Files come before the next page of
 * a folder while there are many, so that neither files nor folders pile up.
 * job_stages.c decides what a job asks and when it is over.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/tree_finish.h"
#include "client/transfer/job_queue.h"
#include "common/clock.h"

enum {
	/* Bytes of memory for entries that are not fetched yet. Above PLENTY a
	 * folder is listed only if there is nothing else to do; MOST is the
	 * limit. */
	JOB_QUEUE_PLENTY = 16 * 1024 * 1024,
	JOB_QUEUE_MOST = 40 * 1024 * 1024,
	JOB_QUEUE_FILES =
	    2048, /* files to be asked for; no listing above that */
};

RB_HEAD(job_tree, job);

struct job_queue {
	struct job_target target;
	struct job_list files;	 /* to be asked for, in this order */
	struct job_list folders; /* to be listed, in this order */
	struct job_list waiting; /* by job->again, the soonest first */
	STAILQ_HEAD(pieces_list, pieces) pieces; /* files in pieces */
	struct job_tree finals; /* named jobs, by their names here */
	int64_t wait_until;	/* clock_now when --wait is over */
	size_t n;		/* jobs; the pieces of a file are one */
	size_t n_folders;	/* of these, folders */
	size_t n_files;		/* in the list of files */
	size_t n_pieces;	/* files in pieces */
	size_t n_pages;		/* pages of folders that are asked for */
	struct job *suspect;	/* in a list; NULL: none */
	size_t memory;		/* bytes that entries take */
	size_t page;		/* of these, those of the largest page so far */
	unsigned workers;
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

static int
compare_finals(struct job *a, struct job *b)
{
	if (a->tree != b->tree)
		return a->tree < b->tree ? -1 : 1;
	return strcmp(a->final, b->final);
}

/* RB_GENERATE_STATIC of libbsd wants an __unused that glibc cannot have. */
RB_GENERATE_INTERNAL(job_tree, job, node, compare_finals,
    static __attribute__((unused)))

struct job_queue *
job_queue_new(const struct transfer_settings *settings, struct folder *folder)
{
	struct job_queue *queue = calloc(1, sizeof(*queue));

	if (queue == NULL)
		return NULL;
	queue->target.settings = settings;
	queue->target.folder = folder;
	STAILQ_INIT(&queue->files);
	STAILQ_INIT(&queue->folders);
	STAILQ_INIT(&queue->waiting);
	STAILQ_INIT(&queue->pieces);
	tree_folders_open(&queue->target.folders, folder, &settings->store);
	pthread_mutex_init(&queue->lock, NULL);
	clock_cond_init(&queue->changed);
	return queue;
}

void
job_queue_free(struct job_queue *queue)
{
	struct tree_finish finish;
	struct job *job;

	if (queue == NULL)
		return;
	while ((job = job_queue_take_any(queue)) != NULL)
		job_queue_remove(queue, job);
	while (tree_finish_begin(&finish, &queue->target.folders))
		tree_finish_end(&finish);
	output_free_spares(&queue->target.spares);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

struct job_target *
job_queue_target(struct job_queue *queue)
{
	return &queue->target;
}

void
job_queue_lock(struct job_queue *queue)
{
	int saved = errno;

	pthread_mutex_lock(&queue->lock);
	errno = saved;
}

void
job_queue_unlock(struct job_queue *queue)
{
	int saved = errno;

	pthread_mutex_unlock(&queue->lock);
	errno = saved;
}

pthread_mutex_t *
job_queue_mutex(struct job_queue *queue)
{
	return &queue->lock;
}

void
job_queue_wait(struct job_queue *queue, int64_t time)
{
	(void)clock_cond_wait(&queue->changed, &queue->lock,
	    clock_now() + time);
}

void
job_queue_wake(struct job_queue *queue)
{
	pthread_cond_broadcast(&queue->changed);
}

/* ---- jobs come and go --------------------------------------------------- */

struct job *
job_queue_add(struct job_queue *queue, struct job *job)
{
	struct job *twin = job->final == NULL ?
	    NULL :
	    RB_INSERT(job_tree, &queue->finals, job);

	if (twin != NULL)
		return twin;
	queue->n++;
	queue->n_folders += job->kind == JOB_KIND_FOLDER;
	job_queue_put(queue, job, JOB_PLACE_LAST);
	return NULL;
}

struct job *
job_queue_new_entry(struct job_queue *queue, const struct job *folder,
    const char *entry, bool is_folder, size_t name_max, const char **why)
{
	struct job *job =
	    job_new_entry(folder, entry, is_folder, name_max, why);

	if (job == NULL)
		return NULL;
	queue->n++;
	queue->n_folders += is_folder;
	queue->memory += job_memory(job);
	return job;
}

void
job_queue_become_file(struct job_queue *queue, struct job *job)
{
	queue->n_folders--;
	job_become_file(job);
}

void
job_queue_remove(struct job_queue *queue, struct job *job)
{
	if (queue->suspect == job)
		queue->suspect = NULL;
	if (job->kind == JOB_KIND_PIECE) {
		pieces_remove_job(job);
		return;
	}
	if (job->is_entry)
		queue->memory -= job_memory(job);
	else if (job->final != NULL)
		RB_REMOVE(job_tree, &queue->finals, job);
	queue->n_folders -= job->kind == JOB_KIND_FOLDER;
	queue->n--;
	job_free(job);
}

void
job_queue_add_pieces(struct job_queue *queue, struct pieces *pieces)
{
	STAILQ_INSERT_TAIL(&queue->pieces, pieces, next);
	queue->n_pieces++;
}

void
job_queue_remove_pieces(struct job_queue *queue, struct pieces *pieces)
{
	STAILQ_REMOVE(&queue->pieces, pieces, pieces, next);
	queue->n_pieces--;
}

/* ---- taking and putting back -------------------------------------------- */

static struct job_list *
list_of(struct job_queue *queue, const struct job *job)
{
	if (job->kind == JOB_KIND_PIECE)
		return &job->piece.pieces->returned;
	return job->kind == JOB_KIND_FOLDER ? &queue->folders : &queue->files;
}

/* Takes the first job out of a list; NULL: there is none. */
static struct job *
take_first(struct job_queue *queue, struct job_list *list)
{
	struct job *job = STAILQ_FIRST(list);

	if (job == NULL)
		return NULL;
	STAILQ_REMOVE_HEAD(list, next);
	if (list == &queue->files)
		queue->n_files--;
	if (queue->suspect == job)
		queue->suspect = NULL;
	return job;
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
job_queue_take_next(struct job_queue *queue, bool may_list)
{
	struct job *job = NULL;
	struct pieces *pieces;

	if (may_list && may_list_more(queue))
		job = take_first(queue, &queue->folders);
	STAILQ_FOREACH(pieces, &queue->pieces, next)
		if (job == NULL)
			job = pieces_take_next(pieces);
	if (queue->suspect != NULL && queue->suspect == job)
		queue->suspect = NULL;
	if (job == NULL && job_queue_has_room_for_pieces(queue))
		job = take_first(queue, &queue->files);
	return job;
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
	struct job *last = STAILQ_LAST(&queue->waiting, job, next);
	struct job *at, *before = NULL;

	/* Most come in order. */
	if (last != NULL && last->again <= job->again)
		before = last;
	else
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
	while (job_queue_next_wait(queue) <= clock_now())
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

/* ---- limits ------------------------------------------------------------- */

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

/* ---- the state of the run ----------------------------------------------- */

void
job_queue_begin_run(struct job_queue *queue)
{
	queue->wait_until = clock_now() + queue->target.settings->wait;
}

bool
job_queue_may_wait(const struct job_queue *queue)
{
	return clock_now() < queue->wait_until;
}

size_t
job_queue_count(const struct job_queue *queue)
{
	return queue->n;
}

size_t
job_queue_count_files(const struct job_queue *queue)
{
	return queue->n - queue->n_folders;
}

bool
job_queue_has_work(const struct job_queue *queue)
{
	return !STAILQ_EMPTY(&queue->files) || !STAILQ_EMPTY(&queue->folders) ||
	    !STAILQ_EMPTY(&queue->pieces);
}

const char *
job_queue_first_name(const struct job_queue *queue)
{
	const struct job *first = STAILQ_FIRST(&queue->files);

	if (first == NULL)
		first = STAILQ_FIRST(&queue->folders);
	return first == NULL ? NULL : first->name;
}

struct pieces *
job_queue_first_pieces(const struct job_queue *queue)
{
	return STAILQ_FIRST(&queue->pieces);
}

void
job_queue_join(struct job_queue *queue)
{
	queue->workers++;
}

void
job_queue_leave(struct job_queue *queue)
{
	queue->workers--;
	job_queue_wake(queue);
}

unsigned
job_queue_workers(const struct job_queue *queue)
{
	return queue->workers;
}
