#ifndef CLIENT_FOLLOW_TAIL_STAGE_H
#define CLIENT_FOLLOW_TAIL_STAGE_H

/* The stages of a followed file, and the events that lead from one to the
 * next. The table of transitions is in follow/tail.c. */

/* The request that the next step sends. */
enum tail_stage {
	TAIL_READ,   /* FETCH from the last printed bytes on, and STAT of the
			followed name */
	TAIL_PROVE,  /* DIGEST of the printed bytes that are unproved */
	TAIL_REREAD, /* FETCH of these bytes: the server gives no digest */
	TAIL_HEAD,   /* FETCH of the first bytes: the last ones have changed */
	TAIL_SIZE,   /* STAT of the followed name, for --lines */
	TAIL_LINES,  /* FETCH of a piece in which the last lines may begin */
	TAIL_SEARCH, /* LIST of the folder, for rotated files */
	TAIL_SAME,   /* DIGEST of the printed bytes in the file that the name
			leads to now, whatever its id */
};

/* The result of a step. */
enum tail_event {
	TAIL_OK,	  /* no result yet: the reply is as expected so far */
	TAIL_IDLE,	  /* the file has no new bytes */
	TAIL_GREW,	  /* new bytes were printed, and there may be more */
	TAIL_NO_NAME,	  /* the followed name leads to no readable file */
	TAIL_READ_AGAIN,  /* another read comes first */
	TAIL_PROVED,	  /* the printed bytes are the file's */
	TAIL_FOUND,	  /* the old file or its copy has another name */
	TAIL_NEXT_FILE,	  /* the next byte to print is the first of a file */
	TAIL_DAMAGED,	  /* the trailer has another digest */
	TAIL_NO_DIGEST,	  /* the server cannot digest the file now */
	TAIL_OTHER_BYTES, /* the last printed bytes have changed in the file */
	TAIL_MOVED,	  /* the folder is to be searched */
	TAIL_OTHER_ID,	  /* the name leads to another id, perhaps of the same
			     file */
	TAIL_SEEK_ON,	  /* the last lines begin before the bytes searched */
	TAIL_SEEK_ANEW,	  /* the file in which they were sought is gone */
	TAIL_SOUGHT,	  /* the place to begin at is known */
	TAIL_BUSY,	  /* the server refuses the connection for now */
	TAIL_CLOSED,	  /* the connection ended before a byte of the reply */
	TAIL_LOST,	  /* the connection broke; the failure is set */
	TAIL_FAILED,	  /* trying again is useless; the failure is set */
};

#endif
