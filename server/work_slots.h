#ifndef SERVER_WORK_SLOTS_H
#define SERVER_WORK_SLOTS_H

/*
 * Bounds how many sessions do costly work at one time. Work is cut into slices;
 * a session needs a work slot for each slice. There are three kinds of work,
 * each with a queue and slots of its own. Any thread may call these functions
 * after work_slots_init.
 *
 * Slots are shared fairly by peer address: the next slot goes to the address
 * that has used least so far. Within an address, requests of one slice go
 * before larger ones, but at most three in a row while a larger one waits. An
 * address that comes back after a while may use WORK_CREDIT before it queues
 * with the others.
 *
 * A session gives its slot back before it may block on its peer. If a holder
 * makes no progress for WORK_STALL, because its storage is slow or hangs, a
 * slot is added for others, and those that wait for the same device go on
 * waiting. After WORK_HANG they are refused, and so are further ones, until the
 * holder goes on. So a device that hangs never holds more slots than there
 * were.
 */

#include <sys/types.h>

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "common/stream.h"
#include "server/work_queue.h"

/* Bytes of a DIGEST in one slice; a slice of other work counts as many. */
#define WORK_SLICE ((uint64_t)4 * 1024 * 1024)
/* Times without progress after which a holder counts as stuck, and as one that
 * hangs: a read from a far storage may take many seconds. */
#define WORK_STALL (1 * CLOCK_SEC)
#define WORK_HANG  (30 * CLOCK_SEC)

enum {
	/* DIGESTs that wait for a slot, of one address and of all. */
	WORK_PER_ADDRESS = 256,
	WORK_WAITING = 1024,
};

struct work_slots {
	/* Guards queues, all shares and all slots, except for their atomics.
	 * Taken under the lock of struct workers; no lock is taken under it. */
	pthread_mutex_t lock;
	struct work_queue queues[WORK_KINDS];
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
 * or a holder hangs on slice->device; ECONNRESET if stream's peer has broken
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
