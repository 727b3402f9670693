/* Jobs come and go, and are counted; threads lock the queue and wait for it.
 * job_queue_turns.c decides whose turn it is; job_stages.c decides what a job
 * asks and when it is over. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client/store/tree_finish.h"
#include "client/transfer/job_queue_private.h"
#include "common/clock.h"

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
	sources_open(&queue->sources, settings->connection.servers);
	STAILQ_INIT(&queue->files);
	STAILQ_INIT(&queue->folders);
	STAILQ_INIT(&queue->waiting);
	STAILQ_INIT(&queue->pieces);
	tree_folders_open(&queue->target.folders, folder, &settings->store);
	leftovers_open(&queue->target.leftovers, folder, &settings->store,
	    &settings->filter, settings->hidden);
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
	leftovers_close(&queue->target.leftovers);
	pthread_cond_destroy(&queue->changed);
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

struct job_target *
job_queue_target(struct job_queue *queue)
{
	return &queue->target;
}

struct sources *
job_queue_sources(struct job_queue *queue)
{
	return &queue->sources;
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
		job->piece.pieces->out--;
		job_free(job);
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

void
job_queue_note_end(struct job_queue *queue, const struct failure *failure)
{
	if (failure == NULL || !failure->is_disk_full)
		queue->n_full = 0;
	else
		queue->n_full++;
}

bool
job_queue_has_no_room(const struct job_queue *queue)
{
	return queue->n_full >= 2;
}

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
job_queue_has_folders(const struct job_queue *queue)
{
	return queue->n_folders > 0;
}

bool
job_queue_is_resting(const struct job_queue *queue)
{
	return queue->n > 0 && queue->n_waiting == queue->n;
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
