#ifndef CLIENT_TRANSFER_JOB_QUEUE_PRIVATE_H
#define CLIENT_TRANSFER_JOB_QUEUE_PRIVATE_H

/* Shared by job_queue.c and job_queue_turns.c, and by no other file. */

#include "client/transfer/job_queue.h"

RB_HEAD(job_tree, job);

struct job_queue {
	struct job_target target;
	struct sources sources;
	struct job_list files;	 /* to be asked for, in this order */
	struct job_list folders; /* to be listed, in this order */
	struct job_list waiting; /* by job->again, the soonest first */
	STAILQ_HEAD(pieces_list, pieces) pieces; /* files in pieces */
	int64_t last_wait;	/* the latest job->again so far */
	struct job_tree finals; /* named jobs, by their names here */
	int64_t wait_until;	/* clock_now when --wait is over */
	size_t n;		/* jobs; the pieces of a file are one */
	size_t n_folders;	/* of these, folders */
	size_t n_files;		/* in the list of files */
	size_t n_waiting;	/* in the list of those that wait */
	size_t n_pieces;	/* files in pieces */
	size_t n_pages;		/* pages of folders that are asked for */
	struct job *suspect;	/* in a list; NULL: none */
	size_t memory;		/* bytes that entries take */
	size_t page;		/* of these, those of the largest page so far */
	unsigned n_full;	/* jobs in a row that found no room here */
	unsigned workers;
	unsigned breaks; /* connections that were lost */
	pthread_mutex_t lock;
	pthread_cond_t changed;
};

#endif
