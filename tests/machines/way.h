#ifndef TESTS_MACHINES_WAY_H
#define TESTS_MACHINES_WAY_H

/* One direction of a link: packets lose some of their number by chance, wait
 * for the link in a queue of limited length, take their time at its rate, and
 * arrive after its delay, in order. Times are those of common/clock.h. One
 * thread. */

#include <stddef.h>
#include <stdint.h>

enum {
	WAY_PACKET = 1500, /* bytes of the longest packet */
};

struct way_settings {
	int64_t delay;	  /* nanoseconds from the link's end to the arrival */
	uint64_t rate;	  /* bytes a second; 0: no limit */
	uint64_t queue;	  /* bytes that may wait for the link */
	double loss;	  /* share of the packets that are lost, 0 to 1 */
	uint16_t seed[3]; /* of erand48(3), which chooses them */
};

struct way_counts {
	uint64_t packets, bytes; /* that arrived */
	uint64_t lost;		 /* packets lost by chance */
	uint64_t dropped;	 /* packets that found the queue full */
};

struct way {
	struct way_settings settings;
	struct way_counts counts;
	int64_t free_at; /* the link has then sent all that waits */
	uint8_t *ring;	 /* packets under way, with their times */
	size_t size, start, used;
};

/* Makes a way. Returns 0, or -1 with errno. way_close frees it. */
int way_open(struct way *way, const struct way_settings *settings);
void way_close(struct way *way);

/* Takes a packet of n bytes, at most WAY_PACKET, at a time that never runs
 * backwards: it is lost, dropped, or under way. */
void way_take(struct way *way, const uint8_t *bytes, size_t n, int64_t now);

/* Returns the time at which the next packet arrives, or CLOCK_NEVER. */
int64_t way_next(const struct way *way);

/* Moves the next packet to bytes, which have room for WAY_PACKET. There must be
 * one. Returns its length. */
size_t way_pass(struct way *way, uint8_t *bytes);

#endif
