#ifndef CLIENT_TRANSFER_WINDOW_H
#define CLIENT_TRANSFER_WINDOW_H

/*
 * What one connection has asked for and has no reply to yet, in order, and
 * how much more it may ask for. Under the jobs' lock.
 */

#include <stdbool.h>
#include <stdint.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"

struct window {
	struct job_list sent;
	struct job_list next;  /* to be asked for before all others, on this
				  very connection */
	bool shares;	       /* with other connections */
	unsigned most;	       /* requests; and folders, of these: */
	unsigned most_listing; /* grows where that is too few */
	unsigned n;	       /* requests under way, of these */
	unsigned n_listing;    /* folders, and */
	uint64_t n_bytes;      /* so many bytes, where they are known */
};

void window_open(struct window *window,
    const struct transfer_settings *settings);

/* Whether it is time to ask for more, and whether one more may be. */
bool window_is_low(const struct window *window);
bool window_has_room(const struct window *window);

/* Whether a folder may be listed besides those that are. */
bool window_may_list(const struct window *window);

/* A job that is in no list has been asked for. */
void window_add(struct window *window, struct jobs *jobs, struct job *job);

/* The job whose reply is next, or NULL; taken out, when it has come, it is in
 * no list. */
struct job *window_first(const struct window *window);
void window_take_first(struct window *window, struct jobs *jobs);

/*
 * A job that was answered asks once more about the same file, on the same
 * connection, whose session may keep the file open. It waits in a list of its
 * own, which window_take_next empties: NULL if there is none. There are never
 * more of these than requests under way before.
 */
void window_put_next(struct window *window, struct job *job);
struct job *window_take_next(struct window *window);

/* Returns whether no job is under way or to be asked for next. */
bool window_is_empty(const struct window *window);

/* Gives all of them back to the jobs, to be asked for again in the same
 * order; the first is the one to be suspected. */
void window_return(struct window *window, struct jobs *jobs);

#endif
