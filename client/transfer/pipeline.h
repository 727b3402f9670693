#ifndef CLIENT_TRANSFER_PIPELINE_H
#define CLIENT_TRANSFER_PIPELINE_H

/*
 * The pipeline: requests go ahead, replies come in order, and what breaks is
 * tried again from where it broke. Each struct fetch is one thread's.
 */

#include "client/transfer/window.h"
#include "client/store/base_folders.h"
#include "client/store/folder.h"
#include "client/transfer/job_queue.h"
#include "client/wire/connection.h"
#include "client/transfer/settings.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"

struct pipeline {
	const struct transfer_settings *settings;
	struct folder *folder; /* NULL: standard output */
	struct report *report;
	struct progress *progress;
	struct connection connection; /* kept between runs */
	struct jobs *jobs;	      /* of this run */
	struct window window;
	bool said;	    /* what is being fetched */
	bool has_begun;	    /* there has been a connection, in this run */
	bool leaves;	    /* the others do without it, if there are any: see
			       transfer/parallel.h */
	unsigned exhausted; /* jobs in a row that used up all tries */
};

void pipeline_open(struct pipeline *pipeline,
    const struct transfer_settings *settings, struct folder *folder,
    struct report *report, struct progress *progress, struct rate *rate);
void pipeline_close(struct pipeline *pipeline);

/* Adds a name to what is to be fetched; one that will not do is reported.
 * With a sum: the SHA-256 it must have, or NULL. */
void pipeline_add_name(struct pipeline *pipeline, struct jobs *jobs,
    const char *name, size_t len);
void pipeline_add_sum(struct pipeline *pipeline, struct jobs *jobs,
    const char *name, size_t len, const uint8_t *sum);

/* The same with settings->base: the name lies below that folder there, and
 * keeps its own folders here. */
void pipeline_add_below(struct pipeline *pipeline, struct jobs *jobs,
    struct base_folders *base, const char *name, const uint8_t *sum);

/* What pipeline_run consists of, for several connections at the same jobs (see
 * transfer/parallel.h): once for all, and once for each. Under the jobs' lock.
 */
void pipeline_begin(struct pipeline *pipeline, struct jobs *jobs);
void pipeline_work(struct pipeline *pipeline, struct jobs *jobs);

/*
 * Fetches all jobs, which are gone afterwards; what became of each is with
 * the report. The connection is kept for another run.
 */
void pipeline_run(struct pipeline *pipeline, struct jobs *jobs);

#endif
