/*
 * The map stands behind the bytes of the file, so that there is no second file
 * to lose: a magic, the length of a piece, and a byte for each piece. A piece
 * is marked when its last byte is written: after a kill at any moment every
 * marked piece is here; one that a power failure has damaged fails its proof.
 * The map is cut off before the file gets its name.
 */

#include <sys/endian.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/transfer/pieces_map.h"
#include "common/range.h"

enum {
	PIECES_MAP_HEAD = 16, /* bytes before the marks */
};

static const char magic[8] = "pieces1";

void
pieces_map_open(struct pieces_map *map, uint64_t size, uint64_t piece)
{
	*map = (struct pieces_map){.size = size,
	    .piece = piece,
	    .n = (size_t)((size + piece - 1) / piece)};
}

void
pieces_map_close(struct pieces_map *map)
{
	free(map->marks);
	map->marks = NULL;
}

uint64_t
pieces_map_offset(const struct pieces_map *map, size_t piece)
{
	return piece * map->piece;
}

uint64_t
pieces_map_length(const struct pieces_map *map, size_t piece)
{
	uint64_t left = map->size - pieces_map_offset(map, piece);

	return left < map->piece ? left : map->piece;
}

/* Makes a map in memory, without marks. Returns 0, or -1 with errno: a server
 * may claim a size whose map is larger than all memory. */
static int
new_marks(struct pieces_map *map)
{
	free(map->marks);
	map->marks = NULL;
	if (map->n > PIECES_MAP_MOST) {
		errno = EFBIG;
		return -1;
	}
	map->marks = calloc(map->n, 1);
	return map->marks == NULL ? -1 : 0;
}

/* Gives the part file its full length, and the map behind it. */
static int
write_map(const struct pieces_map *map, int fd)
{
	uint8_t head[PIECES_MAP_HEAD];

	memcpy(head, magic, sizeof(magic));
	be64enc(head + sizeof(magic), map->piece);
	if (ftruncate(fd, (off_t)(map->size + PIECES_MAP_HEAD + map->n)) != 0 ||
	    range_write(fd, head, sizeof(head), map->size) != 0)
		return -1;
	return range_write(fd, map->marks, map->n, map->size + PIECES_MAP_HEAD);
}

int
pieces_map_make(struct pieces_map *map, int fd)
{
	return new_marks(map) != 0 ? -1 : write_map(map, fd);
}

/* Returns whether a file of length bytes has a map with pieces of this length;
 * *left then has all but the marks. */
static bool
find_head(int fd, uint64_t length, uint64_t piece, struct pieces_map *left)
{
	uint8_t head[PIECES_MAP_HEAD];
	uint64_t size = length - PIECES_MAP_HEAD;

	if (length <= PIECES_MAP_HEAD)
		return false;
	/* Each piece has that many bytes, the last one fewer, and a mark. */
	pieces_map_open(left, size - (size + piece) / (piece + 1), piece);
	return range_read(fd, head, sizeof(head), left->size) == 0 &&
	    memcmp(head, magic, sizeof(magic)) == 0 &&
	    be64dec(head + sizeof(magic)) == piece;
}

/* Reads the map of a file of length bytes; the caller closes it. Returns 0, or
 * -1 if there is none, or no memory. */
static int
read_left(int fd, uint64_t length, struct pieces_map *left)
{
	if (!find_head(fd, length, PIECES_MAP_LARGE, left) &&
	    !find_head(fd, length, PIECES_MAP_SMALL, left))
		return -1;
	if (new_marks(left) != 0)
		return -1;
	return range_read(fd, left->marks, left->n,
	    left->size + PIECES_MAP_HEAD);
}

/* Returns whether all n bytes at offset are in marked pieces. */
static bool
has_range(const struct pieces_map *left, uint64_t offset, uint64_t n)
{
	uint64_t i;

	if (offset + n > left->size)
		return false;
	for (i = offset / left->piece; i * left->piece < offset + n; i++)
		if (left->marks[i] == 0)
			return false;
	return true;
}

/* Makes a map of this version from one that was left. Returns 0, or -1 with
 * errno. */
static int
convert(struct pieces_map *map, int fd, const struct pieces_map *left)
{
	size_t i;

	if (left->piece < map->piece)
		pieces_map_open(map, map->size, left->piece);
	if (new_marks(map) != 0)
		return -1;
	for (i = 0; i < map->n; i++)
		map->marks[i] = has_range(left, pieces_map_offset(map, i),
		    pieces_map_length(map, i));
	return write_map(map, fd);
}

/* Marks all pieces: an earlier run ended after it had cut off the map. Returns
 * 0, or -1 with errno. */
static int
mark_all(struct pieces_map *map, int fd)
{
	if (new_marks(map) != 0)
		return -1;
	memset(map->marks, 1, map->n);
	return write_map(map, fd);
}

int
pieces_map_take(struct pieces_map *map, int fd, bool is_version)
{
	struct pieces_map left = {.marks = NULL};
	struct stat stat;
	int result = -1;

	if (fstat(fd, &stat) != 0)
		return -1;
	if (is_version && (uint64_t)stat.st_size == map->size)
		return mark_all(map, fd);
	if (read_left(fd, (uint64_t)stat.st_size, &left) == 0 &&
	    !(is_version && left.size != map->size))
		result = convert(map, fd, &left);
	pieces_map_close(&left);
	return result;
}

int
pieces_map_set(struct pieces_map *map, int fd, size_t piece, uint8_t mark)
{
	map->marks[piece] = mark;
	return range_write(fd, &mark, 1, map->size + PIECES_MAP_HEAD + piece);
}
