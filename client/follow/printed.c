/* Pure bookkeeping; follow/tail.c prints the bytes. */

#include <string.h>

#include "client/follow/printed.h"

void
printed_begin(struct printed *printed, uint64_t start)
{
	printed->start = printed->size = printed->proved = start;
	digest_reset(&printed->unproved);
	digest_reset(&printed->all);
	printed->altered = false;
}

void
printed_reset(struct printed *printed)
{
	printed_begin(printed, 0);
}

static size_t
smaller(uint64_t a, size_t b)
{
	return a < b ? (size_t)a : b;
}

size_t
printed_head(const struct printed *printed)
{
	return smaller(printed->size - printed->start, PRINTED_HEAD);
}

size_t
printed_last(const struct printed *printed)
{
	return smaller(printed->size - printed->start, PRINTED_LAST);
}

void
printed_add(struct printed *printed, const void *bytes, size_t n)
{
	size_t head = printed_head(printed), last = printed_last(printed);
	size_t some = smaller(n, PRINTED_LAST), stays;

	digest_update(&printed->unproved, bytes, n);
	digest_update(&printed->all, bytes, n);
	memcpy(printed->head + head, bytes, smaller(n, PRINTED_HEAD - head));
	/* Bytes of last that remain among the last ones. */
	stays = smaller(last, PRINTED_LAST - some);
	memmove(printed->last, printed->last + last - stays, stays);
	memcpy(printed->last + stays, (const uint8_t *)bytes + n - some, some);
	printed->size += n;
}

void
printed_prove(struct printed *printed)
{
	printed->proved = printed->size;
	digest_reset(&printed->unproved);
}

void
printed_alter(struct printed *printed, const uint8_t last[PRINTED_LAST])
{
	memcpy(printed->last, last, sizeof(printed->last));
	printed->altered = true;
	printed_prove(printed);
}

bool
printed_matches(const struct printed *printed,
    const uint8_t digest[DIGEST_LENGTH])
{
	uint8_t own[DIGEST_LENGTH];

	digest_value(&printed->unproved, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}

bool
printed_begins_with(const struct printed *printed, uint64_t n,
    const uint8_t digest[DIGEST_LENGTH])
{
	uint8_t own[DIGEST_LENGTH];

	if (n == printed->size - printed->start)
		digest_value(&printed->all, own);
	else
		digest_of(printed->head, (size_t)n, own);
	return memcmp(own, digest, sizeof(own)) == 0;
}
