#ifndef CLIENT_FOLLOW_SAME_LOG_H
#define CLIENT_FOLLOW_SAME_LOG_H

/*
 * The followed name leads to a file of another id. It may still be the file
 * that was printed: after a remount, or at another server, ids differ. A digest
 * of the printed bytes tells. No I/O. One thread.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/follow/printed.h"

struct same_log {
	uint64_t id; /* of the file that the followed name leads to; 0: none */
	uint64_t size;	  /* bytes of that file */
	uint64_t other;	  /* id of a file that has other bytes; 0: none known */
	bool reconnected; /* nothing was read since the connection was made */
	int64_t patience; /* end of the wait for a copy that is shorter; 0: it
			     has not begun */
	bool told;	  /* this wait was reported */
};

/* How the file compares with the printed bytes. */
enum same_log_verdict {
	SAME_LOG_SAME,	 /* it begins with all of them */
	SAME_LOG_BEHIND, /* it has fewer; those are the same as far as known */
	SAME_LOG_OTHER,	 /* it has others, or it stays behind */
};

/* Returns whether a digest may show that the file is the printed one. A shorter
 * file is considered only after a new connection: another server's copy may
 * get the last bytes a little later. */
bool same_log_is_possible(const struct same_log *same,
    const struct printed *printed);

/* Returns the number of bytes, from printed->start on, whose digest to ask
 * for. */
uint64_t same_log_count(const struct same_log *same,
    const struct printed *printed);

/* Judges the digest of that many bytes of a file that now has size bytes. */
enum same_log_verdict same_log_judge(struct same_log *same,
    const struct printed *printed, uint64_t size,
    const uint8_t digest[DIGEST_LENGTH]);

/* Notes that the file has other bytes: the server gives no digest of them. */
void same_log_note_other(struct same_log *same);

/* Notes that the file of the id asked for is read. */
void same_log_note_read(struct same_log *same);

#endif
