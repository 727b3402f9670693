#ifndef CLIENT_TRANSFER_PIPELINE_STATE_H
#define CLIENT_TRANSFER_PIPELINE_STATE_H

/* The state of one connection's pipeline, for pipeline.c and pipeline_end.c. */

#include "client/store/folder.h"
#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"
#include "client/transfer/window.h"
#include "client/ui/progress.h"
#include "client/ui/report.h"
#include "client/wire/connection.h"

struct pipeline {
	const struct transfer_settings *settings;
	struct folder *folder; /* target; NULL: standard output */
	struct report *report;
	struct progress *progress;
	struct connection connection; /* kept between runs */
	struct job_queue *queue;      /* of this run */
	struct window window;
	struct server *server; /* of the connection, once made; NULL: none */
	unsigned replies;      /* received; wraps */
	uint64_t before;       /* bytes received (connection.total) before the
				  reply that is due */
	bool is_waiting;       /* there is nothing to ask for */
	bool is_cut;	    /* it was cut, so that others take its work over */
	bool said;	    /* the line that says what is fetched */
	bool has_begun;	    /* this run has had a connection */
	bool leaves;	    /* other connections go on without this one */
	unsigned exhausted; /* jobs in a row that used up all tries */
};

#endif
