#ifndef HARNESS_PAGES_H
#define HARNESS_PAGES_H

/*
 * Decodes LIST replies by the specification. A body over 1 MiB, a name that is
 * not one component, and a listing that does not end fail the test.
 */

#include <stddef.h>
#include <stdint.h>

struct pages_entry {
	char *name;
	uint32_t mode;
	uint64_t size;
	int64_t mtime_ns;
};

/* The entries read so far; zeroed at first. */
struct pages {
	unsigned pages;
	size_t n;
	size_t room;
	struct pages_entry *entries;
};

void pages_ask(int fd, const char *folder, uint64_t cursor);

/* Receives a reply and adds its entries. Returns the next cursor. */
uint64_t pages_receive(struct pages *pages, int fd);

/* Sends a LIST request and calls pages_receive. */
uint64_t pages_read(struct pages *pages, int fd, const char *folder,
    uint64_t cursor);

/* Reads all pages of a folder into pages, which need not be zeroed. */
void pages_read_all(struct pages *pages, int fd, const char *folder);

void pages_free(struct pages *pages);

/* Return how often a name is listed, and the number of different names. */
unsigned pages_count(const struct pages *pages, const char *name);
size_t pages_different(struct pages *pages);

#endif
