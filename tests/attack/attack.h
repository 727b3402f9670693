#ifndef ATTACK_ATTACK_H
#define ATTACK_ATTACK_H

/*
 * What all attacks have in common: how large they are, the network they
 * happen in, and what is said of them. An attack does not assert: it says in
 * a verdict whether the server held, since there are builds of it that must
 * not (see scene.h), for the test to judge.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct verdict {
	bool held;
	char why[256]; /* it did not: what was seen first */
};

/* Before the attack. */
void verdict_begin(struct verdict *verdict);

/* Where it does not hold: this is why, unless there is a reason already. */
void verdict_expect(struct verdict *verdict, bool holds, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* That it held, or else the test fails and says why. */
void verdict_assert(const struct verdict *verdict);

/*
 * A number of connections, requests or bytes: n, or where the environment has
 * ATTACK_SCALE=10 a tenth of it, but not below least.
 */
uint64_t attack_scaled(uint64_t n, uint64_t least);

/* Whether all has its full size, so that figures mean something. */
bool attack_is_full(void);

/*
 * From here on the test, and what it starts, is alone in a network of its
 * own, where the machine allows that: other programs' sockets are not
 * counted, ports do not run out. As many descriptors as may be.
 */
void attack_enter(void);

/* One line on standard output, to be copied: "name: ...". */
void attack_say(const char *name, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
