#ifndef HARNESS_FAKE_FOLDER_H
#define HARNESS_FAKE_FOLDER_H

/*
 * What a fake server says of folders, true or not: the replies to STAT and
 * LIST. They return false as those of fake.h do, and belong to its thread.
 */

#include "tests/harness/fake.h"

/* A reply to LIST that is put together; zeroed, or begun. */
struct fake_page {
	uint8_t *bytes;
	size_t len;
	size_t room;
};

/* The reply to STAT: a folder of this id, or a file where mode says so. */
bool fake_send_stat(struct fake *fake, uint32_t mode, uint64_t id);

void fake_begin_page(struct fake_page *page, uint64_t cursor);
void fake_add_entry(struct fake_page *page, uint32_t mode, const void *name,
    size_t len);

/* Sends it, and frees it. */
bool fake_send_page(struct fake *fake, struct fake_page *page);

/* One page with these names, as folders, and the next cursor. */
bool fake_send_names(struct fake *fake, uint64_t cursor,
    const char *const *names);

#endif
