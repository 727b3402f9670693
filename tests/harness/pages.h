#ifndef HARNESS_PAGES_H
#define HARNESS_PAGES_H

/*
 * Replies to LIST, taken apart by the specification. Failures are failures of
 * the test, among them a body over 1 MiB, a name that is no component, and a
 * listing that does not end.
 */

#include <stddef.h>
#include <stdint.h>

struct pages_entry {
	char *name;
	uint32_t mode;
	uint64_t size;
	int64_t mtime_ns;
};

/* Zeroed, or what has been read so far. */
struct pages {
	unsigned pages;
	size_t n;
	size_t room;
	struct pages_entry *entries;
};

void pages_ask(int fd, const char *folder, uint64_t cursor);

/* Adds the entries of a reply, and returns the cursor of the next page. */
uint64_t pages_receive(struct pages *pages, int fd);

/* Both. */
uint64_t pages_read(struct pages *pages, int fd, const char *folder,
    uint64_t cursor);

/* All pages of a folder, into what need not be zeroed. */
void pages_read_all(struct pages *pages, int fd, const char *folder);

void pages_free(struct pages *pages);

/* How often a name is there; and how many different ones are. */
unsigned pages_count(const struct pages *pages, const char *name);
size_t pages_different(struct pages *pages);

#endif
