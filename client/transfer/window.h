#ifndef CLIENT_TRANSFER_WINDOW_H
#define CLIENT_TRANSFER_WINDOW_H

/* The requests of one connection that have no reply yet, in order, and how many
 * more it may make. The queue's lock is held. */

#include <stdbool.h>
#include <stdint.h>

#include "client/transfer/job_queue.h"
#include "client/transfer/settings.h"

struct window {
	struct job_list sent;  /* asked for, in this order */
	struct job_list next;  /* to be asked first, on this connection */
	bool has_listed;       /* a page of a folder came on it */
	bool shares;	       /* other connections may take jobs */
	unsigned most;	       /* requests under way */
	unsigned most_listing; /* of these, for folders; grows */
	unsigned n;	       /* requests under way now */
	unsigned n_listing;    /* of these, for folders */
	uint64_t n_bytes;      /* that they ask for, as far as is known */
	uint64_t n_brought;    /* n_bytes of the requests with a reply */
};

void window_open(struct window *window,
    const struct transfer_settings *settings);

/* Returns whether so few requests are under way that more should be made. */
bool window_is_low(const struct window *window);

/* Returns whether one more request may be made. */
bool window_has_room(const struct window *window);

/* Returns whether one more folder may be listed. */
bool window_may_list(const struct window *window);

/* Adds a job, which is in no list, whose request was made. */
void window_add(struct window *window, struct job_queue *queue,
    struct job *job);

/* Returns the job whose reply is next, or NULL. */
struct job *window_first(const struct window *window);

/* Takes out the job of window_first, whose reply has come. */
void window_take_first(struct window *window, struct job_queue *queue);

/* Adds a job that was answered and asks once more on this connection, whose
 * session may keep the file open. */
void window_put_next(struct window *window, struct job *job);

/* Takes the first job added by window_put_next; NULL if there is none. */
struct job *window_take_next(struct window *window);

/* Returns whether no job is under way or to be asked for next. */
bool window_is_empty(const struct window *window);

/* Returns whether the requests under way may be left to other connections:
 * there are some, and the server does not read a whole file for the first. */
bool window_may_move(const struct window *window);

/* Returns whether the server may be silent for some seconds before the next
 * reply, because it has to read much for it. */
bool window_may_wait(const struct window *window);

/* Returns the bytes of files that the requests under way still bring, as far as
 * is known, after so many bytes of the first have come. */
uint64_t window_bytes_left(const struct window *window, uint64_t received);

/* Returns all jobs to the queue, in order, after the connection was lost; the
 * queue suspects the first. */
void window_return(struct window *window, struct job_queue *queue);

#endif
