/* The queue is not stored: the link's rate says how many bytes wait until
 * free_at. All packets under way are in one ring, in order of arrival. */

#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "tests/machines/way.h"

/* The header of a packet in the ring. */
struct head {
	int64_t due;
	size_t len;
};

enum {
	WAY_LEAST = 40, /* bytes of the shortest packet of TCP */
	WAY_UNLIMITED = 64 * 1024 * 1024, /* bytes of the ring without a rate */
};

static uint64_t
bytes_in(const struct way_settings *settings, int64_t time)
{
	return (uint64_t)((double)time * (double)settings->rate / CLOCK_SEC);
}

int
way_open(struct way *way, const struct way_settings *settings)
{
	uint64_t most = WAY_UNLIMITED;

	if (settings->rate > 0)
		most = settings->queue + bytes_in(settings, settings->delay) +
		    64UL * WAY_PACKET;
	*way = (struct way){.settings = *settings};
	/* Each of the shortest packets has a head too. */
	way->size = (size_t)(most + most / WAY_LEAST * sizeof(struct head));
	way->ring = malloc(way->size);
	return way->ring == NULL ? -1 : 0;
}

void
way_close(struct way *way)
{
	free(way->ring);
}

/* Copies n bytes to, or from, the ring, at a distance from its start. */
static void
put_bytes(struct way *way, size_t at, const void *bytes, size_t n)
{
	size_t from = (way->start + at) % way->size;
	size_t first = n < way->size - from ? n : way->size - from;

	memcpy(way->ring + from, bytes, first);
	memcpy(way->ring, (const uint8_t *)bytes + first, n - first);
}

static void
get_bytes(const struct way *way, size_t at, void *bytes, size_t n)
{
	size_t from = (way->start + at) % way->size;
	size_t first = n < way->size - from ? n : way->size - from;

	memcpy(bytes, way->ring + from, first);
	memcpy((uint8_t *)bytes + first, way->ring, n - first);
}

void
way_take(struct way *way, const uint8_t *bytes, size_t n, int64_t now)
{
	const struct way_settings *settings = &way->settings;
	struct head head = {.len = n};

	if (settings->loss > 0 &&
	    erand48(way->settings.seed) < settings->loss) {
		way->counts.lost++;
		return;
	}
	if (way->free_at < now)
		way->free_at = now;
	if ((settings->rate > 0 &&
		bytes_in(settings, way->free_at - now) + n > settings->queue) ||
	    way->used + sizeof(head) + n > way->size) {
		way->counts.dropped++;
		return;
	}
	if (settings->rate > 0)
		way->free_at +=
		    (int64_t)((double)n * CLOCK_SEC / (double)settings->rate);
	head.due = way->free_at + settings->delay;
	put_bytes(way, way->used, &head, sizeof(head));
	put_bytes(way, way->used + sizeof(head), bytes, n);
	way->used += sizeof(head) + n;
}

int64_t
way_next(const struct way *way)
{
	struct head head;

	if (way->used == 0)
		return CLOCK_NEVER;
	get_bytes(way, 0, &head, sizeof(head));
	return head.due;
}

size_t
way_pass(struct way *way, uint8_t *bytes)
{
	struct head head;

	get_bytes(way, 0, &head, sizeof(head));
	get_bytes(way, sizeof(head), bytes, head.len);
	way->start = (way->start + sizeof(head) + head.len) % way->size;
	way->used -= sizeof(head) + head.len;
	way->counts.packets++;
	way->counts.bytes += head.len;
	return head.len;
}
