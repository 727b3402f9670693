#ifndef SERVER_WORK_SLOTS_H
#define SERVER_WORK_SLOTS_H

/*
 * Bounds how many sessions do costly work at one time. Work is cut into slices;
 * a session needs a work slot for each slice. There are two kinds of work, each
 * with a queue and slots of its own. Any thread may call these functions after
 * work_slots_init.
 *
 * Slots are shared fairly by peer address: the next slot goes to the address
 * that has used least so far. Within an address, requests of one slice go
 * before larger ones, but at most three in a row while a larger one waits. An
 * address that comes back after a while may use WORK_CREDIT before it queues
 * with the others.
 *
 * A session gives its slot back before it may block on its peer. If a holder
 * makes no progress for WORK_STALL, because its storage hangs, another session
 * gets a slot instead, and requests for files of that device are refused until
 * the holder goes on.
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
	WORK_OTHER, /* pages of folders, and long rows of small requests */
	WORK_KINDS,
};

/* Bytes of a DIGEST in one slice; a slice of other work counts as many. */
#define WORK_SLICE ((uint64_t)4 * 1024 * 1024)
/* Bytes that an address may have used less than the others when it returns. */
#define WORK_CREDIT ((uint64_t)256 * 1024 * 1024)
/* Time without progress after which a holder counts as stuck. */
#define WORK_STALL (1 * CLOCK_SEC)

enum {
	/* DIGESTs that wait for a slot, of one address and of all. */
	WORK_PER_ADDRESS = 256,
	WORK_WAITING = 1024,
};

struct work_slot;
TAILQ_HEAD(work_slot_queue, work_slot);
LIST_HEAD(work_slot_list, work_slot);

/* One address in one queue. */
struct work_share {
	RB_ENTRY(work_share) node;    /* in the queue, while waiting > 0 */
	struct work_slot_queue small; /* requests of one slice */
	struct work_slot_queue large;
	unsigned waiting; /* length of small and large */
	unsigned smalls;  /* small ones served since the last large one */
	uint64_t used;	  /* bytes; join_queue raises it to a minimum */
};

/* One address in all queues, shared by its connections. */
struct work_shares {
	struct work_share of[WORK_KINDS];
};

RB_HEAD(work_share_tree, work_share);

struct work_queue {
	struct work_share_tree shares; /* that wait, least used first */
	struct work_slot_list holders;
	unsigned free; /* slots */
	unsigned waiting;
	uint64_t used; /* highest share.used of an address served so far */
};

struct work_slots {
	/* Guards queues, all shares and all slots, except for their atomics.
	 * Taken under the lock of struct workers; no lock is taken under it. */
	pthread_mutex_t lock;
	struct work_queue queues[WORK_KINDS];
};

enum work_slot_state {
	WORK_SLOT_NONE = 0,
	WORK_SLOT_WAITS,
	WORK_SLOT_HELD,
	WORK_SLOT_REFUSED,
};

/* A connection's claim to a slot. The session's thread takes and gives it.
 * Other threads change state only while that thread waits, so it may read state
 * without the lock between its calls. They may also cancel, and read since. */
struct work_slot {
	TAILQ_ENTRY(work_slot) next;   /* in its share, while it waits */
	LIST_ENTRY(work_slot) sibling; /* in holders, while it is held */
	struct work_slots *slots;
	struct work_shares *shares;
	pthread_cond_t changed; /* initialized while it waits */
	enum work_kind kind;
	enum work_slot_state state;
	bool small;
	bool replaced; /* its holder is stuck, so a slot was added instead */
	bool cancelled;
	uint64_t cost; /* bytes, for share.used */
	dev_t device;  /* of the file; 0: none */
	/* Time of the holder's last progress; relaxed: only detects a stall. */
	_Atomic int64_t moved;
	/* Time from which its request has waited; 0: it never had to. Only
	 * eviction.c reads it, for which an old value is good enough. */
	_Atomic int64_t since;
};

/* A piece of work that needs a slot. */
struct work_slice {
	enum work_kind kind;
	uint64_t left; /* bytes of the whole request, this slice included */
	dev_t device;  /* of the storage that may hang; 0: none */
};

/* Initializes slots for so many processors. They own no resource. */
void work_slots_init(struct work_slots *slots, unsigned cores);

/* Initializes an address that has used nothing. */
void work_shares_init(struct work_shares *shares);

/* Initializes the claim of a connection from that address; slots and shares
 * outlive it. */
void work_slot_init(struct work_slot *slot, struct work_slots *slots,
    struct work_shares *shares);

/*
 * Gives a held slot back, then waits for one: the holder gets its slot again
 * unless a waiting claim comes first. Returns 0 with the slot held, or -1 with
 * no slot and errno: ECANCELED from work_slot_cancel on; EBUSY if too many wait
 * or a holder is stuck on slice->device; ECONNRESET if stream's peer has broken
 * its connection.
 */
int work_slot_take(struct work_slot *slot, const struct work_slice *slice,
    const struct stream *stream);

/* Notes that the holder makes progress: a read has returned. */
void work_slot_progress(struct work_slot *slot);

/* Gives a held slot back. Call it before anything that waits for the peer. */
void work_slot_give(struct work_slot *slot);

/* Returns true if no slot for this kind of work is free. */
bool work_slots_are_taken(struct work_slot *slot, enum work_kind kind);

/* Makes this and all later waits of the claim fail with ECANCELED. */
void work_slot_cancel(struct work_slot *slot);

#endif
