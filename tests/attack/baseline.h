#ifndef ATTACK_BASELINE_H
#define ATTACK_BASELINE_H

/*
 * Threads, descriptors and memory of an idle server, and a check that the
 * server is back to them after an attack.
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
 * Growth of resident memory that is no leak: memory that the C library and the
 * server keep for reuse. Up to 640 thread stacks (40 MiB) of which about 8 of
 * 64 KiB each were touched; 64 lent blocks of 132 KiB; 0.5 KiB for each of the
 * most connections open at one time.
 */
#define BASELINE_SLACK (16 * 1024) /* KiB */

/* Four times the 5 s for which a server keeps an idle thread. */
#define BASELINE_LIMIT (20 * CLOCK_SEC)

/* Measures an idle server, after one request to it. */
void baseline_take(struct baseline *baseline, const struct server *server);

/*
 * Waits up to limit ns until the server has no more threads and descriptors
 * than in the baseline, then compares memory. Records each difference in the
 * verdict.
 */
void baseline_expect_back(const struct baseline *baseline,
    const struct server *server, int64_t limit, struct verdict *verdict);

#endif
