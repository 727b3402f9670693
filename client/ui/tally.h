#ifndef CLIENT_UI_TALLY_H
#define CLIENT_UI_TALLY_H

/*
 * The counts of a batch: its bytes and files, whichever connection they come
 * over. ui/progress.h shows them. Any thread may call these functions after
 * tally_open.
 */

#include <sys/queue.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* A file of a batch. Zeroed, it is one of those that tally_begin has counted.
 * The lock of the tally guards it. */
struct tally_file {
	TAILQ_ENTRY(tally_file) next; /* among those under way */
	const char *name;	      /* borrowed while it is under way */
	uint64_t size;		      /* bytes */
	uint64_t here;		      /* bytes of these that are here */
	bool has_size;
	bool is_under_way;
};

struct tally {
	pthread_mutex_t lock; /* guards all but the atomic members */
	uint64_t files_all;
	uint64_t files_over;	/* done, or given up */
	uint64_t files_unknown; /* neither over, nor of a known size */
	uint64_t all;		/* bytes of the files whose size is known */
	uint64_t here;		/* of these, bytes that are here */
	uint64_t received;	/* bytes, for this batch */
	uint64_t reused;	/* bytes, the same */
	TAILQ_HEAD(tally_files, tally_file) under_way; /* oldest first */

	atomic_bool is_listing; /* more files may come */
	atomic_bool is_resting; /* there is nothing to ask for at present */
	atomic_uint replies;	/* received; wraps */
};

void tally_open(struct tally *tally);

/* Begins a batch of so many files of unknown size. is_listing: it also has
 * folders to list. */
void tally_begin(struct tally *tally, uint64_t files, bool is_listing);

/* Adds a file of size bytes to the batch. */
void tally_add_file(struct tally *tally, struct tally_file *file,
    uint64_t size);

/* Adds a file of size bytes that is here already. */
void tally_add_unchanged(struct tally *tally, uint64_t size);

/* Sets the size of a file, which may differ from the one known so far. */
void tally_set_size(struct tally *tally, struct tally_file *file,
    uint64_t size);

/* Notes that a file of size bytes is under way, of which `at` bytes are here
 * already. Borrows name until the file is no longer under way. */
void tally_begin_file(struct tally *tally, struct tally_file *file,
    const char *name, uint64_t size, uint64_t at);

/* Counts n received bytes of a file. */
void tally_receive(struct tally *tally, struct tally_file *file, uint64_t n);

/* Counts n bytes of a file that are here without having been received. */
void tally_reuse(struct tally *tally, struct tally_file *file, uint64_t n);

/* Takes back n counted bytes that are not the file's and will come again. */
void tally_take_back(struct tally *tally, struct tally_file *file, uint64_t n);

/* Notes that a file is no longer under way, but not over. */
void tally_rest_file(struct tally *tally, struct tally_file *file);

/* Notes that a file is done or given up; the missing bytes of one given up no
 * longer count. Afterwards it may be freed. */
void tally_end_file(struct tally *tally, struct tally_file *file, bool is_done);

/* Notes that a reply has come; is_listing: folders are still being listed. */
void tally_note_reply(struct tally *tally, bool is_listing);

/* Sets whether all that is left has to wait (--wait, --settle). */
void tally_set_resting(struct tally *tally, bool is_resting);

/* Returns the bytes received for the batch, or for the last one. */
uint64_t tally_received(struct tally *tally);

#endif
