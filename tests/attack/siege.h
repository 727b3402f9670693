#ifndef ATTACK_SIEGE_H
#define ATTACK_SIEGE_H

/*
 * One fileget, run in one way against one lie, in a folder of its own so that
 * many can run side by side. It holds if it ends in time with an exit code that
 * the manual allows; uses little memory and no more disk than it was sent;
 * leaves older files unchanged, gives final names to correct files only, writes
 * nothing outside its folder, and prints no terminal control sequence.
 */

#include "tests/attack/attack.h"
#include "tests/attack/lies.h"
#include "tests/harness/program.h"

struct siege_way {
	const char *row;
	const char *args[8];
	unsigned codes;	 /* exit codes besides those of the lie */
	bool is_large;	 /* fetches the large file, in pieces */
	bool has_part;	 /* a part file exists already */
	bool is_exact;	 /* prints names unescaped */
	bool is_blind;	 /* --no-verify */
	bool is_listing; /* reads the whole folder before it prints it */
	bool is_endless; /* follows, and is interrupted */
};

extern const struct siege_way siege_ways[];
extern const size_t siege_ways_n;

/* State of a run; zeroed, or begun. Buffers are kept out of it: the peak memory
 * of a process starts with that of its parent. */
struct siege {
	const struct lie *lie;
	const struct siege_way *way;
	char folder[32]; /* below the scratch folder */
	int64_t began;
	int64_t limit; /* ns until it must have ended; may be changed */
	struct fake fake;
	struct program client;
	struct verdict verdict;
};

/* Returns the way of that name; fails the test if there is none. */
const struct siege_way *siege_find_way(const char *row);

/* Plays the server. fake->argument is the siege. */
void siege_play(struct fake *fake);

/* Creates the files that the ways need. Call it once in a test. */
void siege_prepare(void);

void siege_begin(struct siege *siege, const struct lie *lie,
    const struct siege_way *way);

/* Waits until the client ends, and judges it. An endless way is interrupted. */
void siege_end(struct siege *siege);

#endif
