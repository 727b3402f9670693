#ifndef CLIENT_TAIL_H
#define CLIENT_TAIL_H

/*
 * A file that is followed as it grows: what is to be asked next, and what
 * becomes of the reply. The connection, the waiting and the end are those of
 * follow.c. One thread.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/failure.h"
#include "client/link.h"
#include "client/options.h"
#include "client/output.h"
#include "client/report.h"

/* What is asked next. */
enum tail_stage {
	TAIL_READ,   /* what stands behind the bytes that are here */
	TAIL_PROVE,  /* the digest of those that were not proved */
	TAIL_REREAD, /* these themselves, where a digest cannot be had */
};

/* What a reply leads to. */
enum tail_outcome {
	TAIL_DONE,   /* there is no more for now */
	TAIL_MORE,   /* bytes have come, and there are more */
	TAIL_AGAIN,  /* something else is to be asked first */
	TAIL_ABSENT, /* there is no such name, failure says so */
	TAIL_CLOSED, /* the connection ended before a byte of the reply, */
	TAIL_LOST,   /* or is of no use; failure says why */
	TAIL_FAILED, /* for good; failure says why */
};

/* The fields are tail.c's own, but for failure and begun. */
struct tail {
	const struct options *options;
	struct report *report;
	const char *name;
	size_t name_len;
	struct output *output; /* standard output */
	enum tail_stage stage;
	uint64_t id;	 /* of the file; 0: whichever it is */
	uint64_t old_id; /* before it began anew */
	uint64_t proved; /* bytes from the start on that agree with a
			    digest of the server's */
	bool begun;	 /* the name has been there */
	bool gone;	 /* and is not, as was said */
	bool anew;	 /* from the start, as is to be said */
	struct failure failure;
};

/* name is borrowed. 0, or -1 without memory. */
int tail_open(struct tail *tail, const struct options *options,
    struct report *report, const char *name);
void tail_close(struct tail *tail);

/* Puts the next request into the stream: 0, or -1 without memory. */
int tail_ask(const struct tail *tail, struct stream *stream);

/* Receives the reply and acts on it. */
enum tail_outcome tail_receive(struct tail *tail, struct link *link);

#endif
