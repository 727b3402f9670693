/* Names are parsed from their end: the stem may hold any bytes, dots and digits
 * among them. */

#include <stdio.h>
#include <string.h>

#include "client/store/part_name.h"
#include "common/digest.h"
#include "common/text.h"

enum {
	PART_HEX = 2 * PROTOCOL_TOKEN_SIZE,
	PART_SUFFIX = 5, /* ".part" */
	PART_MAP = sizeof(PART_NAME_MAP) - 1,
	/* Bytes that follow the stem, at most. */
	PART_REST = 1 + PART_HEX + PART_NAME_NUMBER + PART_SUFFIX,
	PART_LONG = 17, /* "~" and 16 digits end the stem of a long name */
};

_Static_assert(PART_NAME_LEAST == PART_LONG + PART_REST,
    "the shortest stem and the rest fit");

void
part_name_print_stem(size_t name_max, const char *final, char stem[PART_NAME])
{
	size_t most = name_max - PART_REST, len = strlen(final);
	uint8_t digest[DIGEST_LENGTH];
	char hex[DIGEST_HEX];

	strlcpy(stem, final, PART_NAME);
	if (len <= most)
		return;
	digest_of(final, len, digest);
	text_hex(digest, DIGEST_LENGTH, hex);
	stem[most - PART_LONG] = '~';
	strlcpy(stem + most - PART_LONG + 1, hex, PART_LONG);
}

int
part_name_parse(const char *name, struct part_name *parsed)
{
	uint8_t token[PROTOCOL_TOKEN_SIZE];
	char hex[PART_HEX + 1];
	size_t len = strlen(name), end, digits;

	if (len < PART_SUFFIX + 1 + PART_HEX + 1 || len >= PART_NAME ||
	    strcmp(name + len - PART_SUFFIX, ".part") != 0)
		return -1;
	end = len - PART_SUFFIX; /* more than PART_HEX */
	parsed->is_mapped =
	    strncmp(name + end - PART_MAP, PART_NAME_MAP, PART_MAP) == 0;
	if (parsed->is_mapped)
		end -= PART_MAP;
	/* A number has fewer digits than a token. */
	for (digits = 0; digits < end && name[end - 1 - digits] >= '0' &&
	     name[end - 1 - digits] <= '9';
	     digits++)
		continue;
	if (digits > 0 && digits < PART_NAME_NUMBER && digits < end &&
	    name[end - 1 - digits] == '.')
		end -= digits + 1;
	if (end < 1 + PART_HEX + 1 || name[end - PART_HEX - 1] != '.')
		return -1;
	memcpy(hex, name + end - PART_HEX, PART_HEX);
	hex[PART_HEX] = '\0';
	if (text_unhex(hex, PROTOCOL_TOKEN_SIZE, token) != 0)
		return -1;
	parsed->token = protocol_decode_token(token);
	parsed->stem = end - PART_HEX - 1;
	return 0;
}

void
part_name_print(size_t name_max, const char *final, struct protocol_token token,
    const char *slot, char name[PART_NAME])
{
	uint8_t bytes[PROTOCOL_TOKEN_SIZE];
	char hex[PART_HEX + 1], stem[PART_NAME];

	part_name_print_stem(name_max, final, stem);
	protocol_encode_token(token, bytes);
	text_hex(bytes, PROTOCOL_TOKEN_SIZE, hex);
	snprintf(name, PART_NAME, "%.*s.%s%s.part", PART_NAME - 1 - PART_REST,
	    stem, hex, slot);
}
