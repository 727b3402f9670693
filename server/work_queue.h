#ifndef SERVER_WORK_QUEUE_H
#define SERVER_WORK_QUEUE_H

/*
 * The claims that wait for slots of one kind, in the order in which they are
 * served. work_slots.c alone calls these functions, under the lock of struct
 * work_slots.
 */

#include <sys/queue.h>
#include <sys/tree.h>
#include <sys/types.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum work_kind {
	WORK_DIGEST,
	WORK_OTHER,	/* pages of folders, and long rows of small requests */
	WORK_HANDSHAKE, /* a step of a handshake of TLS */
	WORK_KINDS,
};

/* Bytes that an address may have used less than the others when it returns. */
#define WORK_CREDIT ((uint64_t)256 * 1024 * 1024)

struct work_slot;
struct work_slots;
TAILQ_HEAD(work_slot_queue, work_slot);
LIST_HEAD(work_slot_list, work_slot);

/* One address in one queue. */
struct work_share {
	RB_ENTRY(work_share) node;    /* in the queue, while waiting > 0 */
	struct work_slot_queue small; /* requests of one slice */
	struct work_slot_queue large;
	unsigned waiting; /* length of small and large */
	unsigned smalls;  /* small ones served since the last large one */
	uint64_t used;	  /* bytes; work_queue_join raises it to a minimum */
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
	struct work_slots *slots;      /* for work_slots.c */
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

/* Starts with n free slots, and nobody that waits. */
void work_queue_init(struct work_queue *queue, unsigned n);

/* Appends a claim to the requests of its address. An address that comes back is
 * charged here. */
void work_queue_join(struct work_queue *queue, struct work_slot *slot);

/* Takes a waiting claim out, refused, and wakes its session. */
void work_queue_refuse(struct work_queue *queue, struct work_slot *slot);

/* Takes a waiting claim out, which then has this state. */
void work_queue_leave(struct work_queue *queue, struct work_slot *slot,
    enum work_slot_state state);

/* Takes the claim that is served next out, as WORK_SLOT_HELD, and charges its
 * address. Passes over claims for devices that may_serve says no to. Returns
 * NULL if there is none. */
struct work_slot *work_queue_next(struct work_queue *queue,
    bool (*may_serve)(const struct work_queue *queue, dev_t device));

/* Refuses all claims for files of this device; none if it is 0. */
void work_queue_refuse_device(struct work_queue *queue, dev_t device);

/* Refuses the last claim of the address that has most, to make room in a full
 * queue for a claim of this share. Returns false if this address would then
 * have most itself. */
bool work_queue_displace(struct work_queue *queue,
    const struct work_share *share);

#endif
