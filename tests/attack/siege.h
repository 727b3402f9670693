#ifndef ATTACK_SIEGE_H
#define ATTACK_SIEGE_H

/*
 * One fileget, run in one way, that meets one lie, in a folder of its own, so
 * that many can run at once; and whether it held: it ends in time, with a code
 * that the manual has for it; it takes little memory and leaves no more on
 * the disk than it was sent; older files are as they were, nothing has a
 * final name but what is right, nothing lies outside the folder, and nothing
 * that it shows moves a terminal.
 */

#include "tests/attack/attack.h"
#include "tests/attack/lies.h"
#include "tests/harness/program.h"

struct siege_way {
	const char *row;
	const char *args[8];
	unsigned codes;	 /* that it may end with besides those of the lie */
	bool is_large;	 /* the file that is fetched: it goes in pieces */
	bool has_part;	 /* there is one of it already */
	bool is_exact;	 /* its standard output has names as they are */
	bool is_blind;	 /* --no-verify */
	bool is_listing; /* a folder is known as a whole before it is shown */
	bool is_endless; /* it follows */
};

extern const struct siege_way siege_ways[];
extern const size_t siege_ways_n;

/* Zeroed, or begun. It is large, and what is not touched is not here: the
 * peak of a process begins with that of the one that has started it. */
struct siege {
	const struct lie *lie;
	const struct siege_way *way;
	char folder[32]; /* in the scratch folder */
	int64_t began;
	int64_t limit; /* ns until it must have ended; may be changed */
	struct fake fake;
	struct program client;
	struct verdict verdict;
};

/* The way of that name. */
const struct siege_way *siege_find_way(const char *row);

/* What plays the server: fake->argument is the siege. */
void siege_play(struct fake *fake);

/* Once for a test: what the ways need besides a server. */
void siege_prepare(void);

void siege_begin(struct siege *siege, const struct lie *lie,
    const struct siege_way *way);

/* Waits for its end, interrupting it if it has none by nature. */
void siege_end(struct siege *siege);

#endif
