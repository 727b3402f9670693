#ifndef CRASH_CHANCE_H
#define CRASH_CHANCE_H

/*
 * Random moments: drawn from a seed that is printed, so that a run can be had
 * again, CRASH_SEED in the environment; CRASH_ROUNDS, where it is less, takes
 * the place of a test's own number of rounds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

/* Seeds, and prints the seed, for the test of this name. */
void chance_open(const char *test);

/* Less than n. */
uint64_t chance_below(uint64_t n);

/* How many rounds of so many are to be made, at least 1. */
unsigned chance_rounds(unsigned most);

/* Waits for so many ns: whether the program has ended by then. */
bool chance_wait(const struct program *program, int64_t ns);

#endif
