#ifndef CLIENT_WIRE_CONNECTION_H
#define CLIENT_WIRE_CONNECTION_H

/*
 * The connection to the server, and the patience with it: when it breaks or
 * stalls it is made again, after 1, 2, 4 ... seconds, up to --retry times in
 * a row without getting anywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/ui/failure.h"
#include "client/client_options.h"
#include "client/ui/report.h"
#include "common/rate.h"
#include "common/stream.h"

struct link {
	const struct options *options;
	struct report *report;
	struct rate *rate; /* shared by all links of one run */
	struct stream stream;
	int fd;			/* -1: no connection */
	bool ever;		/* there has been one */
	bool idle;		/* the prompt has kept it; it
				   may have ended meanwhile */
	int tries;		/* in a row, in vain */
	uint64_t received;	/* bytes of files, on this one */
	struct failure failure; /* why the last one ended */
};

/* What arrives on all links that are given the same rate keeps to it. */
void link_open(struct link *link, const struct options *options,
    struct report *report, struct rate *rate);

/* Closes the connection, if there is one. */
void link_close(struct link *link);

/*
 * Connects where there is no connection. The first one is tried once; later
 * ones, after link_lost, wait and count. 0, or -1 with failure set when no
 * more is to be tried (EXITS_INTERRUPTED among the reasons).
 */
int link_connect(struct link *link);

/* What to ask whoever has chosen the address, after a failure; NULL: nothing.
 */
const char *link_hint(const struct link *link, const struct failure *failure);

/* The connection has broken or is of no use, because of this. */
void link_lost(struct link *link, enum exits code, const char *why);

/*
 * A run begins, with a new count of tries. A connection that is there from
 * the last one may have ended meanwhile: that does not count as a try.
 */
void link_begin(struct link *link);

/* Nothing will be asked for a while: that the connection ends meanwhile does
 * not count as a try. */
void link_idle(struct link *link);

/* One that could not be made is tried again all the same, as if there had been
 * one before. */
void link_persist(struct link *link);

/* Another job is given as many tries as the last one had. */
void link_forgive(struct link *link);

/* The server has answered on this connection. */
void link_answered(struct link *link);

/* Something has come of it, a file or bytes of one: the count of tries begins
 * anew when it is enough. */
void link_delivered(struct link *link);
void link_received(struct link *link, uint64_t bytes);

/* The server, for messages: "host:port", foreign bytes and all. */
void link_name(const struct link *link, char *text, size_t size);

#endif
