#ifndef ATTACK_BASELINE_H
#define ATTACK_BASELINE_H

/*
 * What a server has when nobody is there: threads, descriptors, memory; and
 * that it has no more again, some time after an attack.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/attack/attack.h"
#include "tests/harness/server.h"

struct baseline {
	unsigned threads;
	unsigned descriptors;
	long memory; /* KiB, resident */
};

/*
 * Resident memory that may stay: what the C library and the server keep for
 * reuse. Up to 40 MiB of thread stacks (640), of whose 64 KiB each 8 KiB or so
 * were touched; 64 lent blocks of 132 KiB; and 0.5 KiB for each connection that
 * there ever was at one time.
 */
#define BASELINE_SLACK (16 * 1024) /* KiB */

/* A server keeps a thread for 5 s after its connection, so this is enough. */
#define BASELINE_LIMIT (20 * CLOCK_SEC)

/* Of a server that has nothing to do; it answers one request before. */
void baseline_take(struct baseline *baseline, const struct server *server);

/*
 * Waits until threads and descriptors are no more than before, and then looks
 * at memory. The verdict has what is not.
 */
void baseline_expect_back(const struct baseline *baseline,
    const struct server *server, int64_t limit, struct verdict *verdict);

#endif
