/*
 * A token bucket. It holds at most the bytes of a twentieth of a second: the
 * longest burst after a pause. A receiver that wakes up later than that loses
 * credit. An empty bucket gives nothing until a quarter of it has filled, so
 * that nobody receives byte by byte.
 *
 * Credit is taken before bytes are received, and the unused part is returned:
 * two threads cannot spend the same credit.
 */

#include <errno.h>

#include "common/clock.h"
#include "common/rate.h"

#define RATE_DEPTH 20 /* the full bucket: 1/20 of a second */
#define RATE_LEAST 80 /* the smallest amount given: 1/80 of a second */

/* Returns the bytes of 1/parts of a second, at least one. */
static int64_t
part(const struct rate *rate, int64_t parts)
{
	return rate->limit < parts ? 1 : rate->limit / parts;
}

int
rate_open(struct rate *rate, uint64_t limit)
{
	rate->limit = limit >= RATE_MAX ? 0 : (int64_t)limit;
	rate->depth = rate->credit = part(rate, RATE_DEPTH) * CLOCK_SEC;
	rate->at = 0;
	errno = pthread_mutex_init(&rate->lock, NULL);
	return errno == 0 ? 0 : -1;
}

void
rate_close(struct rate *rate)
{
	pthread_mutex_destroy(&rate->lock);
}

/* Adds the credit since the last call. The caller holds the lock. */
static void
gain(struct rate *rate, int64_t now)
{
	int64_t elapsed = now - rate->at;

	/* Another thread read the clock later but took the lock earlier. */
	if (elapsed <= 0)
		return;
	rate->at = now;
	if (elapsed > (rate->depth - rate->credit) / rate->limit)
		rate->credit = rate->depth;
	else
		rate->credit += elapsed * rate->limit;
}

size_t
rate_take(struct rate *rate, size_t n, int64_t now, int64_t *until)
{
	int64_t least, wanted, taken = 0;

	if (rate->limit == 0)
		return n;
	least = part(rate, RATE_LEAST);
	wanted = n < (size_t)least ? (int64_t)n : least;
	pthread_mutex_lock(&rate->lock);
	gain(rate, now);
	if (rate->credit >= wanted * CLOCK_SEC) {
		taken = rate->credit / CLOCK_SEC;
		if ((uint64_t)taken > n)
			taken = (int64_t)n;
		rate->credit -= taken * CLOCK_SEC;
	} else {
		*until = rate->at +
		    (least * CLOCK_SEC - rate->credit + rate->limit - 1) /
			rate->limit;
	}
	pthread_mutex_unlock(&rate->lock);
	return (size_t)taken;
}

void
rate_return(struct rate *rate, size_t n)
{
	if (rate->limit == 0)
		return;
	pthread_mutex_lock(&rate->lock);
	/* The bucket may have filled since the credit was taken. */
	if (n > (size_t)((rate->depth - rate->credit) / CLOCK_SEC))
		rate->credit = rate->depth;
	else
		rate->credit += (int64_t)n * CLOCK_SEC;
	pthread_mutex_unlock(&rate->lock);
}
