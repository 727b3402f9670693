#ifndef CRASH_CHANCE_H
#define CRASH_CHANCE_H

/*
 * Random moments, drawn from a seed that is printed; CRASH_SEED in the
 * environment repeats a run. CRASH_ROUNDS lowers the number of rounds.
 */

#include <stdbool.h>
#include <stdint.h>

#include "tests/harness/program.h"

/* Seeds the generator and prints the seed with the test's name. */
void chance_open(const char *test);

/* Returns a random number below n. */
uint64_t chance_below(uint64_t n);

/* Returns the number of rounds to make: most or CRASH_ROUNDS, at least 1. */
unsigned chance_rounds(unsigned most);

/* Waits ns nanoseconds. Returns early, and true, if the program ends. */
bool chance_wait(const struct program *program, int64_t ns);

#endif
