#ifndef CLIENT_STORE_PART_NAME_H
#define CLIENT_STORE_PART_NAME_H

/* The names of part files, see store/part.h. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "client/store/part.h"
#include "common/protocol.h"

/* The parts of a name. */
struct part_name {
	struct protocol_token token;
	size_t stem; /* bytes of it before the token */
	bool is_mapped;
};

/* Reads the name of a part file: 0, or -1 if it is none. */
int part_name_parse(const char *name, struct part_name *parsed);

/* Prints what stands for a final name in that of its part file: the name, or,
 * where that leaves no room for the rest, its beginning and a digest of it. */
void part_name_print_stem(const struct folder *folder, const char *final,
    char stem[PART_NAME]);

/* Prints a whole name: the usual one; one with a number; one with a map. */
void part_name_print(const struct folder *folder, const char *final,
    struct protocol_token token, char name[PART_NAME]);
void part_name_print_number(const struct folder *folder, const char *final,
    struct protocol_token token, uint32_t number, char name[PART_NAME]);
void part_name_print_mapped(const struct folder *folder, const char *final,
    struct protocol_token token, char name[PART_NAME]);

#endif
