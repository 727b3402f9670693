/*
 * Pure bookkeeping; follow/tail.c writes the bytes themselves.
 */

#include <string.h>

#include "client/follow/printed.h"

void
followed_reset(struct followed *followed)
{
	followed->size = 0;
	followed->proved = 0;
	digest_reset(&followed->unproved);
}

static size_t
least(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

size_t
followed_head(const struct followed *followed)
{
	return least(followed->size, FOLLOWED_HEAD);
}

size_t
followed_last(const struct followed *followed)
{
	return least(followed->size, FOLLOWED_LAST);
}

void
followed_add(struct followed *followed, const void *bytes, size_t n)
{
	size_t head = followed_head(followed), last = followed_last(followed);
	size_t some = least(n, FOLLOWED_LAST), stays;

	digest_update(&followed->unproved, bytes, n);
	memcpy(followed->head + head, bytes, least(n, FOLLOWED_HEAD - head));
	/* The last bytes before these that still belong to the end. */
	stays = least(last, FOLLOWED_LAST - some);
	memmove(followed->last, followed->last + last - stays, stays);
	memcpy(followed->last + stays, (const uint8_t *)bytes + n - some, some);
	followed->size += n;
}

void
followed_prove(struct followed *followed)
{
	followed->proved = followed->size;
	digest_reset(&followed->unproved);
}

bool
followed_matches(const struct followed *followed,
    const uint8_t digest[DIGEST_LENGTH])
{
	uint8_t own[DIGEST_LENGTH];

	digest_value(&followed->unproved, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}
