#ifndef ATTACK_LIES_H
#define ATTACK_LIES_H

/*
 * The lies that a server may tell a client, in tables: replies without end,
 * impossible sizes, one byte at a time, wrong contents, terminal control
 * sequences.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/attack/truth.h"

/* One member of a set of operations, or of exit codes. */
#define LIES_BIT(n)  (1U << (n))
#define LIES_OPS(op) LIES_BIT(PROTOCOL_OP_##op)

/* Text that appears on a terminal that obeys the lie, and bytes that must
 * not. */
#define LIES_WORD "owned"
#define LIES_ORDERS                               \
	"\033]0;" LIES_WORD "\007\033[2J\302\233" \
	"31m\r\b\177"

struct lie {
	const char *row;
	unsigned ops;	/* requests that are answered with the lie */
	unsigned codes; /* expected exit codes; 0 too without such requests */
	/* Sends the reply. Returns false to end the connection. NULL: a true
	 * reply with change applied. */
	bool (*tell)(struct fake *fake, const struct fake_asked *asked,
	    const struct lie *lie);
	struct truth_change change;
	int status;	  /* status of a refusal */
	uint64_t length;  /* length that is announced */
	const char *name; /* name of an entry, or a message */
	size_t len;	  /* bytes of name; 0: it is a string */
	uint32_t mode;
	unsigned tries;	    /* --retry */
	bool is_endless;    /* does not end by itself and is interrupted */
	bool only_verified; /* detected only with verification */
	long peak;	    /* memory limit, KiB; 0: the usual one */
};

extern const struct lie lies[];
extern const size_t lies_n;

/* Returns the row of that name; fails the test if there is none. */
const struct lie *lies_find(const char *row);

#endif
