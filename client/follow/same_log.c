/* Copies at other servers have the same bytes but may be behind: a copy that
 * is shorter, and begins with the same bytes, gets some time. */

#include "client/follow/same_log.h"
#include "common/clock.h"

/* Time in which a copy at another server gets the bytes that were printed. */
#define SAME_LOG_PATIENCE (30 * CLOCK_SEC)

bool
same_log_is_possible(const struct same_log *same, const struct printed *printed)
{
	if (same->id == 0 || same->id == same->other || printed->altered ||
	    printed->size == printed->start)
		return false;
	return same->size >= printed->size ||
	    (same->reconnected && same->size > printed->start);
}

uint64_t
same_log_count(const struct same_log *same, const struct printed *printed)
{
	uint64_t n;

	if (same->size >= printed->size)
		return printed->size - printed->start;
	n = same->size - printed->start;
	return n < printed_head(printed) ? n : printed_head(printed);
}

/* Returns the verdict on a shorter file that begins with the same bytes. */
static enum same_log_verdict
judge_behind(struct same_log *same)
{
	int64_t now = clock_now();

	if (same->patience == 0)
		same->patience = now + SAME_LOG_PATIENCE;
	return now < same->patience ? SAME_LOG_BEHIND : SAME_LOG_OTHER;
}

enum same_log_verdict
same_log_judge(struct same_log *same, const struct printed *printed,
    uint64_t size, const uint8_t digest[DIGEST_LENGTH])
{
	uint64_t n = same_log_count(same, printed);
	enum same_log_verdict verdict = SAME_LOG_OTHER;

	if (size >= printed->start + n &&
	    printed_begins_with(printed, n, digest))
		verdict = same->size >= printed->size ? SAME_LOG_SAME :
							judge_behind(same);
	if (verdict == SAME_LOG_OTHER)
		same_log_note_other(same);
	return verdict;
}

void
same_log_note_other(struct same_log *same)
{
	same->other = same->id;
}

void
same_log_note_read(struct same_log *same)
{
	same->other = 0;
	same->reconnected = false;
	same->patience = 0;
	same->told = false;
}
