#ifndef FUZZ_SERVED_H
#define FUZZ_SERVED_H

/*
 * A small folder to serve, made once for each process and removed at its end,
 * and what is in it. Beside it, outside, is a file whose text no reply may
 * hold, and a link in the folder leads there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVED_SECRET "not for anybody"

struct served {
	const char *name; /* all that leads to it */
	bool is_folder;
	bool is_hidden;
	unsigned entries;     /* of a folder, that are shown; hidden not */
	const uint8_t *bytes; /* of a file */
	size_t size;
};

/* Its path. */
const char *served_open(void);

/* What a name stands for; NULL: nothing that may be had. */
const struct served *served_find(const uint8_t *name, size_t len);

#endif
