#ifndef CLIENT_TRANSFER_REUSE_H
#define CLIENT_TRANSFER_REUSE_H

/*
 * Decides which pieces of a file are compared with an older copy that is here
 * (--reuse) before they are fetched, and how many at a time. A copy that proves
 * to be of little use is soon compared rarely: a file without equal blocks
 * takes hardly longer than without the older copy. The lock of
 * transfer/job_queue.h is held.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/folder.h"
#include "client/store/part.h"
#include "client/store/settings.h"
#include "common/digest.h"

struct reuse {
	int fd;	       /* of the older copy; -1: none */
	uint64_t size; /* bytes of it */
	/* A part file that a single connection has left is one more copy. */
	int part_fd;	    /* locked; -1: none */
	uint64_t part_size; /* bytes of it */
	char part[PART_NAME];
	struct folder *folder; /* of the part file */
	unsigned asked;	       /* pieces that are being compared */
	unsigned most;	       /* of these, at a time; grows */
	unsigned hits;	       /* equal pieces in a row */
	unsigned misses;       /* different pieces in a row */
	unsigned skipped; /* pieces not compared since the last one that was */
};

/* Returns whether a file of this size is to be compared with an older copy that
 * is here. folder is open. */
bool reuse_suits(const struct store_settings *settings,
    const struct folder *folder, const char *final, uint64_t size);

/* Opens the older copy, if there is one, and a part file that was left. */
void reuse_open(struct reuse *reuse, const struct store_settings *settings,
    struct folder *folder, const char *final);

/* Closes both; the part file is left again. Closing twice is allowed. */
void reuse_close(struct reuse *reuse);

/* Returns OLD_COPY_LIKELY if the next piece is likely to be equal; or 0. */
unsigned reuse_expect(const struct reuse *reuse);

/* Copies n bytes at offset to the file `to`, from whichever copy has the
 * digest. how: OLD_COPY_*. Returns as old_copy_take does; any thread, without
 * the lock. */
int reuse_take(const struct reuse *reuse, int to, uint64_t offset, uint64_t n,
    unsigned how, const uint8_t digest[DIGEST_LENGTH]);

enum reuse_choice {
	REUSE_FETCH,   /* the piece is fetched without a comparison */
	REUSE_COMPARE, /* the piece is compared; counted as asked */
	REUSE_WAIT,    /* other comparisons have to end first */
};

/* Chooses for the next piece, n bytes at offset. */
enum reuse_choice reuse_choose(struct reuse *reuse, uint64_t offset,
    uint64_t n);

/* Notes the result of a comparison, which has ended. */
void reuse_note(struct reuse *reuse, bool is_equal);

#endif
