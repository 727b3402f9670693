/*
 * A connection's unsent requests are only a number of bytes: one block holds
 * the bytes of all requests in flight, wherever in a round they start.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/bench/round.h"

int
round_open(struct round *round, enum dialect dialect, const char *name,
    unsigned files, unsigned most)
{
	unsigned i, names = files > 0 ? files : 1;
	uint8_t request[DIALECT_REQUEST];
	char numbered[DIALECT_REQUEST];

	memset(round, 0, sizeof *round);
	for (i = 0; i < names + most; i++) {
		(void)snprintf(numbered, sizeof numbered, "%s%02u", name,
		    i % names);
		round->request = dialect_request(dialect,
		    files > 0 ? numbered : name, request);
		if (round->request == 0) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (i == 0) {
			round->len = round->request * names;
			round->block_len = round->request * (names + most);
			round->block = malloc(round->block_len);
		}
		if (round->block == NULL)
			return -1;
		memcpy(round->block + i * round->request, request,
		    round->request);
	}
	return 0;
}

const uint8_t *
round_bytes(const struct round *round, uint64_t at, uint64_t *len)
{
	at %= round->len;
	if (*len > round->block_len - at)
		*len = round->block_len - at;
	return round->block + at;
}

void
round_close(struct round *round)
{
	free(round->block);
}
