#ifndef CLIENT_TRANSFER_PIECES_MAP_H
#define CLIENT_TRANSFER_PIECES_MAP_H

/* The map of a file in pieces: a mark for each piece that is here. It is kept
 * in memory, and behind the bytes of the part file. The lock of
 * transfer/job_queue.h is held. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	PIECES_MAP_LARGE = 8 * 1024 * 1024,  /* bytes of a piece (-j) */
	PIECES_MAP_SMALL = 1024 * 1024,	     /* the same, of one with --reuse */
	PIECES_MAP_MOST = 256 * 1024 * 1024, /* pieces; a byte of memory each */
};

struct pieces_map {
	uint64_t size;	/* bytes of the file */
	uint64_t piece; /* bytes of a piece; the last may have fewer */
	size_t n;	/* pieces */
	uint8_t *marks; /* a byte for each piece: 1 if it is here */
};

/* Divides a file of size bytes into pieces; makes no marks yet. */
void pieces_map_open(struct pieces_map *map, uint64_t size, uint64_t piece);

/* Frees the marks. Closing twice is allowed. */
void pieces_map_close(struct pieces_map *map);

/* Return where a piece begins, and its length, in bytes. */
uint64_t pieces_map_offset(const struct pieces_map *map, size_t piece);
uint64_t pieces_map_length(const struct pieces_map *map, size_t piece);

/* Makes the part file fd of the full length, with a map without marks behind
 * it. Returns 0, or -1 with errno. */
int pieces_map_make(struct pieces_map *map, int fd);

/*
 * Takes the map that an earlier run or try has left in the part file fd, and
 * makes it one of this version. Marks stay where both versions have the piece,
 * to be proved. If the pieces there are smaller than map->piece, their length
 * is kept. is_version: the part is of this very version. Returns 0, or -1 if
 * there is no map, memory is short or the file cannot be read or written.
 */
int pieces_map_take(struct pieces_map *map, int fd, bool is_version);

/* Sets the mark of a piece. Returns 0, or -1 with errno. */
int pieces_map_set(struct pieces_map *map, int fd, size_t piece, uint8_t mark);

#endif
