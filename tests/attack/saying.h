#ifndef ATTACK_SAYING_H
#define ATTACK_SAYING_H

/*
 * Sends what a crowd's plan (crowd.h) says for one connection, at once and
 * later, without blocking.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crowd_plan;

struct saying {
	const uint8_t *words; /* bytes to send, and how often */
	uint8_t *own;	      /* a copy, if they are this connection's own */
	size_t len, at;
	uint64_t times;
	size_t later_at;
};

/* Initializes; sends nothing. */
void saying_begin(struct saying *saying, const struct crowd_plan *plan,
    uint64_t number);
void saying_end(struct saying *saying);

/* Sends as much as the socket takes of the bytes to be sent at once, and adds
 * it to *sent. Returns whether nothing is left to send, or the peer is gone. */
bool saying_go_on(struct saying *saying, int fd, uint64_t *sent);
bool saying_is_over(const struct saying *saying);

/* Sends the next step of the later bytes; drops what the socket does not
 * take. */
void saying_later(struct saying *saying, const struct crowd_plan *plan, int fd,
    uint64_t *sent);

#endif
