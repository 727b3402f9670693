#ifndef CLIENT_UI_OUTCOME_H
#define CLIENT_UI_OUTCOME_H

/*
 * The outcome of one step of work: one question to the server, one reply, one
 * write. All rooms of the client share these words; what follows from an
 * outcome is decided where the step was begun.
 */
enum outcome {
	OUTCOME_OK,   /* success */
	OUTCOME_MORE, /* success, and there is more to ask for at once */
	/* No answer yet: another question about the same file comes first. */
	OUTCOME_AGAIN,

	/* ---- success; findings about a file, see transfer/job_stages.h ----
	 */
	OUTCOME_DONE, /* the file is complete */
	OUTCOME_NEXT, /* the file has another question to ask */
	OUTCOME_ASK,  /* the same, on this connection */
	OUTCOME_LATER,
	OUTCOME_SPLIT,
	OUTCOME_SETTLE,

	/* ---- no success; a struct failure (ui/failure.h) says why ----------
	 */
	OUTCOME_ABSENT, /* the name does not exist, and may come to exist */
	OUTCOME_FAILED, /* this name fails; the connection serves others */
	OUTCOME_FAILED_RECONNECT,
	OUTCOME_LOST,	/* the connection is of no use; try another one */
	OUTCOME_CLOSED, /* the server closed it, before a reply or in a body */
	OUTCOME_FATAL,	/* trying again makes no sense */
};

#endif
