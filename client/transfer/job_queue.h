#ifndef CLIENT_TRANSFER_JOB_QUEUE_H
#define CLIENT_TRANSFER_JOB_QUEUE_H

/*
 * The jobs of one run, and their order. Several threads may fetch them,
 * each over a connection of its own.
 *
 * The lock guards the queue, its jobs, and what they reach: the pieces of
 * files, target folders, tree folders, and outputs except for their bytes. It
 * is the first lock to take, before those of the progress and those in
 * common/. Its holder releases it while it waits for the network or, for long,
 * for the disk. Once several threads fetch, the lock is held for all functions
 * but job_queue_new, job_queue_free, job_queue_lock and job_queue_mutex.
 */

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/folder.h"
#include "client/store/leftovers.h"
#include "client/store/output.h"
#include "client/store/tree_folder.h"
#include "client/transfer/job.h"
#include "client/transfer/job_stages.h"
#include "client/transfer/pieces.h"
#include "client/transfer/settings.h"
#include "client/transfer/sources.h"

struct job_queue;

/* The settings and the target folder of a queue's jobs. */
struct job_target {
	const struct transfer_settings *settings;
	struct folder *folder;	     /* of named jobs; NULL: standard output */
	struct tree_folders folders; /* of entries */
	struct output_list spares;   /* memory for outputs */
	struct leftovers leftovers;  /* for --delete */
};

/* A connection that takes a job. */
struct job_taker {
	bool may_list;
	bool is_first; /* it is to the first source (transfer/sources.h) */
	unsigned connection; /* its number (wire/connection.h) */
	uint64_t server;     /* the set of its server alone */
};

/* Returns an empty queue, or NULL if memory is short. settings and folder, the
 * target folder (NULL: standard output), outlive it. */
struct job_queue *job_queue_new(const struct transfer_settings *settings,
    struct folder *folder);

/* Frees the queue, if not NULL, and its jobs; no thread works at them. */
void job_queue_free(struct job_queue *queue);

/* Returns the target of all jobs of the queue, which owns it. */
struct job_target *job_queue_target(struct job_queue *queue);

/* Returns the servers that the jobs are fetched from; the queue owns them. */
struct sources *job_queue_sources(struct job_queue *queue);

/* Both keep errno. */
void job_queue_lock(struct job_queue *queue);
void job_queue_unlock(struct job_queue *queue);

/* Returns the lock itself, for waits that release it. */
pthread_mutex_t *job_queue_mutex(struct job_queue *queue);

/* Waits at most time ns for a change; releases the lock meanwhile. */
void job_queue_wait(struct job_queue *queue, int64_t time);

/* Wakes all threads that wait for a change. */
void job_queue_wake(struct job_queue *queue);

/* Adds a named job to the end; the queue then owns it. Returns NULL; or the job
 * with the same final name in the same folder: then nothing was added. */
struct job *job_queue_add(struct job_queue *queue, struct job *job);

/* Makes a job as job_new_entry does, and counts it; it is in no list yet. */
struct job *job_queue_new_entry(struct job_queue *queue,
    const struct job *folder, const char *entry, bool is_folder,
    size_t name_max, const char **why);

/* Counts a job that was taken for a folder as a file. */
void job_queue_become_file(struct job_queue *queue, struct job *job);

/* Frees a job that is in no list. */
void job_queue_remove(struct job_queue *queue, struct job *job);

/* Adds a file that is fetched in pieces, and removes it. */
void job_queue_add_pieces(struct job_queue *queue, struct pieces *pieces);
void job_queue_remove_pieces(struct job_queue *queue, struct pieces *pieces);

/*
 * Takes the next job that a connection may ask for: a folder, if it may list
 * and there are few files to ask for; else a piece; else a file. Passes over
 * folders whose listing has begun on another connection, and, unless the
 * connection is to the first source, jobs for that source alone. Returns NULL
 * if there is none.
 */
struct job *job_queue_take_next(struct job_queue *queue,
    const struct job_taker *taker);

/* Lets all folders whose listing has begun on a connection, which has ended, be
 * listed from their beginning on any connection. */
void job_queue_restart_listings(struct job_queue *queue, unsigned connection);

/* Takes any job that is not a piece; NULL: there is none. */
struct job *job_queue_take_any(struct job_queue *queue);

/* Takes the first file; NULL: there is none. */
struct job *job_queue_take_file(struct job_queue *queue);

/* Puts a job that is in no list in its place: NEXT, LAST, or WAITING until
 * job->again. */
void job_queue_put(struct job_queue *queue, struct job *job,
    enum job_place place);

/* Moves all jobs of a list, in their order, before the others. */
void job_queue_put_all_next(struct job_queue *queue, struct job_list *list);

/* Puts jobs whose time to wait is over behind all others. */
void job_queue_end_waits(struct job_queue *queue);

/* Returns clock_now at the end of the first wait; CLOCK_NEVER without one. */
int64_t job_queue_next_wait(const struct job_queue *queue);

/* Notes the job whose reply was due when a connection broke; NULL: none. */
void job_queue_suspect(struct job_queue *queue, struct job *job);

/* Takes the job noted by job_queue_suspect; NULL if it was taken since. */
struct job *job_queue_take_suspect(struct job_queue *queue);

/* Counts n more pages of folders asked for; n < 0: pages that have come. */
void job_queue_count_pages(struct job_queue *queue, int n);

/* Counts a lost connection that may have brought a part of a listing, and
 * returns how many were lost. */
void job_queue_note_break(struct job_queue *queue);
unsigned job_queue_breaks(const struct job_queue *queue);

/* Returns whether the entries in memory have reached the limit. The caller then
 * drops the page that it receives. */
bool job_queue_is_full(const struct job_queue *queue);

/* Returns whether a dropped page of page bytes can be asked for again once
 * other entries have freed memory. If not, the tree is too large to fetch. */
bool job_queue_will_shrink(const struct job_queue *queue, size_t page);

/* Notes that the entries of a page take page bytes. */
void job_queue_note_page(struct job_queue *queue, size_t page);

/* Returns whether one more file in pieces may begin: each keeps descriptors. */
bool job_queue_has_room_for_pieces(const struct job_queue *queue);

/* Notes what became of a job: NULL, or its failure. */
void job_queue_note_end(struct job_queue *queue, const struct failure *failure);

/* Returns whether the last two jobs have failed for lack of room here: then the
 * run is to end. (One alone may be larger than all others.) */
bool job_queue_has_no_room(const struct job_queue *queue);

/* Begins the time that names may take to exist (--wait). */
void job_queue_begin_run(struct job_queue *queue);

/* Returns whether names may still take time to exist. */
bool job_queue_may_wait(const struct job_queue *queue);

/* Returns how many jobs are left, those under way among them; the pieces of a
 * file are one. job_queue_count_files leaves out folders. */
size_t job_queue_count(const struct job_queue *queue);
size_t job_queue_count_files(const struct job_queue *queue);

/* Returns whether there are folders left to be listed. */
bool job_queue_has_folders(const struct job_queue *queue);

/* Returns whether all jobs that are left have to wait. */
bool job_queue_is_resting(const struct job_queue *queue);

/* Returns whether there is a job that no connection has asked for. */
bool job_queue_has_work(const struct job_queue *queue);

/* Returns the name of the first job; NULL if there is none. */
const char *job_queue_first_name(const struct job_queue *queue);

/* Returns the first file in pieces, which are linked by next; NULL: none. */
struct pieces *job_queue_first_pieces(const struct job_queue *queue);

/* The number of threads that fetch. job_queue_leave wakes the others. */
void job_queue_join(struct job_queue *queue);
void job_queue_leave(struct job_queue *queue);
unsigned job_queue_workers(const struct job_queue *queue);

#endif
