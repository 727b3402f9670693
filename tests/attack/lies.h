#ifndef ATTACK_LIES_H
#define ATTACK_LIES_H

/*
 * What a server may do to a client, in tables: without end, of impossible
 * size, a byte at a time, untrue, or in words for a terminal.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/attack/truth.h"

/* A set of operations, or of exit codes. */
#define LIES_BIT(n)  (1U << (n))
#define LIES_OPS(op) LIES_BIT(PROTOCOL_OP_##op)

/* What stands on a terminal if it is obeyed; and what must not. */
#define LIES_WORD "owned"
#define LIES_ORDERS                               \
	"\033]0;" LIES_WORD "\007\033[2J\302\233" \
	"31m\r\b\177"

struct lie {
	const char *row;
	unsigned ops;	/* what is asked for, and answered so */
	unsigned codes; /* that fileget may end with, besides the truth's 0
			   where nothing of it was asked */
	/* False when the connection is to be ended; NULL: the truth, changed.
	 */
	bool (*tell)(struct fake *fake, const struct fake_asked *asked,
	    const struct lie *lie);
	struct truth_change change;
	int status;	  /* of a refusal */
	uint64_t length;  /* that is announced */
	const char *name; /* of an entry, or a message */
	size_t len;	  /* of it, bytes; 0: it is a string */
	uint32_t mode;
	unsigned tries;	    /* --retry */
	bool is_endless;    /* by its nature: it is interrupted */
	bool only_verified; /* else nobody can notice */
	long peak;	    /* memory that it may take, KiB; 0: the usual */
};

extern const struct lie lies[];
extern const size_t lies_n;

/* The row of that name. */
const struct lie *lies_find(const char *row);

#endif
