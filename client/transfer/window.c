/*
 * Far enough ahead to keep a server busy over a long way; not so far that one
 * connection takes what others could do, or that a walk holds a whole tree in
 * memory.
 */

#include <sys/resource.h>

#include "client/transfer/window.h"
#include "client/transfer/pieces.h"

enum {
	AHEAD_WINDOW = 256, /* requests, at most; refilled from half of it */
	/* Of the descriptors we may have, those that are neither part files
	 * nor the folders they are in: files in pieces among them. */
	AHEAD_DESCRIPTORS = 32 + 2 * SPLIT_MOST,
	AHEAD_OWN = 4,	    /* what one more connection takes: it, a pipe */
	AHEAD_LISTING = 32, /* folders at a time, at most, */
	AHEAD_LISTING_FIRST = 2,	/* and at first */
	AHEAD_SHARE = 12 * 1024 * 1024, /* bytes of one of several */
};

/* Each part that is gone on with stays open from its first request to its
 * end, and so does its folder: no more of them than there are descriptors,
 * which all connections share. */
static unsigned
choose_most(const struct options *options)
{
	rlim_t connections = (rlim_t)options->jobs, left;
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
	    limit.rlim_cur == RLIM_INFINITY)
		return AHEAD_WINDOW;
	left = AHEAD_DESCRIPTORS + AHEAD_OWN * (connections - 1);
	if (limit.rlim_cur <= left + 2 * connections)
		return 1;
	left = (limit.rlim_cur - left) / (2 * connections);
	return left < AHEAD_WINDOW ? (unsigned)left : AHEAD_WINDOW;
}

void
ahead_open(struct ahead *ahead, const struct options *options)
{
	*ahead = (struct ahead){
	    .shares = options->jobs > 1,
	    .most = choose_most(options),
	    .most_listing = AHEAD_LISTING_FIRST,
	};
	STAILQ_INIT(&ahead->sent);
	STAILQ_INIT(&ahead->next);
}

bool
ahead_is_low(const struct ahead *ahead)
{
	return ahead->n <= ahead->most / 2;
}

bool
ahead_has_room(const struct ahead *ahead)
{
	if (ahead->n >= ahead->most)
		return false;
	return !ahead->shares || ahead->n < 2 || ahead->n_bytes <= AHEAD_SHARE;
}

bool
ahead_may_list(const struct ahead *ahead)
{
	return ahead->n_listing < ahead->most_listing;
}

void
ahead_add(struct ahead *ahead, struct jobs *jobs, struct job *job)
{
	job->asks_list = job->stage == JOB_LIST;
	job->asks_bytes = job->split != NULL ?
	    split_length(job->split, job->piece) :
	    job->size;
	STAILQ_INSERT_TAIL(&ahead->sent, job, next);
	ahead->n++;
	ahead->n_listing += job->asks_list;
	jobs->n_listing += job->asks_list;
	ahead->n_bytes += job->asks_bytes;
}

struct job *
ahead_first(const struct ahead *ahead)
{
	return STAILQ_FIRST(&ahead->sent);
}

/*
 * Files wait behind the folders that were asked for before them, so these are
 * few, and one more with each that is answered while there is not much else to
 * ask for: folders with little in them, or a long way.
 */
static void
learn(struct ahead *ahead, const struct job *answered)
{
	if (answered->asks_list && ahead_is_low(ahead) &&
	    ahead->most_listing < AHEAD_LISTING)
		ahead->most_listing++;
}

static void
take_first(struct ahead *ahead, struct jobs *jobs)
{
	struct job *job = STAILQ_FIRST(&ahead->sent);

	STAILQ_REMOVE_HEAD(&ahead->sent, next);
	ahead->n--;
	ahead->n_listing -= job->asks_list;
	jobs->n_listing -= job->asks_list;
	ahead->n_bytes -= job->asks_bytes;
}

void
ahead_take_first(struct ahead *ahead, struct jobs *jobs)
{
	learn(ahead, STAILQ_FIRST(&ahead->sent));
	take_first(ahead, jobs);
}

void
ahead_put_next(struct ahead *ahead, struct job *job)
{
	STAILQ_INSERT_TAIL(&ahead->next, job, next);
}

struct job *
ahead_take_next(struct ahead *ahead)
{
	struct job *job = STAILQ_FIRST(&ahead->next);

	if (job != NULL)
		STAILQ_REMOVE_HEAD(&ahead->next, next);
	return job;
}

bool
ahead_is_empty(const struct ahead *ahead)
{
	return STAILQ_EMPTY(&ahead->sent) && STAILQ_EMPTY(&ahead->next);
}

void
ahead_return(struct ahead *ahead, struct jobs *jobs)
{
	struct job_list files = STAILQ_HEAD_INITIALIZER(files);
	struct job_list folders = STAILQ_HEAD_INITIALIZER(folders);
	struct job *job;

	jobs->suspect = ahead_first(ahead);
	while ((job = ahead_take_next(ahead)) != NULL) {
		STAILQ_INSERT_TAIL(&files, job, next);
		jobs->n_files++;
	}
	while ((job = ahead_first(ahead)) != NULL) {
		take_first(ahead, jobs);
		/* The part here is proved as the version it was last of. */
		if (job->stage == JOB_CONTINUE) {
			job->stage = JOB_PROVE;
			job->by_id = false;
		}
		if (job->split != NULL) {
			STAILQ_INSERT_TAIL(&job->split->returned, job, next);
		} else if (job->stage == JOB_LIST) {
			STAILQ_INSERT_TAIL(&folders, job, next);
		} else {
			STAILQ_INSERT_TAIL(&files, job, next);
			jobs->n_files++;
		}
	}
	STAILQ_CONCAT(&files, &jobs->files);
	STAILQ_SWAP(&files, &jobs->files, job);
	STAILQ_CONCAT(&folders, &jobs->folders);
	STAILQ_SWAP(&folders, &jobs->folders, job);
}
