#ifndef CLIENT_TRANSFER_PIPELINE_H
#define CLIENT_TRANSFER_PIPELINE_H

/*
 * The pipeline: requests go ahead, replies come in order, and what breaks is
 * tried again from where it broke. Each struct fetch is one thread's.
 */

#include <stdio.h>

#include "client/transfer/window.h"
#include "client/store/base_folders.h"
#include "client/store/folder.h"
#include "client/transfer/jobs.h"
#include "client/wire/connection.h"
#include "client/client_options.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"

struct fetch {
	const struct options *options;
	struct folder *folder; /* NULL: standard output */
	struct report *report;
	struct progress *progress;
	FILE *list;	   /* of -i or -c, open; or NULL */
	struct link link;  /* kept between runs */
	struct jobs *jobs; /* of this run */
	struct ahead ahead;
	bool said;	    /* what is being fetched */
	bool has_begun;	    /* there has been a connection, in this run */
	bool leaves;	    /* the others do without it, if there are any: see
			       crew.h */
	unsigned exhausted; /* jobs in a row that used up all tries */
};

void fetch_open(struct fetch *fetch, const struct options *options,
    struct folder *folder, struct report *report, struct progress *progress,
    struct rate *rate);
void fetch_close(struct fetch *fetch);

/* Adds a name to what is to be fetched; one that will not do is reported.
 * With a sum: the SHA-256 it must have, or NULL. */
void fetch_add_name(struct fetch *fetch, struct jobs *jobs, const char *name,
    size_t len);
void fetch_add_sum(struct fetch *fetch, struct jobs *jobs, const char *name,
    size_t len, const uint8_t *sum);

/* The same with options->base: the name lies below that folder there, and
 * keeps its own folders here. */
void fetch_add_below(struct fetch *fetch, struct jobs *jobs, struct base *base,
    const char *name, const uint8_t *sum);

/* What fetch_run consists of, for several connections at the same jobs (see
 * crew.h): once for all, and once for each. Under the jobs' lock. */
void fetch_begin(struct fetch *fetch, struct jobs *jobs);
void fetch_work(struct fetch *fetch, struct jobs *jobs);

/*
 * Fetches all jobs, which are gone afterwards; what became of each is with
 * the report. The connection is kept for another run.
 */
void fetch_run(struct fetch *fetch, struct jobs *jobs);

#endif
