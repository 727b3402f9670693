#ifndef HARNESS_FAKE_FOLDER_H
#define HARNESS_FAKE_FOLDER_H

/*
 * Replies of a fake server about folders, true or false: STAT and LIST. The
 * thread of the fake server calls these; they return false once the client has
 * closed the connection or the server is to stop.
 */

#include "tests/harness/fake.h"

/* A LIST reply under construction; zeroed at first. */
struct fake_page {
	uint8_t *bytes;
	size_t len;
	size_t room;
};

/* Sends the reply to STAT of a folder with this id, or of a file if mode is
 * that of a file. */
bool fake_send_stat(struct fake *fake, uint32_t mode, uint64_t id);

void fake_begin_page(struct fake_page *page, uint64_t cursor);
void fake_add_entry(struct fake_page *page, uint32_t mode, const void *name,
    size_t len);

/* Sends and frees the page. */
bool fake_send_page(struct fake *fake, struct fake_page *page);

/* Sends a page that lists folders with these names, and the next cursor. */
bool fake_send_names(struct fake *fake, uint64_t cursor,
    const char *const *names);

#endif
