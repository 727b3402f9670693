#ifndef SERVER_WORK_SLOTS_H
#define SERVER_WORK_SLOTS_H

/*
 * A bound on how many sessions do costly work at one time. Work is cut into
 * slices, and a turn is the right to do one slice. There are two lines with
 * turns of their own: DIGESTs, and other work that keeps a processor busy
 * (pages of folders, long rows of small requests). Any thread may call these
 * after work_slots_open.
 *
 * Turns are given fairly: by peer address, to the one that has used least so
 * far; among the requests of one address the small ones go first, three in a
 * row at most while a large one waits. An address that has used nothing for a
 * while goes before all others until it has used WORK_CREDIT.
 *
 * A turn is held only while nothing can block on the peer. One whose holder
 * makes no progress, on storage that hangs, is lent to another after
 * WORK_STALL; meanwhile a request for a file of that device is refused.
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

enum work_kind {
	WORK_DIGEST,
	WORK_OTHER,
	WORK_KINDS,
};

/* Bytes of a DIGEST in one slot; other work counts as so many. */
#define WORK_SLICE ((uint64_t)4 * 1024 * 1024)
/* Bytes by which an address that was away may fall behind the others. */
#define WORK_CREDIT ((uint64_t)256 * 1024 * 1024)
/* Time without progress after which a turn is lent to another. */
#define WORK_STALL (1 * CLOCK_SEC)

enum {
	/* DIGESTs that wait for a slot, of one address and of all. */
	WORK_PER_ADDRESS = 256,
	WORK_WAITING = 1024,
};

struct work_slot;
TAILQ_HEAD(work_slot_queue, work_slot);
LIST_HEAD(work_slot_list, work_slot);

/* One address in one line; turns.c's own. */
struct work_share {
	RB_ENTRY(work_share) node;    /* in the line, while one of it waits */
	struct work_slot_queue small; /* those that one slice completes */
	struct work_slot_queue large;
	unsigned waiting; /* in both */
	unsigned smalls;  /* that passed a large one, in a row */
	uint64_t used;	  /* bytes, and what it was put forward to */
};

/* One address in all lines; its connections share it. */
struct work_shares {
	struct work_share in[WORK_KINDS];
};

RB_HEAD(work_share_tree, work_share);

/* turns.c's own; the lock of struct work_slots guards it. */
struct work_queue {
	struct work_share_tree shares; /* that wait, by what they have used */
	struct work_slot_list holders;
	unsigned free;
	unsigned waiting;
	uint64_t used; /* what the last turn's share had used before */
};

struct work_slots {
	pthread_mutex_t lock; /* guards the rest, and all turns and shares */
	struct work_queue lines[WORK_KINDS];
};

enum work_slot_state {
	WORK_SLOT_NONE = 0,
	WORK_SLOT_WAITS,
	WORK_SLOT_HELD,
	WORK_SLOT_REFUSED,
};

/* One connection's place in a line. Its session's thread takes and gives it;
 * another thread may cancel it and read since. */
struct work_slot {
	TAILQ_ENTRY(work_slot) next; /* in its share's queue, while it waits */
	LIST_ENTRY(work_slot)
	other; /* in its line's holders, while it is held */
	struct work_slots *slots;
	struct work_shares *shares;
	pthread_cond_t changed; /* valid while it waits */
	enum work_kind line;
	enum work_slot_state state;
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
struct work_slice {
	enum work_kind line;
	uint64_t left; /* bytes of the whole request, this slice included */
	dev_t device;  /* whose storage may hang; 0: none */
};

/* Cores: processors to keep busy. 0, or -1 with errno. */
int work_slots_open(struct work_slots *slots, unsigned cores);
void work_slots_close(struct work_slots *slots);

/* An address that has used nothing; nobody of it waits. */
void work_shares_init(struct work_shares *shares);

/* A connection of that address that has no turn. Both outlive turn. */
void work_slot_init(struct work_slot *slot, struct work_slots *slots,
    struct work_shares *shares);

/*
 * Waits for a turn. A turn that is held is given back first; it is kept where
 * nobody that waits comes before it. Returns 0 with the turn held, or -1 with
 * none held and errno
 *   ECANCELED   work_slot_cancel was called; this and all later calls,
 *   EBUSY       too many wait, or a holder is stuck on this device,
 *   ECONNRESET  the peer has broken its connection.
 */
int work_slot_take(struct work_slot *slot, const struct work_slice *errand,
    const struct stream *stream);

/* Says that the holder goes on: a read has returned. */
void work_slot_progress(struct work_slot *slot);

/* Gives the turn back, if it is held, at the end of a request's work. */
void work_slot_give(struct work_slot *slot);

/* Returns whether a turn of this line would have to be waited for now. */
bool work_slots_are_taken(struct work_slot *slot, enum work_kind line);

/* Ends the wait for a slot, and any later one of this connection. */
void work_slot_cancel(struct work_slot *slot);

#endif
