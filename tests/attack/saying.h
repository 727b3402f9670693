#ifndef ATTACK_SAYING_H
#define ATTACK_SAYING_H

/*
 * What one connection of a crowd says, at once and later, by its plan
 * (crowd.h): no more than its socket takes now.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct crowd_plan;

struct saying {
	const uint8_t *words; /* to be said so many times */
	uint8_t *own;	      /* the same, where they are its own */
	size_t len, at;
	uint64_t times;
	size_t later_at;
};

/* Says nothing yet. */
void saying_begin(struct saying *saying, const struct crowd_plan *plan,
    uint64_t number);
void saying_end(struct saying *saying);

/* Adds to *sent what it could say now of what is said at once: whether it is
 * over, also because nobody listens. */
bool saying_go_on(struct saying *saying, int fd, uint64_t *sent);
bool saying_is_over(const struct saying *saying);

/* The next bit of what is said later; what does not go now is not said. */
void saying_later(struct saying *saying, const struct crowd_plan *plan, int fd,
    uint64_t *sent);

#endif
