#ifndef CLIENT_TRANSFER_JOB_QUEUE_H
#define CLIENT_TRANSFER_JOB_QUEUE_H

/*
 * The files that are to be fetched, and how far each has come. Several
 * threads may work at them, each over a connection of its own: whoever
 * touches the jobs, or what they reach (folders, branches, splits), holds
 * their lock, and gives it up for as long as it waits for the network or for
 * a long time for the disk.
 */

#include <sys/queue.h>
#include <sys/tree.h>

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/transfer/settings.h"
#include "client/store/output.h"
#include "client/store/tree_folder.h"

struct pieces;

/* What a job asks the server next. */
enum job_stage {
	JOB_LIST,	 /* a folder: a page of what is in it */
	JOB_STAT,	 /* whether what is here is the same already */
	JOB_FETCH,	 /* the whole file, in whatever state it is */
	JOB_PROVE,	 /* the digest of the part that is here */
	JOB_CONTINUE,	 /* the rest, from where the proved part ends */
	JOB_LOOK_AGAIN,	 /* the file's state, all of whose bytes are here */
	JOB_SNAPSHOT,	 /* the digest of all of its bytes, see
			    transfer/recv_snapshot.h */
	JOB_PIECE,	 /* a piece of a file, see transfer/pieces.h */
	JOB_PIECE_PROOF, /* the digest of a piece that is here */
	JOB_PIECE_LOOK,	 /* the file's state, all of whose pieces are here */
};

struct job {
	STAILQ_ENTRY(job) next;
	RB_ENTRY(job) node;
	char *name;	 /* as the server knows it */
	size_t name_len; /* bytes */
	char *final;	 /* file name here; NULL: stdout */
	/* The folder here that it goes into, held; NULL: the one that all
	 * goes into. */
	struct tree_folder *tree;
	struct tree_folder
	    *listed;	       /* JOB_LIST: its own, once it is there; held */
	uint64_t cursor;       /* JOB_LIST: of the next page */
	struct pieces *pieces; /* of a piece, which has no name here */
	size_t piece;	       /* its number */
	uint64_t here;	       /* bytes of it that came before a break */
	enum job_stage stage;
	struct output *output; /* NULL until it is needed */
	bool knows_size;       /* a STAT has said it */
	bool is_folder;	       /* as far as is known; see jobs_files_left */
	bool is_listed;	       /* an entry of a folder; else it was named */
	bool is_unseen;	       /* listed, but the server cannot look at it */
	bool has_sum;
	uint8_t sum[SHA256SUM_LENGTH]; /* the SHA-256 it must have */
	uint64_t size;	     /* as it was listed, or a STAT has said */
	int64_t mtime_ns;    /* the same */
	uint64_t asks_bytes; /* while it is asked for, see transfer/window.h */
	bool asks_list;
	unsigned tries;	  /* that found the file changing; JOB_LIST: pages in
				a row that brought nothing */
	uint8_t refusals; /* of a DIGEST by id alone, in a row */
	bool by_id;	  /* its version has moved on: it is asked for by its
				file's id alone */
	bool is_mixed;	  /* its bytes are of more than one version */
	bool is_mismatch; /* JOB_SNAPSHOT, JOB_PIECE_PROOF: its bytes had
				another digest than was sent with them */
	struct protocol_token seen; /* --settle: the state seen last, */
	int64_t since;		    /* and since when, clock_now; 0: none */
	int64_t began;		    /* clock_now when its turn came */
	int64_t again;	   /* when to ask again for what is not there */
	uint64_t received; /* bytes, in this run */
};

STAILQ_HEAD(job_list, job);
RB_HEAD(job_tree, job);

struct jobs {
	const struct transfer_settings *settings;
	/* Everything goes into it or below; NULL: standard output. */
	struct folder *folder;
	struct job_list files;	 /* to be asked for, in this order */
	struct job_list folders; /* to be listed, the first one first */
	struct job_list waiting; /* for their names to exist, see job->again,
				    soonest first */
	STAILQ_HEAD(split_list, pieces) splits; /* files in pieces */
	struct tree_folders tree_folders; /* of folders that are fetched */
	/* Outputs that are done with, for those that come. */
	struct output_list spares;
	struct job_tree finals; /* those that were asked for by name, by the
				   name they get here */
	int64_t latest;		/* job->again that any of these has had */
	int64_t wait_until;	/* for names that do not exist yet */
	size_t n;		/* all of them, under way or not; the pieces
				   of a file are one */
	size_t n_folders;	/* of all, those that are no files */
	size_t n_files;		/* in the list of files */
	size_t n_splits;	/* in the list of splits */
	size_t n_listing;	/* folders that are asked for, a page each */
	struct job *suspect;	/* in a list: whose turn it was when a
				   connection broke */
	size_t memory;		/* bytes that entries of folders take */
	size_t page;		/* of these, those of the largest page yet */
	unsigned workers;	/* threads that fetch them */
	pthread_mutex_t lock;
	pthread_cond_t changed; /* something may be there to do, or be over */
};

void jobs_open(struct jobs *jobs, const struct transfer_settings *settings,
    struct folder *folder);
void jobs_close(struct jobs *jobs);

/* Both keep errno, which what was done without the lock may have set. */
void jobs_lock(struct jobs *jobs);
void jobs_unlock(struct jobs *jobs);

/* Waits, without the lock, until something has changed or for so long (ns). */
void jobs_wait(struct jobs *jobs, int64_t time);

/* Wakes those who wait. */
void jobs_tell(struct jobs *jobs);

/* Takes the first job out of a list, or this one; NULL if there is none. */
struct job *jobs_take(struct jobs *jobs, struct job_list *list);
void jobs_take_out(struct jobs *jobs, struct job *job);

/* Puts a job that is in no list where it belongs, the first, the last, or
 * behind another folder (NULL: the first). */
void jobs_put_first(struct jobs *jobs, struct job *job);
void jobs_put_after(struct jobs *jobs, struct job *after, struct job *job);
void jobs_put_last(struct jobs *jobs, struct job *job);

/* Puts it among those that wait, until then (clock_now). */
void jobs_put_off(struct jobs *jobs, struct job *job, int64_t again);

/* Frees one job that is in no list, and what it has of an output. */
void jobs_remove(struct jobs *jobs, struct job *job);

/*
 * Adds a name; sum is the SHA-256 that is required of it (copied), or NULL. A
 * name that is there already, with the same sum, is not added again. With
 * settings->store.is_tree it may be a folder, and "." the served one. 0, or -1
 * with the failure set: EXIT_USAGE when it breaks the rules for names or
 * would get the same name here as another, EXIT_LOCAL when that is too long,
 * or is here and neither a file nor a folder, as what is fetched would be, or
 * memory is short.
 */
int jobs_add(struct jobs *jobs, const char *name, size_t len,
    const uint8_t *sum, struct failure *failure);

/* The same for a name that is written into a branch (held), by its last
 * component; NULL: into the folder that all goes into. */
int jobs_add_below(struct jobs *jobs, const char *name, size_t len,
    struct tree_folder *tree, const uint8_t *sum, struct failure *failure);

/*
 * A job for an entry of a folder that is being listed, in no list yet; entry
 * is a valid component. NULL where there can be none, with *why, for a person
 * (a static string): its name is too long, for the server or for here, or is
 * that of a part file, or memory is short.
 */
struct job *jobs_new_entry(struct jobs *jobs, const struct job *parent,
    const char *entry, bool is_folder, const char **why);

/* The server's name of an entry of a folder, to be freed; NULL without memory.
 */
char *jobs_join(const struct job *parent, const char *entry);

/* A job for a piece of the file of another, in no list; NULL without memory. */
struct job *jobs_new_piece(struct pieces *pieces, const struct job *whole,
    size_t piece, enum job_stage stage);

/* Whether another page of a folder may be asked for, besides those on their
 * way. */
bool jobs_may_list(const struct jobs *jobs);

/* Whether the entries that are held take more memory than they may. The page
 * that brought the last one is then dropped. */
bool jobs_are_too_many(const struct jobs *jobs);

/* Whether that page, of so many bytes, can be asked for again later, because
 * other entries hold much of the memory and will free it. If not, the tree is
 * too large to fetch. */
bool jobs_will_be_fewer(const struct jobs *jobs, size_t page);

/* Notes that a job that was taken for a folder's is a file's. */
void jobs_turn_out_file(struct jobs *jobs, struct job *job);

/* How many files are left, those under way among them; folders do not count. */
size_t jobs_files_left(const struct jobs *jobs);

/* Whether there is just one left. */
bool jobs_are_one(const struct jobs *jobs);

#endif
