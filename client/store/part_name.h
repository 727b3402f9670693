#ifndef CLIENT_STORE_PART_NAME_H
#define CLIENT_STORE_PART_NAME_H

/*
 * The names of part files:
 *     <stem>.<version token, 32 hex digits>[.<number>|.map].part
 * The stem is the final name, or, where that leaves no room for the rest, its
 * beginning and a digest of it. Pure functions; any thread may call them.
 */

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/protocol.h"

enum {
	PART_NAME = NAME_MAX + 1, /* bytes, with the NUL */
	/* Bytes that must fit in a name: 17 of a short stem, 50 of the rest. */
	PART_NAME_LEAST = 67,
	PART_NAME_NUMBER = 12, /* bytes of a dot and a number, with the NUL */
};

#define PART_NAME_MAP ".map"

/* A name of a part file, parsed. */
struct part_name {
	struct protocol_token token;
	size_t stem; /* bytes of the stem */
	bool is_mapped;
};

/* Returns 0 with *parsed set, or -1 if this is not the name of a part file. */
int part_name_parse(const char *name, struct part_name *parsed);

/* Prints the stem for a final name. name_max: bytes of a name here, at least
 * PART_NAME_LEAST. */
void part_name_print_stem(size_t name_max, const char *final,
    char stem[PART_NAME]);

/* Prints a whole name. slot: "" or what stands before ".part": a dot and a
 * number, or PART_NAME_MAP. */
void part_name_print(size_t name_max, const char *final,
    struct protocol_token token, const char *slot, char name[PART_NAME]);

#endif
