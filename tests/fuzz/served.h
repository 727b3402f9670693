#ifndef FUZZ_SERVED_H
#define FUZZ_SERVED_H

/*
 * A small folder to serve, created once in each process and removed at its end,
 * and a table of its contents. Beside it is a file whose text no reply may
 * contain; a link in the folder leads there.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SERVED_SECRET "not for anybody"

struct served {
	const char *name; /* all names that lead to it */
	bool is_folder;
	bool is_hidden;
	unsigned entries;     /* entries of a folder, without hidden ones */
	const uint8_t *bytes; /* contents of a file */
	size_t size;
};

/* Returns the folder's path. */
const char *served_open(void);

/* Returns the row of a name, or NULL if a server must refuse it. */
const struct served *served_find(const uint8_t *name, size_t len);

#endif
