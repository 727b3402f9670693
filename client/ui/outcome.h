#ifndef CLIENT_UI_OUTCOME_H
#define CLIENT_UI_OUTCOME_H

/*
 * The outcome of one step of work: one question to the server, one reply, one
 * write. All rooms of the client share these words; the room that began a step
 * decides what follows (for fetched files: transfer/job_stages.c).
 */
enum outcome {
	OUTCOME_OK,    /* success */
	OUTCOME_MORE,  /* success; the same question gets further replies */
	OUTCOME_AGAIN, /* no answer: the question has to be put another way */

	/* ---- findings about a file ---- */
	OUTCOME_UNKNOWN,      /* its state has to be asked for first */
	OUTCOME_SAME,	      /* the file here is the same as the server's */
	OUTCOME_LARGE,	      /* it is large enough to be fetched in pieces */
	OUTCOME_NOT_A_FOLDER, /* it was taken for a folder, and is a file */
	OUTCOME_UNPROVED,     /* the bytes here are not proved yet */
	OUTCOME_MOVED,	      /* all bytes are here; its version is newer */
	OUTCOME_MIXED,	      /* all bytes are here, but of several origins */
	OUTCOME_DIFFERENT,    /* the bytes here are not those of the file */
	OUTCOME_CHANGED,      /* it was rewritten while it was received */

	/* ---- no success; a struct failure (ui/failure.h) says why ---- */
	OUTCOME_NOT_YET,   /* its name does not exist yet, or has to wait */
	OUTCOME_FAILED,	   /* this name fails; the connection serves others */
	OUTCOME_ELSEWHERE, /* this server takes no part; ask another one */
	OUTCOME_LOST,	   /* the connection broke; try another one */
	OUTCOME_CLOSED,	   /* the server closed it, before a reply or in one */
	OUTCOME_FATAL,	   /* trying again makes no sense */
};

#endif
