#ifndef SERVER_TURNS_H
#define SERVER_TURNS_H

/*
 * A bound on how many sessions do costly work at one time. Work is cut into
 * slices, and a turn is the right to do one slice. There are two lines with
 * turns of their own: DIGESTs, and other work that keeps a processor busy
 * (pages of folders, long rows of small requests). Any thread may call these
 * after turns_open.
 *
 * Turns are given fairly: by peer address, to the one that has used least so
 * far; among the requests of one address the small ones go first, three in a
 * row at most while a large one waits. An address that has used nothing for a
 * while goes before all others until it has used TURNS_CREDIT.
 *
 * A turn is held only while nothing can block on the peer. One whose holder
 * makes no progress, on storage that hangs, is lent to another after
 * TURNS_STALL; meanwhile a request for a file of that device is refused.
 */

#include <sys/queue.h>
#include <sys/tree.h>
#include <sys/types.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/stream.h"

enum turns_line {
	TURNS_DIGEST,
	TURNS_WORK,
	TURNS_LINES,
};

/* Bytes of a DIGEST in one turn; other work counts as so many. */
#define TURNS_SLICE ((uint64_t)4 * 1024 * 1024)
/* Bytes by which an address that was away may fall behind the others. */
#define TURNS_CREDIT ((uint64_t)256 * 1024 * 1024)
/* Time without progress after which a turn is lent to another. */
#define TURNS_STALL (1 * CLOCK_SEC)

enum {
	/* DIGESTs that wait for a turn, of one address and of all. */
	TURNS_PER_ADDRESS = 256,
	TURNS_WAITING = 1024,
};

struct turn;
TAILQ_HEAD(turn_queue, turn);
LIST_HEAD(turn_list, turn);

/* One address in one line; turns.c's own. */
struct turns_share {
	RB_ENTRY(turns_share) node; /* in the line, while one of it waits */
	struct turn_queue small;    /* those that one slice completes */
	struct turn_queue large;
	unsigned waiting; /* in both */
	unsigned smalls;  /* that passed a large one, in a row */
	uint64_t used;	  /* bytes, and what it was put forward to */
};

/* One address in all lines; its connections share it. */
struct turns_shares {
	struct turns_share in[TURNS_LINES];
};

RB_HEAD(turns_tree, turns_share);

/* turns.c's own; the lock of struct turns guards it. */
struct turns_queue {
	struct turns_tree shares; /* that wait, by what they have used */
	struct turn_list holders;
	unsigned free;
	unsigned waiting;
	uint64_t used; /* what the last turn's share had used before */
};

struct turns {
	pthread_mutex_t lock; /* guards the rest, and all turns and shares */
	struct turns_queue lines[TURNS_LINES];
};

enum turn_state {
	TURN_NONE = 0,
	TURN_WAITS,
	TURN_HELD,
	TURN_REFUSED,
};

/* One connection's place in a line. Its session's thread takes and gives it;
 * another thread may cancel it and read since. */
struct turn {
	TAILQ_ENTRY(turn) next; /* in its share's queue, while it waits */
	LIST_ENTRY(turn) other; /* in its line's holders, while it is held */
	struct turns *turns;
	struct turns_shares *shares;
	pthread_cond_t changed; /* valid while it waits */
	enum turns_line line;
	enum turn_state state;
	bool small;
	bool lent; /* it is held, and another holds it as well */
	bool cancelled;
	uint64_t cost;	       /* bytes that it is charged with */
	dev_t device;	       /* of the file; 0: of none */
	_Atomic int64_t moved; /* the holder's last progress */
	_Atomic int64_t since; /* when its request had to wait first; 0: it
				  had not */
};

/* A piece of work for which a turn is wanted. */
struct turns_errand {
	enum turns_line line;
	uint64_t left; /* bytes of the whole request, this slice included */
	dev_t device;  /* whose storage may hang; 0: none */
};

/* Cores: processors to keep busy. 0, or -1 with errno. */
int turns_open(struct turns *turns, unsigned cores);
void turns_close(struct turns *turns);

/* An address that has used nothing; nobody of it waits. */
void turns_shares_init(struct turns_shares *shares);

/* A connection of that address that has no turn. Both outlive turn. */
void turns_init(struct turn *turn, struct turns *turns,
    struct turns_shares *shares);

/*
 * Waits for a turn. A turn that is held is given back first; it is kept where
 * nobody that waits comes before it. Returns 0 with the turn held, or -1 with
 * none held and errno
 *   ECANCELED   turns_cancel was called; this and all later calls,
 *   EBUSY       too many wait, or a holder is stuck on this device,
 *   ECONNRESET  the peer has broken its connection.
 */
int turns_take(struct turn *turn, const struct turns_errand *errand,
    const struct stream *stream);

/* Says that the holder goes on: a read has returned. */
void turns_progress(struct turn *turn);

/* Gives the turn back, if it is held, at the end of a request's work. */
void turns_give(struct turn *turn);

/* Returns whether a turn of this line would have to be waited for now. */
bool turns_are_taken(struct turn *turn, enum turns_line line);

/* Ends the wait for a turn, and any later one of this connection. */
void turns_cancel(struct turn *turn);

#endif
