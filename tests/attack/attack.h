#ifndef ATTACK_ATTACK_H
#define ATTACK_ATTACK_H

/*
 * Common to all attacks: their size, the network namespace they run in, and the
 * verdict. An attack records in a verdict whether the program withstood it,
 * instead of asserting: controls (see scene.h) must fail the attack, so that
 * the test judges.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verdict {
	bool held;
	char why[256]; /* the first reason, if !held */
};

/* Sets the verdict to "held". Call it before the attack. */
void verdict_begin(struct verdict *verdict);

/* If !holds, records that the program failed and why. Only the first reason is
 * kept. */
void verdict_expect(struct verdict *verdict, bool holds, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* Fails the test with the verdict's reason, unless the program held. */
void verdict_assert(const struct verdict *verdict);

/*
 * Returns n divided by ATTACK_SCALE of the environment (1 if unset), but at
 * least least. n counts connections, requests or bytes.
 */
uint64_t attack_scaled(uint64_t n, uint64_t least);

/* Returns whether the attacks have their full size: only then are times
 * judged. */
bool attack_is_full(void);

/*
 * Moves the process into a network namespace of its own where the machine
 * allows it, so that foreign sockets are not counted and ports do not run out.
 * Raises the limit of descriptors to its maximum.
 */
void attack_enter(void);

/* Prints one line on standard output: "name: ...". */
void attack_say(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
