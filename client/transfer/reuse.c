/* Counts equal and different pieces, and chooses by these counts alone.
 * transfer/pieces.c asks what comes next, transfer/recv_reuse.c notes the
 * results, store/old_copy.c copies. */

#include <sys/stat.h>

#include <unistd.h>

#include "client/store/old_copy.h"
#include "client/transfer/pieces_map.h"
#include "client/transfer/reuse.h"

enum {
	/* Bytes of a file; asking about a smaller one costs more than it can
	 * spare. */
	REUSE_LEAST = 2 * PIECES_MAP_SMALL,
	/* Comparisons under way at a time: first; more with each equal piece;
	 * at most, which is enough for 1 GB/s over a way of 250 ms. */
	REUSE_ASKED_FIRST = 32,
	REUSE_ASKED_MORE = 2,
	REUSE_ASKED_MOST = 256,
	/* After so many different pieces in a row not every one is compared:
	 * of n pieces about two times the square root of n. */
	REUSE_MISSES = 16,
	REUSE_RAREST = 32, /* one of so many is compared, at least */
	REUSE_HITS = 4,	   /* after so many equal pieces one more is expected */
};

bool
reuse_suits(const struct store_settings *settings, const struct folder *folder,
    const char *final, uint64_t size)
{
	uint64_t old_size;
	int fd;

	if (!settings->reuse || size < REUSE_LEAST)
		return false;
	fd = old_copy_open(folder, final, settings, &old_size);
	if (fd < 0)
		return false;
	close(fd);
	return old_size >= PIECES_MAP_SMALL;
}

void
reuse_open(struct reuse *reuse, const struct store_settings *settings,
    struct folder *folder, const char *final)
{
	struct protocol_token token;
	struct stat stat;

	*reuse = (struct reuse){.fd = -1,
	    .part_fd = -1,
	    .folder = folder,
	    .most = REUSE_ASKED_FIRST};
	if (settings->reuse)
		reuse->fd =
		    old_copy_open(folder, final, settings, &reuse->size);
	if (reuse->fd < 0 || !settings->resume)
		return;
	reuse->part_fd = part_take(folder, final, false, reuse->part, &token);
	if (reuse->part_fd >= 0 && fstat(reuse->part_fd, &stat) == 0)
		reuse->part_size = (uint64_t)stat.st_size;
}

void
reuse_close(struct reuse *reuse)
{
	if (reuse->fd >= 0)
		close(reuse->fd);
	reuse->fd = -1;
	if (reuse->part_fd < 0)
		return;
	part_remember(reuse->folder, reuse->part);
	close(reuse->part_fd);
	reuse->part_fd = -1;
}

int
reuse_take(const struct reuse *reuse, int to, uint64_t offset, uint64_t n,
    unsigned how, const uint8_t digest[DIGEST_LENGTH])
{
	int result = 0;

	if (offset + n <= reuse->part_size)
		result =
		    old_copy_take(reuse->part_fd, to, offset, n, how, digest);
	if (result == 0 && offset + n <= reuse->size)
		result = old_copy_take(reuse->fd, to, offset, n, how, digest);
	return result;
}

unsigned
reuse_expect(const struct reuse *reuse)
{
	return reuse->hits >= REUSE_HITS ? OLD_COPY_LIKELY : 0;
}

/* Returns one of how many pieces is to be compared. */
static unsigned
choose_stride(const struct reuse *reuse)
{
	if (reuse->misses < REUSE_MISSES)
		return 1;
	return reuse->misses < 2 * REUSE_RAREST ? reuse->misses / 2 :
						  REUSE_RAREST;
}

enum reuse_choice
reuse_choose(struct reuse *reuse, uint64_t offset, uint64_t n)
{
	if (reuse->fd < 0 ||
	    (offset + n > reuse->size && offset + n > reuse->part_size))
		return REUSE_FETCH;
	if (reuse->skipped + 1 < choose_stride(reuse)) {
		reuse->skipped++;
		return REUSE_FETCH;
	}
	if (reuse->asked >= reuse->most)
		return REUSE_WAIT;
	reuse->skipped = 0;
	reuse->asked++;
	return REUSE_COMPARE;
}

void
reuse_note(struct reuse *reuse, bool is_equal)
{
	reuse->asked--;
	if (!is_equal) {
		reuse->misses++;
		reuse->hits = 0;
		return;
	}
	reuse->hits++;
	reuse->misses = 0;
	if (reuse->most < REUSE_ASKED_MOST)
		reuse->most += REUSE_ASKED_MORE;
}
